//! What a base has done in builds upon it.

use crate::{
    model::{
        Descriptor, Digest, Failure, FailureKind, ImageReference, MANIFEST_LIMIT, Node, Platform,
        Side,
    },
    registry::{Client, ManifestName},
};

/// The `ONBUILD` instructions of the base `digest`, as far as it is for
/// `platforms`.
///
/// # Errors
///
/// Fails where its registry does not have it whole.
pub async fn triggers(
    client: &Client,
    image: &ImageReference,
    digest: &Digest,
    platforms: &[Platform],
) -> Result<Vec<String>, Failure> {
    let root = Descriptor::new("", digest.clone(), 0);
    let manifests = match node(client, image, &root).await? {
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
        let Node::Manifest(manifest) = node(client, image, manifest).await? else { continue };
        triggers.extend(of_config(&config(client, image, &manifest.config).await?));
    }
    triggers.dedup();
    Ok(triggers)
}

async fn node(client: &Client, image: &ImageReference, at: &Descriptor) -> Result<Node, Failure> {
    let found = client.manifest(&image.repository, ManifestName::Digest(&at.digest)).await?;
    let (found, bytes) = found.ok_or_else(|| {
        let what = format!("its registry does not have {}", at.digest);
        Failure::new(FailureKind::NotFound, Side::Source, what)
    })?;
    Node::parse(bytes.to_vec(), found.media_type.as_str())
        .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Source, &error))
}

/// The configuration of an image; its digest is checked.
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
    if node.digest.is_of(&text) {
        return Ok(text);
    }
    let what = format!("the registry has other content under {}", node.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Source, what))
}

fn of_config(text: &[u8]) -> Vec<String> {
    let config: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
    let triggers = config.pointer("/config/OnBuild").and_then(serde_json::Value::as_array);
    let triggers = triggers.into_iter().flatten().filter_map(serde_json::Value::as_str);
    triggers.map(str::to_owned).collect()
}
