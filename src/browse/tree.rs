//! What a tag or a digest names, down to the layers.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Odd, broken};
use crate::{
    model::{
        Descriptor, Failure, FailureKind, Index, MANIFEST_LIMIT, Node, Platform, Side,
        lenient::texts_in, media_type,
    },
    ports::Shelf,
};

/// The largest configuration that is read, in bytes.
const CONFIG_LIMIT: u64 = 8 << 20;
/// An image's configuration, as Docker calls it.
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// A day in seconds.
const DAY: i64 = 24 * 60 * 60;
/// How deep indexes may be nested.
const DEPTH: usize = 4;
/// How many manifests and indexes there may be: a few indexes that name each
/// other often enough would be endless.
const NODES: usize = 1_000;

/// What a name names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedTree {
    /// The index or manifest itself.
    pub root: Descriptor,
    /// What it refers to, in order: the manifests of an index, or for a
    /// manifest itself.
    pub manifests: Vec<Branch>,
    /// What lies there besides, and is no image or not whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub odd: Vec<Odd>,
    /// What the index says of itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// One manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// The manifest, with its platform.
    pub manifest: Descriptor,
    /// Its configuration.
    pub config: Descriptor,
    /// Its layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// When the image was made, as its configuration says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The image's labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What the manifest says of itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What an image's configuration says besides its layers.
#[derive(Default)]
struct Configured {
    platform: Option<Platform>,
    created: Option<String>,
    labels: BTreeMap<String, String>,
}

impl Branch {
    /// What it runs on, for people.
    #[must_use]
    pub fn platform(&self) -> String {
        let otherwise = || broken::of_config(&self.config).unwrap_or_else(|| "unknown".to_owned());
        self.manifest.platform.as_ref().map_or_else(otherwise, ToString::to_string)
    }

    /// The size of it with all that it refers to, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        Descriptor::total([&self.manifest, &self.config].into_iter().chain(&self.layers))
    }
}

impl PublishedTree {
    /// When the newest of its images was made. One that says that it was made
    /// at the beginning of time, as reproducible builds do, says nothing.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        let told = self.manifests.iter().filter_map(|branch| branch.created.as_deref());
        let told = told.filter_map(|at| at.parse::<Timestamp>().ok());
        told.filter(|at| at.as_second() > DAY).max()
    }

    /// The size of everything below, in bytes; what several platforms share is
    /// counted once.
    #[must_use]
    pub fn size(&self) -> u64 {
        let nodes = self.manifests.iter().flat_map(|branch| {
            [&branch.manifest, &branch.config].into_iter().chain(&branch.layers)
        });
        let odd = self.odd.iter().map(|odd| &odd.node);
        let nodes = nodes.chain(odd);
        let mut seen = HashSet::new();
        Descriptor::total(nodes.filter(|node| seen.insert(&node.digest)))
    }
}

/// Reads all that `root` refers to, but the layers. What is no image, or
/// cannot be read, is told as [`Odd`]: one odd part does not hide the others.
///
/// # Errors
///
/// Fails where it is too large, nested too deep or has too many manifests to be
/// what it is taken for.
pub async fn outline(shelf: &dyn Shelf, root: &Descriptor) -> Result<PublishedTree, Failure> {
    let mut tree = PublishedTree {
        root: root.clone(),
        manifests: Vec::new(),
        odd: Vec::new(),
        annotations: BTreeMap::new(),
    };
    let mut below = vec![(root.clone(), 0)];
    let mut read = 0;
    let mut seen = HashSet::new();
    while let Some((node, depth)) = below.pop() {
        // An index may list one manifest twice.
        if !seen.insert((node.digest.clone(), node.platform.clone())) {
            continue;
        }
        read += 1;
        bounded(root, &node, depth, read + below.len())?;
        if !node.is_manifest() {
            tree.odd.push(Odd::of_kind(&node));
            continue;
        }
        let index = match look(shelf, &node, &mut tree).await {
            Ok(index) => index,
            Err(why) => {
                tree.odd.push(Odd::unreadable(&node, why));
                continue;
            }
        };
        if let Some((index, annotations)) = index {
            if depth == 0 {
                tree.annotations = annotations;
            }
            // Taken from the end, so that they come in the index's order.
            below.extend(index.manifests.into_iter().rev().map(|child| (child, depth + 1)));
        }
    }
    Ok(tree)
}

