//! The arguments of single commands.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};

use crate::model::{ArtifactKind, Platform};

/// `castoff push`.
#[derive(Args, Clone, Debug)]
pub(crate) struct PushArgs {
    /// Name and tag; a name or tag in a URL takes precedence.
    #[arg(short, long, value_name = "NAME[:TAG]")]
    pub(crate) tag: Option<String>,
    /// Publish PATH as this, if its content does not tell.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    /// Only this platform; may be repeated.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    /// Also tag each platform, as TAG-ARCH.
    #[arg(long)]
    pub(crate) platform_tags: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Show what would be done, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Prepare again what was prepared before.
    #[arg(long)]
    pub(crate) force: bool,
    /// Archive, folder of archives, OCI layout (with :NAME, one of its images) or file tree.
    pub(crate) path: PathBuf,
    /// Destinations: URLs, or sinks of castoff.toml.
    #[arg(
        required = true,
        value_name = "URL",
        long_help = "\
Destinations: docker://HOST/NAME[:TAG], s3://BUCKET[/NAME:TAG]?…, oci:PATH[:NAME:TAG], dir:PATH, \
docker-daemon:, HOST/NAME[:TAG], or a sink of castoff.toml, SINK[/NAME:TAG]."
    )]
    pub(crate) urls: Vec<String>,
}

/// `castoff ls`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LsArgs {
    /// URL, or sink of castoff.toml; either may end in a name.
    pub(crate) url: String,
    /// List the tags of this name.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) tag: Option<String>,
    /// List only these, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    /// Also list tags made from digests, such as those of signatures.
    #[arg(long)]
    pub(crate) all: bool,
    /// List only names, without reading what they name.
    #[arg(long)]
    pub(crate) names: bool,
    /// Order of the tags.
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    pub(crate) sort: Sort,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff inspect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct InspectArgs {
    /// URL or SINK/NAME, with :TAG or @DIGEST.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// Name and tag, if REF has none.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// Read only this, where a bucket holds both under one name.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    /// Only this platform, as OS/ARCH[/VARIANT].
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Print the index or manifest, byte for byte.
    #[arg(long, conflicts_with = "platform")]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff diff`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DiffArgs {
    /// First reference: a URL or SINK/NAME, with :TAG or @DIGEST.
    #[arg(value_name = "REF1")]
    pub(crate) before: String,
    /// Second reference.
    #[arg(value_name = "REF2")]
    pub(crate) after: String,
    /// Read only this, where a bucket holds both under one name.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff copy`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CopyArgs {
    /// Source: a URL or SINK/NAME, with :TAG or @DIGEST.
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Destination; a name or tag that it leaves out is that of the source.
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// Copy this, where a bucket holds both under one name.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    /// Copy only this platform, as OS/ARCH[/VARIANT]; the tag then names its manifest.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Fail instead of moving a tag that already names other content.
    #[arg(long)]
    pub(crate) no_clobber: bool,
    /// Show what would be done, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff rm`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RmArgs {
    /// Tags to remove, each as a URL or SINK/NAME with :TAG.
    #[arg(required = true, value_name = "REF")]
    pub(crate) references: Vec<String>,
    /// Name and tag, if REF has none.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// Remove this, where a bucket holds both under one name.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    /// Also remove all other tags of the same content.
    #[arg(long)]
    pub(crate) with_siblings: bool,
    /// Show what would be done, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff gc`.
#[derive(Args, Clone, Debug)]
pub(crate) struct GcArgs {
    /// URL, or sink of castoff.toml; either may end in a name.
    pub(crate) url: String,
    /// Collect the tags of this name.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) tag: Option<String>,
    /// Keep this many of each series.
    ///
    /// The newest are kept, pre-releases included. A tag of no series, such as latest, stays.
    #[arg(long, value_name = "N", required_unless_present = "matching")]
    pub(crate) keep: Option<usize>,
    /// Remove only tags like this, also those of no series; may be repeated.
    #[arg(long = "match", value_name = "PATTERN")]
    pub(crate) matching: Vec<String>,
    /// Collect only these, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindArg>,
    /// Order of the tags.
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    pub(crate) sort: Sort,
    /// Keep tags like this, and do not count them; may be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) protect: Vec<String>,
    /// Keep versions, and tags that are only a number or a date, and do not count them.
    #[arg(long)]
    pub(crate) only_development: bool,
    /// Keep content that was never tagged, as during a push, for this long, such as 90m or 7d.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub(crate) grace: Duration,
    /// Show everything that would be removed, with sizes, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// A time such as `90m`, `24h` or `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let span = text.parse::<jiff::Span>();
    let length = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()));
    let length = length.and_then(Duration::try_from);
    length.map_err(|_| "expected a time with its unit, such as 90m, 24h or 7d".to_owned())
}

/// Which registries are trusted.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TrustArgs {
    /// Accept plain HTTP and unknown certificates at registries.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Trust these certificates at registries, besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// The order of tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// By version, oldest first.
    #[default]
    Version,
    /// By creation date, oldest first.
    Date,
    /// As stored.
    Stored,
}

/// The kind of what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// An image.
    Image,
    /// Files.
    Files,
}

/// `castoff secret`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SecretVerb {
    /// Store a secret, typed twice or read from standard input.
    #[command(
        before_help = "\
Examples:
  castoff secret set release-key
  pass show release-key | castoff secret set release-key
  castoff secret set docker://registry.example.org
  castoff secret set 's3://downloads?endpoint=garage.example.org&region=garage'",
        after_long_help = "\
If the secret comes from standard input, one line break at its end is removed. The secret of a
registry is USER:PASSWORD, that of a bucket ACCESS_KEY_ID:SECRET_ACCESS_KEY. castoff uses them only if
Docker's configuration, or that of the AWS tools, has no credentials."
    )]
    Set {
        /// Its name.
        #[arg(help = "Name in castoff.toml, docker://HOST, or s3://BUCKET?endpoint=HOST")]
        name: String,
        /// Never a secret: refused, with the way to type it.
        #[arg(hide = true)]
        value: Vec<String>,
    },
    /// List the secrets that castoff.toml needs and those in the keyring, without values.
    #[command(before_help = "Examples:\n  castoff secret ls\n  castoff secret ls --json")]
    Ls,
    /// Remove a secret from the keyring.
    #[command(before_help = "Example:\n  castoff secret rm release-key")]
    Rm {
        /// Name of the secret.
        name: String,
    },
}

impl From<KindArg> for ArtifactKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Image => Self::Image,
            KindArg::Files => Self::Files,
        }
    }
}
