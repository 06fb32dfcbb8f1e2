//! What single verbs understand.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};

use crate::model::{ArtifactKind, Platform};

/// `castoff push`.
#[derive(Args, Clone, Debug)]
pub(crate) struct PushArgs {
    /// The name and tag; a name or tag in a URL wins.
    #[arg(short, long, value_name = "NAME[:TAG]")]
    pub(crate) tag: Option<String>,
    /// What PATH holds, where it is not plain.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Only this platform; may be given several times.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    /// Also tags each platform, as TAG-ARCH.
    #[arg(long)]
    pub(crate) platform_tags: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Shows what would be done, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Makes again what was prepared before.
    #[arg(long)]
    pub(crate) force: bool,
    /// An archive or a folder of them, an OCI layout with or without :NAME, or a tree of files.
    pub(crate) path: PathBuf,
    /// Where to, each as a URL or as a sink of the configuration.
    #[arg(
        required = true,
        value_name = "URL",
        long_help = "\
Where to: docker://HOST/NAME[:TAG], s3://BUCKET[/NAME:TAG]?…, oci:PATH[:NAME:TAG], dir:PATH, \
docker-daemon:, HOST/NAME[:TAG] or the name of a sink of castoff.toml, SINK[/NAME:TAG]."
    )]
    pub(crate) urls: Vec<String>,
}

/// `castoff ls`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LsArgs {
    /// The place: a URL, or a sink of castoff.toml, either with a name behind it.
    pub(crate) url: String,
    /// The name whose tags are listed.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) tag: Option<String>,
    /// What is listed, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Also the tags that are made from digests, such as those of signatures.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only the names, without looking at what they name.
    #[arg(long)]
    pub(crate) names: bool,
    /// The order of the tags.
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    pub(crate) sort: Sort,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff inspect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct InspectArgs {
    /// What is looked at: a URL or SINK/NAME, with :TAG or @DIGEST.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// The name and tag, where REF names only the place.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// What is looked for, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Only this platform, as OS/ARCH[/VARIANT].
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Prints the index or manifest as it is, byte by byte.
    #[arg(long, conflicts_with = "platform")]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff diff`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DiffArgs {
    /// The one: a URL or SINK/NAME, with :TAG or @DIGEST.
    #[arg(value_name = "REF")]
    pub(crate) before: String,
    /// The other.
    #[arg(value_name = "REF")]
    pub(crate) after: String,
    /// What is looked for, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff copy`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CopyArgs {
    /// What is copied: a URL or SINK/NAME, with :TAG or @DIGEST.
    #[arg(value_name = "REF")]
    pub(crate) from: String,
    /// Where to; a name or tag that it leaves out stays the same.
    #[arg(value_name = "REF")]
    pub(crate) to: String,
    /// What is copied, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Only this platform, as OS/ARCH[/VARIANT]: the tag names its manifest then.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Refuses to move a tag that names other content already.
    #[arg(long)]
    pub(crate) no_clobber: bool,
    /// Shows what would be done, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff rm`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RmArgs {
    /// The tags, each as a URL or SINK/NAME with :TAG.
    #[arg(required = true, value_name = "REF")]
    pub(crate) references: Vec<String>,
    /// The name and tag, where REF names only the place.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// What is removed, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Also removes all other tags that name the same.
    #[arg(long)]
    pub(crate) with_siblings: bool,
    /// Shows what would be done, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// `castoff gc`.
#[derive(Args, Clone, Debug)]
pub(crate) struct GcArgs {
    /// The place: a URL, or a sink of castoff.toml, either with a name behind it.
    pub(crate) url: String,
    /// The name whose tags are looked at.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) tag: Option<String>,
    /// How many stay of each series: the newest versions, pre-releases included, and of tags that
    /// differ only in a number, a date or a hash. A tag of no series, such as latest, stays.
    #[arg(long, value_name = "N", required_unless_present = "matching")]
    pub(crate) keep: Option<usize>,
    /// Only tags like this may go, those of no series too; may be given several times.
    #[arg(long = "match", value_name = "PATTERN")]
    pub(crate) matching: Vec<String>,
    /// What is looked at, where a bucket holds both.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// The order of the tags.
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    pub(crate) sort: Sort,
    /// Tags like this stay, and do not count; may be given several times.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) protect: Vec<String>,
    /// Versions, and numbers and dates alone, stay, and do not count.
    #[arg(long)]
    pub(crate) only_development: bool,
    /// What no tag ever named, as during a push, stays for so long, such as 90m, 24h or 7d.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub(crate) grace: Duration,
    /// Shows all that would go, with sizes, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// A time such as `90m`, `24h` or `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::Span = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
    length.and_then(Duration::try_from).map_err(|error| error.to_string())
}

/// Which registries are trusted.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TrustArgs {
    /// Accepts plain HTTP and unknown certificates at registries.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Trusts these certificates at registries, besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// The order of tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// By version, the oldest first.
    #[default]
    Version,
    /// By when what they name was made, the oldest first.
    Date,
    /// As the place has them.
    Stored,
}

/// What a path holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// An image.
    Image,
    /// Files.
    Files,
}

/// `castoff secret`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SecretVerb {
    /// Stores a secret, which is typed twice or comes from standard input.
    #[command(after_help = "\
Examples:
  castoff secret set release-key
  pass show release-key | castoff secret set release-key
  castoff secret set docker://registry.example.org
  castoff secret set 's3://downloads?endpoint=garage.example.org&region=garage'

Of standard input, one end of line at the end is removed. The secret of a registry is USER:PASSWORD,
that of a bucket ACCESS_KEY_ID:SECRET_ACCESS_KEY; both are only used where Docker's configuration,
or what the AWS tools read, has none.")]
    Set {
        /// Its name.
        #[arg(help = "Its name: as in castoff.toml, docker://HOST or s3://BUCKET?endpoint=HOST")]
        name: String,
        /// What must not be here.
        #[arg(hide = true)]
        value: Vec<String>,
    },
    /// Lists the secrets that castoff.toml needs and those in the keyring, and never a value.
    #[command(after_help = "Example:\n  castoff secret ls --json")]
    Ls,
    /// Removes a secret from the keyring.
    #[command(after_help = "Example:\n  castoff secret rm release-key")]
    Rm {
        /// Its name.
        name: String,
    },
}

impl From<Kind> for ArtifactKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Image => Self::Image,
            Kind::Files => Self::Files,
        }
    }
}
