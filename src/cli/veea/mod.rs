//! The arguments of `castoff veea`.

mod archive;

use std::path::PathBuf;

pub(crate) use archive::{
    AddImageArgs, AppConfigVerb, AppCreateArgs, AppFolderArgs, AppReleaseArgs, AppVerb,
    ArchiveVerb, RemoveImageArgs, SealTrustArgs, VeeaVerifyArgs,
};
use clap::{Args, Subcommand};

use crate::{model::StageName, veea::recipe::PartnerId};

/// `castoff veea`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum VeeaVerb {
    #[command(flatten)]
    Step(VeeaStepVerb),
    #[command(flatten)]
    Archive(ArchiveVerb),
}

/// A step, with all steps before it.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum VeeaStepVerb {
    /// Write the Dockerfile with its labels.
    #[command(before_help = "Example:\n  castoff veea generate vh_dbus --arch arm32v7")]
    Generate(VeeaArgs),
    /// Build the image.
    #[command(
        before_help = "\
Example:
  castoff veea compile vh_dbus --arch arm64v8 --no-cache",
        after_long_help = "The image stays in its engine as APP-ARCH:VERSION."
    )]
    Compile(VeeaArgs),
    /// Save the image in an archive.
    #[command(before_help = "Example:\n  castoff veea save vh_dbus --arch arm32v7")]
    Save(VeeaArgs),
    /// Check and sign the image's archive.
    #[command(before_help = "Example:\n  castoff veea sign vh_dbus --signer veea")]
    Sign(VeeaArgs),
    /// Write the Swarm service file.
    #[command(
        before_help = "Example:\n  castoff veea swarm vh_dbus",
        after_long_help = "It depends only on config.yaml; no other step is done."
    )]
    Swarm(VeeaArgs),
    /// Write and sign the metadata of the image and the service file.
    #[command(before_help = "Example:\n  castoff veea metadata vh_dbus --signer veea")]
    Metadata(VeeaArgs),
    /// Make release archives of an image directory, in seven steps.
    #[command(
        before_help = "\
Examples:
  castoff veea release                              release all architectures of config.yaml
  castoff veea release vh_dbus --arch arm32v7       release one of them
  castoff veea release vh_dbus --signer veea        sign as the [[signer]] `veea` of castoff.toml
  castoff veea release --key veea.key --certificate veea.pem
  castoff veea release --unauth                     make a development build, for no partner",
        after_long_help = "\
An image directory contains config.yaml (version 3) and a Dockerfile. The steps are generate, compile,
save, sign, swarm, metadata and release; each of these commands does all steps up to its own. A step is
skipped if it was done and its input has not changed. Their output is in build/auth or build/unauth;
the archive is build/auth/ARCH/APP-ARCH-release-VERSION.tgz.

The partner is that of the certificate ~/.vhc/veea-partner-ID-cert.pem, or of --partner-certificate. If
castoff.toml has from = { veea = \"DIR\" }, its settings apply to the directory. Passphrases come from
the same sources as for every signer, and are asked for before the first step."
    )]
    Release(VeeaArgs),
}

impl VeeaStepVerb {
    /// Its arguments, and its name.
    pub(crate) fn split(self) -> (VeeaArgs, StageName) {
        match self {
            Self::Generate(args) => (args, "generate".into()),
            Self::Compile(args) => (args, "compile".into()),
            Self::Save(args) => (args, "save".into()),
            Self::Sign(args) => (args, "sign".into()),
            Self::Swarm(args) => (args, "swarm".into()),
            Self::Metadata(args) => (args, "metadata".into()),
            Self::Release(args) => (args, "release".into()),
        }
    }
}

/// An image directory, and how it is released.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct VeeaArgs {
    /// Image directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Only this architecture: arm32v7, arm64v8 or amd64; may be repeated.
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<String>,
    /// Repeat all steps.
    #[arg(long)]
    pub(crate) force: bool,
    /// Let the engine repeat all steps of the Dockerfile.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Make a development build in build/unauth, for no partner.
    #[arg(long)]
    pub(crate) unauth: bool,
    /// Repeat steps with output older than their input, instead of those with changed input.
    #[arg(long)]
    pub(crate) mtime: bool,
    /// Sign as this signer of castoff.toml, of kind cms.
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub(crate) signer: Option<String>,
    /// Sign with this private key.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// Certificate of the key, in PEM.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between that one and the root, in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) chain: Option<PathBuf>,
    /// Partner, as eight hexadecimal digits; by default, the one in its certificate's file name.
    #[arg(long, value_name = "ID", conflicts_with = "unauth")]
    pub(crate) partner: Option<PartnerId>,
    /// Certificate of the partner, in PEM; by default, the one in ~/.vhc.
    #[arg(long, value_name = "FILE", conflicts_with = "unauth")]
    pub(crate) partner_certificate: Option<PathBuf>,
    /// File or folder of licences; may be repeated.
    #[arg(long, value_name = "PATH")]
    pub(crate) license: Vec<PathBuf>,
}
