//! Content trust: a package is built of what is signed only.

use std::collections::BTreeMap;

use super::bench::Bench;
use crate::{
    app::signers::wrong,
    build::Reach as _,
    model::{
        Descriptor, Digest, Failure, FailureKind, ImageReference, MANIFEST_LIMIT, Node, Platform,
        Side, escape,
    },
    recipe::{
        Blueprint, Tagged,
        dockerfile::{Reference, Role, references, stages, unpinned_downloads},
        linuxkit::{place, tags_built_on},
    },
    registry::{Client, ManifestName},
    sign::notary::Notary,
};

/// The digests, as the notary server has them, of the tags that a build names.
pub(super) async fn pins(
    bench: &Bench<'_>,
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
            let triggers = triggers(bench, &tagged, &pins[&called], platforms).await;
            let triggers = triggers.map_err(|failure| failure.context(&called).context(&at))?;
            let before = stages.froms.iter().filter(|of| of.line < tagged.reference.line);
            let names: Vec<&str> = before.filter_map(|of| of.alias.as_deref()).collect();
            triggers.iter().try_for_each(|trigger| refuse(trigger, &called, &names, &at))?;
        }
    }
    let Blueprint { dockerfile, .. } = blueprint;
    for (url, line) in unpinned_downloads(&dockerfile.text, &dockerfile.from)? {
        crate::app::warn(format!(
            "{}:{line}: ADD {} is not covered by content trust: what it brings may change; give \
             --checksum",
            dockerfile.from,
            escape(&url)
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
    let what = format!("ONBUILD {trigger} of {base} takes {} by its tag", reference.written);
    Err(Failure::new(FailureKind::Integrity, Side::Source, what)
        .context(at)
        .hint("build on an image that names it by digest, or give -disable-content-trust"))
}

/// The `ONBUILD` instructions of a base.
async fn triggers(
    bench: &Bench<'_>,
    tagged: &Tagged,
    digest: &Digest,
    platforms: &[Platform],
) -> Result<Vec<String>, Failure> {
    let image = &tagged.image;
    let client = bench.world.reach.client(&image.host, bench.logins(), true)?;
    let root = Descriptor::new("", digest.clone(), 0);
    let manifests = match node(&client, image, &root).await? {
        Node::Index(index) => {
            let is_used = |of: &&Descriptor| {
                let of = of.platform.as_ref();
                of.is_some_and(|of| platforms.iter().any(|platform| of.matches(platform)))
            };
            index.manifests.iter().filter(is_used).cloned().collect()
        }
        Node::Manifest(_) => vec![root],
    };
    let mut triggers = Vec::new();
    for manifest in &manifests {
        let Node::Manifest(manifest) = node(&client, image, manifest).await? else { continue };
        triggers.extend(of_config(&config(&client, image, &manifest.config).await?));
    }
    triggers.dedup();
    Ok(triggers)
}

async fn node(client: &Client, image: &ImageReference, at: &Descriptor) -> Result<Node, Failure> {
    let found = client.manifest(&image.repository, ManifestName::Digest(&at.digest)).await?;
    let (found, bytes) = found.ok_or_else(|| {
        let what = format!("its registry has no {}, which is signed", at.digest);
        Failure::new(FailureKind::NotFound, Side::Source, what)
    })?;
    Node::parse(bytes.to_vec(), found.media_type.as_str())
        .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Source, &error))
}

/// The configuration of an image, whose digest is checked.
async fn config(
    client: &Client,
    image: &ImageReference,
    node: &Descriptor,
) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let range = 0..node.size.min(MANIFEST_LIMIT);
    let mut reader = client.read_blob(&image.repository, &node.digest, range).await?;
    tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut text)
        .await
        .map_err(|error| Failure::from_io(Side::Source, &node.digest, &error))?;
    if Digest::of(&text) == node.digest {
        return Ok(text);
    }
    let what = format!("the registry has something else where {} should be", node.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Source, what))
}

fn of_config(text: &[u8]) -> Vec<String> {
    let config: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
    let triggers = config.pointer("/config/OnBuild").and_then(serde_json::Value::as_array);
    let triggers = triggers.into_iter().flatten().filter_map(serde_json::Value::as_str);
    triggers.map(str::to_owned).collect()
}
