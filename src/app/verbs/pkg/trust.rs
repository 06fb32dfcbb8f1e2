//! Content trust: a package is built of what is signed only.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    app::{
        verbs::out::warn,
        wiring::{build_registries::AsSinks, credentials::RegistryLogins, signers::wrong},
    },
    build::{Reach as _, triggers},
    model::{Digest, Failure, FailureKind, ImageReference, Platform, Side, escape},
    recipe::{
        Blueprint,
        dockerfile::{Download, Reference, Role, references, stages, unpinned_downloads},
        linuxkit::{place, tags_built_on},
    },
    sign::notary::Notary,
};

/// The digests, as the notary server has them, of the tags that a build names.
pub(super) async fn pins(
    reach: &AsSinks,
    logins: &Arc<RegistryLogins>,
    notary: &Notary,
    blueprint: &Blueprint,
    platforms: &[Platform],
) -> Result<BTreeMap<String, Digest>, Failure> {
    let mut pins = BTreeMap::new();
    let stages = stages(&blueprint.dockerfile.text, &blueprint.dockerfile.from)?;
    for tagged in tags_built_on(blueprint)? {
        let (image, called) = (&tagged.image, tagged.name());
        let at = place(blueprint, &tagged.reference);
        if !pins.contains_key(&called) {
            let signed = notary.look_up(&image.name(), &image.tag_or_latest()).await;
            let signed = signed.map_err(|failure| {
                wrong(failure)
                    .context(format!("{called} is not signed"))
                    .context(&at)
                    .hint("build on a signed image, or give -disable-content-trust")
            })?;
            pins.insert(called.clone(), signed.digest);
        }
        if tagged.reference.role == Role::Base {
            let client = reach.client(&image.host, Arc::clone(logins) as _, true)?;
            let triggers = triggers(&client, image, &pins[&called], platforms).await;
            let triggers = triggers.map_err(|failure| failure.context(&called).context(&at))?;
            let before = stages.froms.iter().filter(|of| of.line < tagged.reference.line);
            let names: Vec<&str> = before.filter_map(|of| of.alias.as_deref()).collect();
            triggers.iter().try_for_each(|trigger| refuse(trigger, &called, &names, &at))?;
        }
    }
    let Blueprint { dockerfile, .. } = blueprint;
    for Download { written, line, .. } in
        unpinned_downloads(&dockerfile.text, &dockerfile.from, &[])?
    {
        warn(format!(
            "{}:{line}: ADD {} is not covered by content trust: its content may change; add \
             --checksum",
            dockerfile.from,
            escape(&written)
        ));
    }
    Ok(pins)
}

/// Refuses an instruction that a base has done in builds upon it, where that
/// takes something from elsewhere by a tag; `stages` are those that it may name.
fn refuse(trigger: &str, base: &str, stages: &[&str], at: &str) -> Result<(), Failure> {
    let named = references(&format!("FROM scratch\n{trigger}\n"), base, &[]);
    let named = named.map_err(|failure| failure.context(at))?;
    let is_fixed = |image: &Option<String>| {
        let image = image.as_deref().map(str::parse::<ImageReference>);
        matches!(image, Some(Ok(image)) if image.digest.is_some())
    };
    let is_stage =
        |of: &Reference| stages.iter().any(|name| name.eq_ignore_ascii_case(&of.written));
    let is_free = |of: &&Reference| !is_fixed(&of.image) && !is_stage(of);
    let Some(reference) = named.iter().find(is_free) else {
        return Ok(());
    };
    let what = format!("ONBUILD {trigger} of {base} refers to {} by its tag", reference.written);
    Err(Failure::new(FailureKind::Integrity, Side::Source, what)
        .context(at)
        .hint("build on an image that refers to it by digest, or give -disable-content-trust"))
}
