//! The configuration: `castoff.toml`, and a user's file beneath it.
//!
//! [`load`] reads both, collects every mistake with its file and line, and
//! returns a [`Config`] that cannot be wrong in itself. Whether the files and
//! sinks that it names exist is for the survey to find out.

mod fields;
mod merge;
mod paths;
mod problem;
mod raw;
mod raw_build;
mod raw_console;
mod raw_engine;
mod raw_signer;
mod required;
mod resolve;
mod resolve_artifact;
mod rivals;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

pub use paths::{FILE_NAME, Paths, find};
pub use problem::{Place, Problem, Problems};
pub use resolve::{LoadError, load, parse};

use crate::{
    keymap::Keymap,
    model::{
        ArtifactKind, ArtifactName, Builders, CommandLine, ImageSettings, Origin, Platform,
        SignerName, SignerSpec, SinkName, SinkSpec,
    },
};

/// A whole configuration; the default one has nothing in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// What is released.
    pub artifacts: Vec<ArtifactConfig>,
    /// Where to.
    pub sinks: Vec<SinkConfig>,
    /// Its signers.
    pub signers: Vec<SignerSpec>,
    /// Where images are built.
    pub builders: Builders,
    /// Patterns of tags that are written once, where no artifact says which.
    pub immutable: Vec<String>,
    /// How the engine works.
    pub engine: EngineConfig,
    /// How the console looks, and what its keys do.
    pub console: ConsoleConfig,
}

/// One artifact, with what `[release]` says for all of them filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactConfig {
    /// Its name.
    pub name: ArtifactName,
    /// Where it comes from.
    pub from: Origin,
    /// Where its version comes from.
    pub version: Option<Version>,
    /// The tags, in which `{version}` stands for the version.
    pub tags: Vec<String>,
    /// What it is released for; none: all that its source has.
    pub platforms: Option<Vec<Platform>>,
    /// Where it goes; none: to every sink that holds its kind.
    pub sinks: Option<Vec<SinkName>>,
    /// Its repository below a sink's namespace, in which `{name}` stands for
    /// its name; none: as the sink says.
    pub repository: Option<String>,
    /// Its signers; none: every signer that fits its kind.
    pub sign: Option<Vec<SignerName>>,
    /// Whether files get `SHA256SUMS` beside them without a signature.
    pub checksums: bool,
    /// Patterns of tags that are written once.
    pub immutable: Vec<String>,
    /// The entry of the configuration that this is one of several products of:
    /// of the sinks that it names, each product goes to those that hold it.
    pub product_of: Option<ArtifactName>,
}

/// One sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkConfig {
    /// Where it is.
    pub spec: SinkSpec,
    /// How an artifact's name becomes a repository; `{name}` stands for it.
    pub repository: String,
}

/// Where a version comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// It is written down.
    Text(String),
    /// `git describe --tags --always`.
    GitDescribe,
    /// The git tree's id.
    GitTree,
    /// An environment variable.
    Env(String),
    /// What a command prints: run by the shell, or as an argument vector.
    Command(CommandLine),
}

/// How the engine works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Jobs at one sink at once.
    pub jobs: u32,
    /// Platforms prepared at once.
    pub prepare: u32,
    /// How often one request is sent without progress until its job fails.
    pub attempts: u32,
    /// The wait before the second attempt; doubled each time.
    pub delay: Duration,
    /// The longest wait between attempts.
    pub max_delay: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may move before an attempt fails.
    pub idle_timeout: Duration,
    /// How long a server may take to show what was written.
    pub show_timeout: Duration,
    /// How long a build may say nothing.
    pub build_timeout: Duration,
    /// How large the content store may grow, in bytes.
    pub store_limit: u64,
    /// How large one archive may become when it is inflated, in bytes.
    pub inflate_limit: u64,
    /// How many times larger than its file an archive may become.
    pub inflate_ratio: u32,
}

/// How the console looks, and what its keys do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// The name of a theme; none: what fits the terminal.
    pub theme: Option<String>,
    /// Whether lines and symbols are drawn in ASCII; none: where the terminal
    /// knows no more.
    pub ascii: Option<bool>,
    /// Whether castoff takes the mouse.
    pub mouse: bool,
    /// What the keys do.
    pub keys: Keymap,
}

impl Default for ConsoleConfig {
    fn default() -> Self {
        Self { theme: None, ascii: None, mouse: true, keys: Keymap::default() }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            jobs: 4,
            prepare: 2,
            attempts: 5,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(1),
            show_timeout: Duration::from_mins(1),
            build_timeout: Duration::from_mins(30),
            store_limit: 20 << 30,
            inflate_limit: 64 << 30,
            inflate_ratio: 1000,
        }
    }
}

impl Config {
    /// A sink by its name.
    #[must_use]
    pub fn sink(&self, name: &SinkName) -> Option<&SinkConfig> {
        self.sinks.iter().find(|sink| sink.spec.name == *name)
    }

    /// The signers of an artifact, in the order in which they are written down.
    #[must_use]
    pub fn signers_of(&self, artifact: &ArtifactConfig) -> Vec<&SignerSpec> {
        let signs = |signer: &&SignerSpec| match &artifact.sign {
            Some(named) => named.contains(&signer.name),
            None => signer.fits(artifact.kind()),
        };
        self.signers.iter().filter(signs).collect()
    }
}

impl ArtifactConfig {
    /// An artifact that a command line describes.
    #[must_use]
    pub fn new(name: ArtifactName, from: Origin) -> Self {
        Self {
            name,
            from,
            version: None,
            tags: vec!["{version}".to_owned()],
            platforms: None,
            sinks: None,
            repository: None,
            sign: None,
            checksums: false,
            immutable: Vec::new(),
            product_of: None,
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ArtifactKind {
        self.from.kind()
    }

    /// Whether it goes to `sink`, be it that its `sinks` say so, or its kind.
    #[must_use]
    pub fn goes_to(&self, sink: &SinkSpec) -> bool {
        match &self.sinks {
            Some(named) => {
                let is_alone = self.product_of.is_none();
                named.contains(&sink.name) && (is_alone || self.from.goes_to(&sink.url))
            }
            None => self.from.goes_to(&sink.url) && !sink.read_only,
        }
    }
}

/// `image_of` before the artifact that it names is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ImageOf {
    artifact: fields::At<String>,
    settings: ImageSettings,
}

/// Replaces each `{name}` in `template`.
///
/// # Errors
///
/// Fails at the first name that `values` lacks, and returns it.
pub fn fill(template: &str, values: &BTreeMap<&str, &str>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        text.push_str(before);
        text.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}
