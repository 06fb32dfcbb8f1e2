//! An image as the one file that an engine loads.
//!
//! It is what `docker save` writes since Docker 25: an OCI image layout that
//! has a `manifest.json` too. Engines with a store of their own read that one,
//! and engines on containerd's the layout, so each finds our bytes.

use std::{collections::BTreeSet, io::Cursor};

use serde_json::json;
use tokio::io::AsyncReadExt;

use super::Store;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Index, Manifest, Side},
    ports::{Reader, Source as _},
};

/// Entries of a tar are filled up to whole blocks, in bytes.
const BLOCK: u64 = 512;

/// The archive of an image with its content in `store`, which `names` name as
/// `NAME:TAG`.
///
/// # Errors
///
/// Fails where the store lacks some of it.
pub async fn saved(
    store: &Store,
    root: &Descriptor,
    manifest: &Manifest,
    names: &[String],
) -> Result<Reader, Failure> {
    all_saved(store, &[(root.clone(), manifest.clone())], names).await
}

/// The same of several images, each of which `names` name.
///
/// # Errors
///
/// Fails where the store lacks some of them.
pub async fn all_saved(
    store: &Store,
    images: &[(Descriptor, Manifest)],
    names: &[String],
) -> Result<Reader, Failure> {
    let entry = |(_, manifest): &(Descriptor, Manifest)| {
        let layers = manifest.layers.iter().map(|layer| path(&layer.digest));
        json!({
            "Config": path(&manifest.config.digest),
            "RepoTags": (!names.is_empty()).then_some(names),
            "Layers": layers.collect::<Vec<_>>(),
        })
    };
    let entries: serde_json::Value = images.iter().map(entry).collect();
    let index = Index::listing(images.iter().map(|(root, _)| root.clone()).collect());
    let mut archive = layout(&index)?;
    archive = Box::pin(archive.chain(small("manifest.json", entries.to_string().as_bytes())?));
    let mut written = BTreeSet::new();
    let mut nodes = Vec::new();
    for (root, manifest) in images {
        nodes.extend([root.clone(), manifest.config.clone()]);
        nodes.extend(manifest.layers.iter().cloned());
    }
    for node in nodes {
        if written.insert(node.digest.clone()) {
            archive = Box::pin(archive.chain(blob(store, &node).await?));
        }
    }
    Ok(ended(archive))
}

/// The archive of an image that an engine on containerd's store loads whole,
/// with all of its platforms and without a name: `nodes` are `root` and all
/// that it refers to.
///
/// # Errors
///
/// Fails where the store lacks some of it.
pub async fn whole(
    store: &Store,
    root: &Descriptor,
    nodes: &[Descriptor],
) -> Result<Reader, Failure> {
    // An annotation could name it.
    let Descriptor { media_type, digest, size, .. } = root.clone();
    let root = Descriptor::new(media_type.as_str(), digest, size);
    let mut archive = layout(&Index::listing(vec![root]))?;
    let mut written = BTreeSet::new();
    for node in nodes {
        if written.insert(&node.digest) {
            archive = Box::pin(archive.chain(blob(store, node).await?));
        }
    }
    Ok(ended(archive))
}

/// What an image layout begins with.
fn layout(index: &Index) -> Result<Reader, Failure> {
    let archive = small("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    Ok(Box::pin(archive.chain(small("index.json", index.raw())?)))
}

fn ended(archive: Reader) -> Reader {
    // Two empty blocks end it.
    Box::pin(archive.chain(tokio::io::repeat(0).take(2 * BLOCK)))
}

fn path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

async fn blob(store: &Store, node: &Descriptor) -> Result<Reader, Failure> {
    let content = store.open(node).await?.read(0..node.size).await?;
    entry(&path(&node.digest), node.size, content)
}

fn small(path: &str, bytes: &[u8]) -> Result<Reader, Failure> {
    entry(path, bytes.len() as u64, Box::pin(Cursor::new(bytes.to_vec())))
}

fn entry(path: &str, size: u64, content: Reader) -> Result<Reader, Failure> {
    let mut header = tar::Header::new_ustar();
    header
        .set_path(path)
        .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    let filling = tokio::io::repeat(0).take(size.next_multiple_of(BLOCK) - size);
    Ok(Box::pin(Cursor::new(header.as_bytes().to_vec()).chain(content).chain(filling)))
}