/// Fails where `node`, so deep below `root` and one of `count`, is more than an image
/// has.
fn bounded(
    root: &Descriptor,
    node: &Descriptor,
    depth: usize,
    count: usize,
) -> Result<(), Failure> {
    let why = if depth > DEPTH {
        format!("{} is nested in more than {DEPTH} indexes", node.digest)
    } else if count > NODES {
        format!("{} has more than {NODES} manifests", root.digest)
    } else if node.is_manifest() && node.size > MANIFEST_LIMIT {
        format!("{} has {} bytes, which is too large", node.digest, node.size)
    } else {
        return Ok(());
    };
    Err(Failure::new(FailureKind::Invalid, Side::Sink, why))
}

/// The same, of which all must be there.
///
/// # Errors
///
/// Fails where something of it cannot be read, is not what its digest says, or
/// is no image.
pub async fn tree(shelf: &dyn Shelf, root: &Descriptor) -> Result<PublishedTree, Failure> {
    let tree = outline(shelf, root).await?;
    match tree.odd.first() {
        Some(odd) => Err(odd.failure()),
        None => Ok(tree),
    }
}

/// Takes a manifest into `tree`, or gives back the index that it is.
async fn look(
    shelf: &dyn Shelf,
    node: &Descriptor,
    tree: &mut PublishedTree,
) -> Result<Option<(Index, BTreeMap<String, String>)>, Failure> {
    let bytes = shelf.read(node, MANIFEST_LIMIT).await?;
    // What others wrote there is shown as far as it can be read.
    let annotations = annotations(&bytes);
    match parse(node, bytes)? {
        Node::Index(index) => {
            if let Some(odd) = Odd::of_index(node, &index) {
                tree.odd.push(odd);
                return Ok(None);
            }
            Ok(Some((index, annotations)))
        }
        Node::Manifest(manifest) => {
            let config = manifest.config.clone();
            let Configured { platform, created, labels } = match configured(shelf, &config).await {
                Ok(configured) => configured,
                Err(why) => {
                    tree.odd.push(Odd::unreadable(&config, why));
                    Configured::default()
                }
            };
            let mut node = node.clone();
            node.platform = node.platform.or(platform);
            let layers = manifest.layers.clone();
            let manifest = node;
            tree.manifests.push(Branch { manifest, config, layers, created, labels, annotations });
            Ok(None)
        }
    }
}

fn parse(node: &Descriptor, bytes: Vec<u8>) -> Result<Node, Failure> {
    Node::parse(bytes, node.media_type.as_str()).map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Sink, &error).context(&node.digest)
    })
}

/// Reads an image's configuration; nothing where it is no image's.
async fn configured(shelf: &dyn Shelf, config: &Descriptor) -> Result<Configured, Failure> {
    if ![media_type::CONFIG, DOCKER_CONFIG].contains(&config.media_type.as_str()) {
        return Ok(Configured::default());
    }
    let bytes = shelf.read(config, CONFIG_LIMIT).await?;
    // What others wrote there is shown as far as it can be read.
    let raw: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(Configured {
        platform: platform(&raw),
        created: raw["created"].as_str().map(str::to_owned),
        labels: texts_in(&raw["config"]["Labels"]),
    })
}

fn platform(raw: &Value) -> Option<Platform> {
    let (os, architecture) = (raw["os"].as_str()?, raw["architecture"].as_str()?);
    let variant = raw["variant"].as_str().filter(|variant| !variant.is_empty());
    let features = raw["os.features"].as_array().into_iter().flatten();
    Some(Platform {
        os_version: raw["os.version"].as_str().map(str::to_owned),
        os_features: features.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        ..Platform::new(os, architecture, variant).ok()?
    })
}

fn annotations(bytes: &[u8]) -> BTreeMap<String, String> {
    texts_in(&serde_json::from_slice::<Value>(bytes).unwrap_or_default()["annotations"])
}
