//! `config.yaml`, version 3: what an image directory says of its image.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    Port,
    checks::Checks,
    invalid,
    raw::{Raw, Volumes},
};
use crate::model::{Failure, FailureKind, PersistentUuid, Side, VeeaArch, bytes, escape};

/// What it is called.
pub const FILE: &str = "config.yaml";
/// The most bytes of it.
const LIMIT: u64 = 1 << 20;

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

/// Reads the file in `folder`. Also returns what is worth knowing of it.
///
/// # Errors
///
/// Fails where there is none, and tells of all its mistakes.
pub(super) fn read(folder: &Path) -> Result<(ImageConfig, Vec<String>), Failure> {
    let path = folder.join(FILE);
    let read = || -> io::Result<Vec<u8>> {
        let size = fs::metadata(&path)?.len();
        if size > LIMIT {
            return Err(invalid(format!("it has {}, which is too large", bytes(size))).into());
        }
        fs::read(&path)
    };
    let bytes = read().map_err(|error| {
        let failure = Failure::from_io(Side::Source, path.display(), &error);
        failure.hint("an image directory contains config.yaml, of version 3, and a Dockerfile")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| invalid("it is not UTF-8 text").context(path.display()))?;
    parse(&text, &path.display().to_string())
}

/// Reads the text of a file that is called `name`.
pub(super) fn parse(text: &str, name: &str) -> Result<(ImageConfig, Vec<String>), Failure> {
    let mut unknown = Vec::new();
    let options = serde_saphyr::options! { with_snippet: false };
    let raw = serde_saphyr::with_deserializer_from_str_with_options(text, options, |from| {
        serde_ignored::deserialize::<_, _, Raw>(from, |path| unknown.push(path.to_string()))
    });
    let raw = raw.map_err(|error| {
        let line = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
        invalid(format!("{name}{line}: {}", error.without_snippet()))
    })?;
    let mut checks = Checks { name, problems: Vec::new() };
    let config = checks.config(raw);
    let mut problems = checks.problems.into_iter();
    let Some(first) = problems.next() else {
        // What the reader itself asks for to know a line is no key.
        let unknown = unknown.iter().filter(|key| !key.contains("__serde_saphyr"));
        let told =
            unknown.map(|key| format!("{name}: unknown key `{}`", escape(&key.replace(".?", ""))));
        return Ok((config, told.collect()));
    };
    let failure = Failure::new(FailureKind::Invalid, Side::Source, first);
    Err(problems.fold(failure, |failure, problem| failure.because(&problem)))
}
