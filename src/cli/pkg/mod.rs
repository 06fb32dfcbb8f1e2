//! What `castoff pkg` understands: the flags of both of LinuxKit's
//! generations.

mod build;

use std::path::PathBuf;

pub(crate) use build::{BuildArgs, Progress};
use clap::{Args, Subcommand, ValueEnum};

use super::TrustArgs;
use crate::model::Compat;

/// `castoff pkg`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PkgVerb {
    /// Prints what packages are called: the organisation, the image and the hash of its folder.
    #[command(after_help = "\
Examples:
  castoff pkg show-tag pkg/init pkg/sshd
  castoff pkg show-tag --canonical .                 with its registry: docker.io/linuxkit/init:…
  castoff pkg show-tag -hash-commit v1.0 pkg/init    as it was in another commit
  castoff pkg show-tag -org wombat -dev .            wombat/init:dev

The hash is the id of the folder's tree in git; what differs from the commit adds -dirty. Extra
sources are hashed with it. Outside of git the tag is latest.")]
    ShowTag(ShowTagArgs),
    /// Builds packages for this machine's platform, or for those that are named.
    #[command(after_help = BUILD_EXAMPLES)]
    Build(BuildArgs),
    /// Builds packages, pushes them, and signs what they are called.
    #[command(after_help = PUSH_EXAMPLES)]
    Push(BuildArgs),
    /// Makes the index of what was pushed for single platforms, pushes it and signs it.
    #[command(alias = "index", after_help = MANIFEST_EXAMPLES)]
    Manifest(ManifestArgs),
}

const BUILD_EXAMPLES: &str = "\
Examples:
  castoff pkg build pkg/init                          linuxkit/init:HASH in the local engine
  castoff pkg build -org wombat -disable-content-trust pkg/init
  castoff pkg build --platforms linux/amd64,linux/arm64 pkg/init pkg/sshd
  castoff pkg build --dry-run pkg/init                the docker command that would do the same

What is published already is fetched and not built; --force builds it all the same. The image is
called NAME:HASH-ARCH in the local engine, and that of this machine's platform NAME:HASH too. A
package whose `arches` do not name the platform is left out, and that is no error.";

const PUSH_EXAMPLES: &str = "\
Examples:
  castoff pkg push pkg/init                           image, index and signature
  castoff pkg push -manifest=false pkg/init           only the image, on each kind of machine
  castoff pkg push -image=false pkg/init              then the index of what all of them pushed
  castoff pkg push -release v1.0 pkg/init             also as linuxkit/init:v1.0
  castoff pkg push -disable-content-trust -org registry.example.org/acme pkg/init

What differs from its commit is refused before anything is sent. Without -release, the tag that git
has for the commit is the release. The passphrase of the signing key comes from
$DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE, from the command that ~/.moby/linuxkit/config.yml names
as pkg.content-trust-passphrase-command, from the keyring, or it is asked for.";

const MANIFEST_EXAMPLES: &str = "\
Examples:
  castoff pkg manifest pkg/init
  castoff pkg manifest --release v1.0 pkg/init

It looks for NAME:HASH-ARCH of every architecture that a package may have; those that are missing
are told and left out.";

/// Which packages, and what of them is overridden.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "LinuxKit's options")]
pub(crate) struct PackageArgs {
    /// The folders of the packages.
    #[arg(value_name = "PATH", help_heading = None::<&str>)]
    pub(crate) paths: Vec<PathBuf>,
    /// Which LinuxKit is followed, where its generations differ.
    #[arg(long, value_enum, default_value_t, value_name = "YEAR")]
    pub(crate) compat: Year,
    /// The organisation.
    #[arg(
        long,
        value_name = "ORG",
        help = "The organisation, which may begin with a registry; since 2026 also $LINUXKIT_PKG_ORG"
    )]
    pub(crate) org: Option<String>,
    /// The name of the metadata in the folder.
    #[arg(long, value_name = "NAME", default_value = "build.yml")]
    pub(crate) build_yml: String,
    /// What takes the place of the hash.
    #[arg(long, value_name = "HASH")]
    pub(crate) hash: Option<String>,
    /// The commit that is hashed; only HEAD can be built.
    #[arg(long, value_name = "COMMIT", default_value = crate::model::HEAD)]
    pub(crate) hash_commit: String,
    /// The folder that is hashed, around the package's.
    #[arg(long, value_name = "PATH")]
    pub(crate) hash_path: Option<PathBuf>,
    /// A template of the tag, which may have {{.Hash}}.
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) tag: Option<String>,
    #[command(flatten)]
    pub(crate) switches: SwitchArgs,
    /// What must not be here.
    #[arg(long, hide = true, value_name = "REGISTRY=USER:PASSWORD")]
    pub(crate) registry_creds: Vec<String>,
}

/// Go's flags that are on or off: `-name`, `-name=true`, `-name=false`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SwitchArgs {
    /// Does every step of the build again.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) disable_cache: Option<bool>,
    /// Leaves out steps that were done before.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) enable_cache: Option<bool>,
    /// Lets the build reach the network.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) network: Option<bool>,
    /// Keeps the build from the network.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) nonetwork: Option<bool>,
    /// Signs nothing, and builds on what nobody signed.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) disable_content_trust: Option<bool>,
    /// Signs, and builds on what is signed only.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) enable_content_trust: Option<bool>,
    /// Takes the package for dirty, whatever git says.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) force_dirty: Option<bool>,
    /// A development build: the organisation is $USER, and the hash is dev.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) dev: Option<bool>,
}

/// `castoff pkg show-tag`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowTagArgs {
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    /// Prints the registry too.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = go_bool)]
    pub(crate) canonical: Option<bool>,
}

/// `castoff pkg manifest`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ManifestArgs {
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Also tags it so.
    #[arg(long, value_name = "TAG")]
    pub(crate) release: Option<String>,
    /// Signs the index, unless content trust is disabled; =NAME: by this signer of castoff.toml.
    #[arg(long, value_name = "BOOL|NAME", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = sign_arg)]
    pub(crate) sign: Vec<SignArg>,
}

/// One of LinuxKit's generations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Year {
    /// The flow that LinuxKit's manual of that year describes.
    #[default]
    #[value(name = "2020")]
    Year2020,
    /// The flow of that year: strict metadata, and tags that tell each edit.
    #[value(name = "2026")]
    Year2026,
}

impl From<Year> for Compat {
    fn from(year: Year) -> Self {
        match year {
            Year::Year2020 => Self::Year2020,
            Year::Year2026 => Self::Year2026,
        }
    }
}

impl PkgVerb {
    /// Which packages are meant.
    pub(crate) fn package(&self) -> &PackageArgs {
        match self {
            Self::ShowTag(args) => &args.package,
            Self::Build(args) | Self::Push(args) => &args.package,
            Self::Manifest(args) => &args.package,
        }
    }
}

/// What `-sign` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignArg {
    /// What is pushed is signed.
    On,
    /// It is not.
    Off,
    /// It is, by this signer.
    By(String),
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn sign_arg(text: &str) -> Result<SignArg, String> {
    Ok(match go_bool(text) {
        Ok(true) => SignArg::On,
        Ok(false) => SignArg::Off,
        Err(_) => SignArg::By(text.to_owned()),
    })
}

/// What Go's flags take for true and false.
fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}
