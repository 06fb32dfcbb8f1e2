//! What an image directory says of its image.

use std::{fmt, path::PathBuf};

use super::{port::Port, raw::Volumes};
use crate::model::{PersistentUuid, VeeaArch};

/// What the file that says it is called.
pub const FILE: &str = "config.yaml";

/// What an image directory says of its image.
#[derive(Clone, Debug)]
pub struct ImageConfig {
    /// The name of the application.
    pub app: String,
    /// What it is, for people; may be empty.
    pub description: String,
    /// The nodes that it runs on; each once.
    pub node_types: Vec<NodeType>,
    /// The architectures that it is for, each with its hardware.
    pub arches: Vec<(VeeaArch, Vec<String>)>,
    /// Its version, which is the tag of its image.
    pub version: String,
    /// Options of `docker build`.
    pub(super) options: String,
    /// Options for single architectures.
    pub(super) arch_options: Vec<(VeeaArch, String)>,
    /// The ports that it publishes, in order.
    pub ports: Vec<Port>,
    /// Files and folders of licences, from the directory.
    pub(super) licenses: Vec<PathBuf>,
    /// Features that need no licence.
    pub(super) partner_features: Vec<String>,
    /// The devices that it uses, as `DEV:EXCLUSIVE:bluetooth`.
    pub devices: Vec<String>,
    /// The features that it uses.
    pub features: Vec<String>,
    /// Whether it runs on a host that is not authorised.
    pub unauth_host: bool,
    /// Its identity, before it is authorised.
    pub uuid: PersistentUuid,
    /// Its volumes.
    pub(super) volumes: Volumes,
}

/// A kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeType {
    /// A mesh edge node, the gateway.
    Men,
    /// A mesh node.
    Mn,
}

impl fmt::Display for NodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Men => "MEN",
            Self::Mn => "MN",
        })
    }
}
