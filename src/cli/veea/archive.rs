//! The arguments of `castoff veea` for existing archives.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::{Timestamp, civil::Date};

use crate::model::Tag;

/// The commands for existing archives.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ArchiveVerb {
    /// Verify a release archive: its signature, certificate chain, and every digest.
    #[command(
        before_help = "\
Examples:
  castoff veea verify vh_dbus-arm32v7-release-1.0.1.tgz --ca signing-ca.pem
  castoff veea verify MyApp-1.0.0.tgz --signer veea --json
  castoff veea verify MyApp-1.0.0.tgz --ca signing-ca.pem --at 2026-11-21
  castoff veea verify build/unauth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz --unauth",
        after_long_help = "\
The archive of an image or an application is read once, in full. It must contain exactly the expected
entries, in their order. The metadata must have a signature that is valid now, and its
certificate must chain to a trusted one. The image and the Swarm service file must match the metadata, and
each entry of the image must match the image's own signature. If anything is wrong, castoff names it,
and the exit status is 6."
    )]
    Verify(VeeaVerifyArgs),
    /// Join the release archives of images in one, for an application.
    #[command(subcommand, before_help = APP_EXAMPLES, after_long_help = APP_DETAILS)]
    App(AppVerb),
}

const APP_EXAMPLES: &str = "\
Examples:
  castoff veea app create --name MyApp --version 1.0.0
  castoff veea app config add-image ../vh_dbus
  castoff veea app release --signer veea
  castoff veea app verify build/MyApp-1.0.0.tgz --signer veea";

const APP_DETAILS: &str = "app.yaml in the application's folder lists its images.";

/// `castoff veea app`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AppVerb {
    /// Write app.yaml for an application without images.
    #[command(before_help = "Example:\n  castoff veea app create --name MyApp --version 1.0.0")]
    Create(AppCreateArgs),
    /// Change or show the images of an application.
    #[command(
        subcommand,
        before_help = "Example:\n  castoff veea app config add-image ../vh_dbus --arch arm32v7"
    )]
    Config(AppConfigVerb),
    /// Join the release archives of its images in build/NAME-VERSION.tgz.
    #[command(
        before_help = "\
Examples:
  castoff veea app release --ca signing-ca.pem
  castoff veea app release --unauth              join those of build/unauth, for development",
        after_long_help = "\
Each image's archive is verified first, as by castoff veea verify. The application's archive contains,
for each image, one Swarm service file and, for each architecture, its archive and metadata, under the
names that they have in the image's archive."
    )]
    Release(AppReleaseArgs),
    /// Verify the archive of an application, and all images in it.
    #[command(
        before_help = "Example:\n  castoff veea app verify build/MyApp-1.0.0.tgz --ca signing-ca.pem"
    )]
    Verify(VeeaVerifyArgs),
}

/// `castoff veea app config`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AppConfigVerb {
    /// Add an image, or architectures of one.
    #[command(before_help = "\
Examples:
  castoff veea app config add-image ../vh_dbus
  castoff veea app config add-image ../other/vh_dbus --name vh_dbus_beta --arch arm64v8")]
    AddImage(AddImageArgs),
    /// Remove an image, or architectures of one.
    #[command(
        before_help = "Example:\n  castoff veea app config remove-image vh_dbus --arch arm64v8"
    )]
    RemoveImage(RemoveImageArgs),
    /// Print the images of an application.
    #[command(before_help = "Example:\n  castoff veea app config show --json")]
    Show(AppFolderArgs),
}

/// The signatures that are accepted.
#[derive(Args, Clone, Debug)]
pub(crate) struct SealTrustArgs {
    /// Certificates, in PEM, that the signer's must chain to.
    #[arg(long, value_name = "FILE", conflicts_with = "signer")]
    pub(crate) ca: Option<PathBuf>,
    /// CMS signer of castoff.toml; without --ca, the only one by default.
    ///
    /// Its own certificate is trusted or, for a service, the certificate that it names.
    #[arg(long, value_name = "NAME")]
    pub(crate) signer: Option<String>,
    /// Also accept archives for no partner, signed or not, for development.
    #[arg(long)]
    pub(crate) unauth: bool,
    /// Check that certificates are valid at this time, such as 2026-11-21, instead of now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<Timestamp>,
}

/// A time, or a day in UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.in_tz("UTC").ok().map(|day| day.timestamp());
    let time = text.parse().ok().or_else(day);
    time.ok_or_else(|| "write it as 2026-11-21 or 2026-11-21T10:15:00Z".to_owned())
}

/// `castoff veea verify` and `castoff veea app verify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct VeeaVerifyArgs {
    /// Archive to verify.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) trust: SealTrustArgs,
}

/// The folder of an application.
#[derive(Args, Clone, Debug)]
pub(crate) struct AppFolderArgs {
    /// Folder of the application, which contains app.yaml.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// `castoff veea app create`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AppCreateArgs {
    /// Name of the application.
    #[arg(long)]
    pub(crate) name: Tag,
    /// Version of the application.
    #[arg(long)]
    pub(crate) version: Tag,
    #[command(flatten)]
    pub(crate) at: AppFolderArgs,
}

/// `castoff veea app config add-image`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddImageArgs {
    /// Folder of the image.
    pub(crate) path: PathBuf,
    /// Only this architecture; may be repeated.
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<String>,
    /// Name of the image in the application; by default, its own.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) at: AppFolderArgs,
}

/// `castoff veea app config remove-image`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveImageArgs {
    /// Name of the image in the application.
    pub(crate) name: String,
    /// Only this architecture; may be repeated.
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<String>,
    #[command(flatten)]
    pub(crate) at: AppFolderArgs,
}

/// `castoff veea app release`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AppReleaseArgs {
    #[command(flatten)]
    pub(crate) trust: SealTrustArgs,
    #[command(flatten)]
    pub(crate) at: AppFolderArgs,
}
