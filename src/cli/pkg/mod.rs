//! The arguments of `castoff pkg`: the flags of both of LinuxKit's generations.

mod args;
mod build;

pub(crate) use args::{PackageArgs, SignArg, SwitchArgs};

use clap::{Args, Subcommand};

use self::args::{go_bool, sign_arg};
use super::TrustArgs;

pub(crate) use build::{BuildArgs, Progress};

/// `castoff pkg`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PkgVerb {
    /// Print the image names of packages: organisation, image, and hash of the folder.
    #[command(
        before_help = "\
Examples:
  castoff pkg show-tag pkg/init pkg/sshd
  castoff pkg show-tag --canonical .                 include the registry: docker.io/linuxkit/init:…
  castoff pkg show-tag -hash-commit v1.0 pkg/init    hash another commit
  castoff pkg show-tag -org wombat -dev .            wombat/init:dev",
        after_long_help = "\
The hash is the ID of the folder's tree in git; uncommitted changes add -dirty. Extra sources are
hashed with it. Outside of git, the tag is latest."
    )]
    ShowTag(ShowTagArgs),
    /// Build packages for this machine's platform, or for the platforms named.
    #[command(before_help = BUILD_EXAMPLES, after_long_help = BUILD_DETAILS)]
    Build(BuildArgs),
    /// Build and push packages, and sign their tags.
    #[command(before_help = PUSH_EXAMPLES, after_long_help = PUSH_DETAILS)]
    Push(BuildArgs),
    /// Make, push and sign the index of images pushed for single platforms.
    #[command(
        alias = "index",
        before_help = MANIFEST_EXAMPLES,
        after_long_help = MANIFEST_DETAILS
    )]
    Manifest(ManifestArgs),
}

const BUILD_EXAMPLES: &str = "\
Examples:
  castoff pkg build pkg/init                          build linuxkit/init:HASH in the local engine
  castoff pkg build -org wombat -disable-content-trust pkg/init
  castoff pkg build --platforms linux/amd64,linux/arm64 pkg/init pkg/sshd
  castoff pkg build --dry-run pkg/init                print the equivalent docker command";

const BUILD_DETAILS: &str = "\
A package that is already published is fetched, not built; --force builds it anyway. The image is
named NAME:HASH-ARCH in the local engine, and the one of this machine's platform also NAME:HASH. A
package is skipped, without an error, if its `arches` do not include the platform.";

const PUSH_EXAMPLES: &str = "\
Examples:
  castoff pkg push pkg/init                           push image, index and signature
  castoff pkg push -manifest=false pkg/init           push only the image, on each kind of machine
  castoff pkg push -image=false pkg/init              then push the index of all of them
  castoff pkg push -release v1.0 pkg/init             push it as linuxkit/init:v1.0, too
  castoff pkg push -disable-content-trust -org registry.example.org/acme pkg/init";

const PUSH_DETAILS: &str = "\
A package with uncommitted changes is refused before anything is sent. Without -release, git's tag of
the commit is the release. The passphrase of the signing key comes from
$DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE, from the command that ~/.moby/linuxkit/config.yml names
as pkg.content-trust-passphrase-command, from the keyring, or from a prompt.";

const MANIFEST_EXAMPLES: &str = "\
Examples:
  castoff pkg manifest pkg/init
  castoff pkg manifest --release v1.0 pkg/init";

const MANIFEST_DETAILS: &str = "\
The index contains NAME:HASH-ARCH of every architecture that a package may have. Missing architectures
are reported and left out.";

/// `castoff pkg show-tag`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowTagArgs {
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    /// Include the registry.
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
    /// Also push it under this tag.
    #[arg(long, value_name = "TAG")]
    pub(crate) release: Option<String>,
    /// Sign the index, unless content trust is disabled; with =NAME, as this signer of castoff.toml.
    #[arg(long, value_name = "BOOL|NAME", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = sign_arg)]
    pub(crate) sign: Vec<SignArg>,
}

impl PkgVerb {
    /// The packages, and what of them is overridden.
    pub(crate) fn package(&self) -> &PackageArgs {
        match self {
            Self::ShowTag(args) => &args.package,
            Self::Build(args) | Self::Push(args) => &args.package,
            Self::Manifest(args) => &args.package,
        }
    }
}
