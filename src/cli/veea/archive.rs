//! What `castoff veea` understands of archives that are there.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::{Timestamp, civil::Date};

use crate::model::Tag;

/// What is done with archives that are there.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ArchiveVerb {
    /// Checks a release archive: its signature, the chain of its certificates, and every digest.
    #[command(after_help = "\
Examples:
  castoff veea verify vh_dbus-arm32v7-release-1.0.1.tgz --ca signing-ca.pem
  castoff veea verify MyApp-1.0.0.tgz --signer veea --json
  castoff veea verify MyApp-1.0.0.tgz --ca signing-ca.pem --at 2026-11-21
  castoff veea verify build/unauth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz --unauth

An archive of an image or of an application is read once, whole. It must have the entries that it
must have, in their order, and no others; the metadata must be signed, valid now, by somebody whose
certificate leads to the trusted ones; the image and the swarm service file must be what the metadata
say; each entry of the image must be what the image's own signature says. What is wrong is named, and
the status is 6.")]
    Verify(VeeaVerifyArgs),
    /// Joins the release archives of images in one, for an application.
    #[command(subcommand, after_help = APP_EXAMPLES)]
    App(AppVerb),
}

const APP_EXAMPLES: &str = "\
Examples:
  castoff veea app create --name MyApp --version 1.0.0
  castoff veea app config add-image ../vh_dbus
  castoff veea app release --signer veea
  castoff veea app verify build/MyApp-1.0.0.tgz --signer veea

What an application consists of says app.yaml in its folder.";

/// `castoff veea app`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AppVerb {
    /// Writes app.yaml for an application without images.
    #[command(after_help = "Example:\n  castoff veea app create --name MyApp --version 1.0.0")]
    Create(AppCreateArgs),
    /// Changes or shows which images belong to an application.
    #[command(
        subcommand,
        after_help = "Example:\n  castoff veea app config add-image ../vh_dbus --arch arm32v7"
    )]
    Config(AppConfigVerb),
    /// Joins what is released of its images in build/NAME-VERSION.tgz.
    #[command(after_help = "\
Examples:
  castoff veea app release --ca signing-ca.pem
  castoff veea app release --unauth              of build/unauth, for development

Each image's archive is checked first, as by castoff veea verify. What the application consists of
is the union of theirs: each image has one swarm service file, and for each architecture its archive
and metadata, under the names that they have there.")]
    Release(AppReleaseArgs),
    /// Checks the archive of an application, and all images in it.
    #[command(
        after_help = "Example:\n  castoff veea app verify build/MyApp-1.0.0.tgz --ca signing-ca.pem"
    )]
    Verify(VeeaVerifyArgs),
}

/// `castoff veea app config`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AppConfigVerb {
    /// Adds an image, or architectures of one.
    #[command(after_help = "\
Examples:
  castoff veea app config add-image ../vh_dbus
  castoff veea app config add-image ../other/vh_dbus --name vh_dbus_beta --arch arm64v8")]
    AddImage(AddImageArgs),
    /// Removes an image, or architectures of one.
    #[command(
        after_help = "Example:\n  castoff veea app config remove-image vh_dbus --arch arm64v8"
    )]
    RemoveImage(RemoveImageArgs),
    /// Prints what an application consists of.
    #[command(after_help = "Example:\n  castoff veea app config show --json")]
    Show(AppFolderArgs),
}

/// Whose signatures are taken.
#[derive(Args, Clone, Debug)]
pub(crate) struct SealTrustArgs {
    /// The certificates, in PEM, that the signer's must lead to.
    #[arg(long, value_name = "FILE", conflicts_with = "signer")]
    pub(crate) ca: Option<PathBuf>,
    /// A CMS signer of castoff.toml: its own certificate, or those that its service's must lead to.
    /// Without --ca, the only one there is.
    #[arg(long, value_name = "NAME")]
    pub(crate) signer: Option<String>,
    /// Takes what is not authorised for a partner too, signed or not: for development.
    #[arg(long)]
    pub(crate) unauth: bool,
    /// The time that certificates must be valid at, such as 2026-11-21 or 2026-11-21T10:15:00Z;
    /// otherwise now.
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
    /// The archive.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) trust: SealTrustArgs,
}

/// Where an application lies.
#[derive(Args, Clone, Debug)]
pub(crate) struct AppFolderArgs {
    /// The application's folder, in which app.yaml lies.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// `castoff veea app create`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AppCreateArgs {
    /// What the application is called.
    #[arg(long)]
    pub(crate) name: Tag,
    /// Its version.
    #[arg(long)]
    pub(crate) version: Tag,
    #[command(flatten)]
    pub(crate) at: AppFolderArgs,
}

/// `castoff veea app config add-image`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddImageArgs {
    /// The image's folder.
    pub(crate) path: PathBuf,
    /// Only for this architecture; may be given several times.
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<String>,
    /// What it is called in the application; otherwise, as it calls itself.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) at: AppFolderArgs,
}

/// `castoff veea app config remove-image`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveImageArgs {
    /// What it is called in the application.
    pub(crate) name: String,
    /// Only for this architecture; may be given several times.
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
