//! `castoff copy`, shown before it is done.

use std::io::Write;

use crate::{
    app::{ops::changes::copy::outlook, verbs::output::Out, wiring::services::Services},
    error::Error,
    model::{Digest, bytes, escape},
    plan::{Plan, TransferOutlook},
};

/// Shows what a copy would send, and which tag it would move; fails where that
/// would be refused.
pub(super) async fn show(services: &Services, plan: &Plan, out: &mut Out<'_>) -> Result<(), Error> {
    let all = outlook(services, plan).await?;
    for of in &all {
        let TransferOutlook { from, sink, name, present, to_send, .. } = of;
        if out.is_json {
            writeln!(out, "{}", serde_json::to_string(of).map_err(std::io::Error::from)?)?;
            continue;
        }
        let url = plan.sink(sink).map_or_else(|| sink.to_string(), |sink| sink.url.to_string());
        writeln!(out, "{from} → `{name}` at {url}")?;
        writeln!(out, "  present {}, send {}", bytes(*present), bytes(*to_send))?;
        writeln!(out, "  {}", change(of))?;
        of.notices.iter().try_for_each(|notice| writeln!(out, "  {}", escape(notice)))?;
    }
    match all.iter().find_map(|of| Some((of, of.refused?))) {
        Some((of, why)) => {
            Err(Error::conflict(format!("`{}` at `{}` would not move: {why}", of.name, of.sink)))
        }
        None => Ok(()),
    }
}

/// What becomes of the tag.
fn change(of: &TransferOutlook) -> String {
    let said = |digest: &Digest, version: &Option<String>| match version {
        Some(version) => format!("{digest} ({})", escape(version)),
        None => digest.to_string(),
    };
    let after = said(&of.after, &of.after_version);
    match &of.before {
        None => format!("new → {after}"),
        Some(before) if *before == of.after => format!("{after}, unchanged"),
        Some(before) => format!("{} → {after}", said(before, &of.before_version)),
    }
}
