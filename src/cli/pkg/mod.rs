//! What `castoff pkg` understands: the flags of both of LinuxKit's
//! generations.

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
