//! The commands that change what is published.

use clap::Subcommand;

use super::{
    args::{CopyArgs, GcArgs, RmArgs},
    signing::SignArgs,
};

/// The commands that change what is published, each as a run.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum UpkeepVerb {
    /// Copy an image or release to another sink, unchanged.
    #[command(
        before_help = "\
Examples:
  castoff copy staging/albatros:0.9 hub
  castoff copy docker://localhost:5000/albatros@sha256:… docker://registry.example.org/albatros:0.9
  castoff copy hub/albatros:0.9 oci:dist/shelf:albatros:0.9 --dry-run",
        after_long_help = "\
All platforms, signatures and other referrers are copied too, by digest; the tag moves last. A copy
is a run like a release: castoff resume completes it, and castoff rollback moves the tag back."
    )]
    Copy(CopyArgs),
    /// Remove tags, and no other tags of the same content.
    #[command(
        before_help = "\
Examples:
  castoff rm docker://registry.example.org/acme/albatros:0.8
  castoff rm hub -t albatros:0.8 --dry-run
  castoff rm hub/albatros:0.8 shelf/albatros:0.8",
        after_long_help = "\
The content of a removed image stays until castoff gc removes it; files are removed with their tag.
castoff rollback restores a tag as long as its content exists."
    )]
    Rm(RmArgs),
    /// Remove old tags, and the content that no remaining tag needs.
    #[command(
        before_help = "\
Examples:
  castoff gc hub -t albatros --keep 5 --dry-run
  castoff gc docker://registry.example.org/acme/albatros --keep 5 --protect latest
  castoff gc 's3://downloads?endpoint=garage.example.org&region=garage' -t albatros --keep 2
  castoff gc hub/albatros --keep 0 --only-development --sort date
  castoff gc hub/albatros --match 'feature-*'",
        after_long_help = "\
The newest tags of each series are kept. All versions are one series, and a variant such as
1.10-alpine counts as its version, 1.10. Tags that differ only in a number, a date or a hash, such as
nightly-*, are a series each. Other tags, such as latest, are kept unless --match names them, and so
are tags that cannot be put in order by age.

Everything reachable from a kept tag stays, including its signatures. In a bucket or a layout,
everything else is removed, and never while castoff publishes there. At a registry, castoff deletes
manifests; the registry's own garbage collection removes the blobs."
    )]
    Gc(GcArgs),
    /// Sign tags or digests where they are published, or files beside themselves.
    #[command(
        before_help = "\
Examples:
  castoff sign --generate-key release                 make release.key and release.pub
  castoff sign hub/albatros:0.9 --signer release-key
  castoff sign docker://localhost:5000/albatros:0.9 --key release.key --platforms
  castoff sign docker://docker.io/acme/albatros:0.9 --notary-server https://notary.docker.io
  castoff sign app.tar.gz --key release.pem --certificate release.crt --chain ca.pem",
        after_long_help = "\
The signature of an image is stored in its repository: under the tag sha256-….sig, where cosign
looks, and as a referrer. Signatures by other keys stay. The signature of a file is written beside
it: .p7s for CMS (.p7m if it contains the file), .asc for OpenPGP, .minisig for minisign, .sig for
cosign. The passphrase comes from the keyring (castoff secret set NAME), from $COSIGN_PASSWORD, or
from a prompt."
    )]
    Sign(SignArgs),
}

impl UpkeepVerb {
    /// Whether it is a dry run.
    pub(crate) fn is_dry(&self) -> bool {
        match self {
            Self::Copy(args) => args.dry_run,
            Self::Rm(args) => args.dry_run,
            Self::Gc(args) => args.dry_run,
            Self::Sign(args) => args.dry_run,
        }
    }
}
