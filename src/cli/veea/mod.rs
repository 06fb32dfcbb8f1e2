//! What `castoff veea` understands.

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
    Step(VeeaStep),
    #[command(flatten)]
    Archive(ArchiveVerb),
}

/// A step, with all before it.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum VeeaStep {
    /// Writes the Dockerfile with its labels.
    #[command(after_help = "Example:\n  castoff veea generate vh_dbus --arch arm32v7")]
    Generate(VeeaArgs),
    /// Builds the image.
    #[command(after_help = "\
Example:
  castoff veea compile vh_dbus --arch arm64v8 --no-cache

The image stays at its engine as APP-ARCH:VERSION.")]
    Compile(VeeaArgs),
    /// Writes the image into an archive.
    #[command(after_help = "Example:\n  castoff veea save vh_dbus --arch arm32v7")]
    Save(VeeaArgs),
    /// Checks and signs that archive.
    #[command(after_help = "Example:\n  castoff veea sign vh_dbus --signer veea")]
    Sign(VeeaArgs),
    /// Writes the Swarm service file, which depends on config.yaml alone: no other step is done.
    #[command(after_help = "Example:\n  castoff veea swarm vh_dbus")]
    Swarm(VeeaArgs),
    /// Writes what is known of the parts.
    #[command(after_help = "Example:\n  castoff veea metadata vh_dbus --signer veea")]
    Metadata(VeeaArgs),
    /// Makes release archives of an image directory, all seven steps.
    #[command(after_help = "\
Examples:
  castoff veea release                              all architectures of config.yaml, in turn
  castoff veea release vh_dbus --arch arm32v7       one of them
  castoff veea release vh_dbus --signer veea        signed by the [[signer]] `veea` of castoff.toml
  castoff veea release --key veea.key --certificate veea.pem
  castoff veea release --unauth                     a development build, which no partner vouches for

An image directory has config.yaml (version 3) and a Dockerfile. The steps are generate, compile,
save, sign, swarm, metadata and release; each of these verbs does all steps up to its own. A step
that was done, and of which nothing has changed, is skipped. What they make lies in build/auth, or
build/unauth; the archive is build/auth/ARCH/APP-ARCH-release-VERSION.tgz.

The partner is that of the certificate ~/.vhc/veea-partner-ID-cert.pem, or of --partner-certificate.
Where castoff.toml has from = { veea = \"DIR\" }, what stands there holds for the directory.
Passphrases come as for every signer, and are asked for before the first step.")]
    Release(VeeaArgs),
}

impl VeeaStep {
    /// What is asked of it, and which step it is.
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
    /// The image directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Only this architecture: arm32v7, arm64v8 or amd64; may be given several times.
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<String>,
    /// Does all steps again.
    #[arg(long)]
    pub(crate) force: bool,
    /// Has the engine do all steps of the Dockerfile again.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Makes a development build in build/unauth, for no partner.
    #[arg(long)]
    pub(crate) unauth: bool,
    /// Does again what is older than what it was made of, instead of what has changed.
    #[arg(long)]
    pub(crate) mtime: bool,
    /// Who signs: a [[signer]] of kind cms in castoff.toml.
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub(crate) signer: Option<String>,
    /// Signs with this private key.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// The certificate of the key, in PEM.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between that one and the root, in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) chain: Option<PathBuf>,
    /// The partner, as eight hexadecimal digits; otherwise that of its certificate's name.
    #[arg(long, value_name = "ID", conflicts_with = "unauth")]
    pub(crate) partner: Option<PartnerId>,
    /// The partner's certificate, in PEM; otherwise the one in ~/.vhc.
    #[arg(long, value_name = "FILE", conflicts_with = "unauth")]
    pub(crate) partner_certificate: Option<PathBuf>,
    /// A file or a folder of licences; may be given several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) license: Vec<PathBuf>,
}
