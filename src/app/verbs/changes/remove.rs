//! `castoff rm`, shown before it is done.

use std::io::Write;

use crate::{
    app::{
        ops::changes::{
            PlacedTag,
            remove::{RemovalOutlook, entailed, outlook},
        },
        verbs::output::Out,
        wiring::services::Services,
    },
    error::Error,
};

/// Shows what the removal of tags entails.
pub(super) async fn show(
    services: &Services,
    tags: &[PlacedTag],
    out: &mut Out<'_>,
) -> Result<(), Error> {
    if !out.is_json {
        for line in entailed(services, tags).await? {
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    for RemovalOutlook { at, target, what } in outlook(services, tags).await? {
        let PlacedTag { spec, kind, repository, tag } = at;
        let line = serde_json::json!({
            "sink": spec.name, "kind": kind, "repository": repository, "tag": tag,
            "digest": target.digest, "what": what,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
