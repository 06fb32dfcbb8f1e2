//! What a tag or a digest names, down to the layers.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        Descriptor, Failure, FailureKind, ImageConfig, MANIFEST_LIMIT, Node, Platform, Side,
        media_type,
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
pub struct Tree {
    /// The index or manifest itself.
    pub root: Descriptor,
    /// What it refers to, in order: the manifests of an index, or for a
    /// manifest itself.
    pub manifests: Vec<Branch>,
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotated {
    annotations: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawConfig {
    created: Option<String>,
    config: Option<RawSettings>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawSettings {
    labels: Option<BTreeMap<String, String>>,
}

impl Branch {
    /// What it runs on, for people.
    #[must_use]
    pub fn platform(&self) -> String {
        self.manifest.platform.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
    }

    /// The size of it with all that it refers to, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        Descriptor::total([&self.manifest, &self.config].into_iter().chain(&self.layers))
    }
}

impl Tree {
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
        let mut seen = HashSet::new();
        Descriptor::total(nodes.filter(|node| seen.insert(&node.digest)))
    }
}

/// Reads all that `root` refers to, but the layers.
///
/// # Errors
///
/// Fails where something of it cannot be read, is not what its digest says, or
/// is too large or nested too deep to be what it is taken for.
pub async fn tree(shelf: &dyn Shelf, root: &Descriptor) -> Result<Tree, Failure> {
    let (mut manifests, mut of_index) = (Vec::new(), BTreeMap::new());
    let mut below = vec![(root.clone(), 0)];
    let mut read = 0;
    let mut seen = HashSet::new();
    while let Some((node, depth)) = below.pop() {
        // An index may list one manifest twice.
        if !seen.insert((node.digest.clone(), node.platform.clone())) {
            continue;
        }
        read += 1;
        if depth > DEPTH {
            let why = format!("{} lies more than {DEPTH} indexes deep", node.digest);
            return Err(Failure::new(FailureKind::Invalid, Side::Sink, why));
        }
        if read + below.len() > NODES {
            let why = format!("{} has more than {NODES} manifests", root.digest);
            return Err(Failure::new(FailureKind::Invalid, Side::Sink, why));
        }
        let bytes = shelf.read(&node, MANIFEST_LIMIT).await?;
        // What others wrote there is shown as far as it can be read.
        let Annotated { annotations } = serde_json::from_slice(&bytes).unwrap_or_default();
        match parse(&node, bytes)? {
            Node::Index(index) => {
                if depth == 0 {
                    of_index = annotations;
                }
                // Taken from the end, so that they come in the index's order.
                below.extend(index.manifests.into_iter().rev().map(|child| (child, depth + 1)));
            }
            Node::Manifest(manifest) => {
                let config = manifest.config.clone();
                let Configured { platform, created, labels } = configured(shelf, &config).await?;
                let mut node = node;
                node.platform = node.platform.or(platform);
                let layers = manifest.layers.clone();
                let manifest = node;
                manifests.push(Branch { manifest, config, layers, created, labels, annotations });
            }
        }
    }
    Ok(Tree { root: root.clone(), manifests, annotations: of_index })
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
    let platform = serde_json::from_slice::<ImageConfig>(&bytes).ok();
    // What others wrote there is shown as far as it can be read.
    let raw: RawConfig = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(Configured {
        platform: platform.and_then(|config| config.platform().ok()),
        created: raw.created,
        labels: raw.config.and_then(|config| config.labels).unwrap_or_default(),
    })
}
