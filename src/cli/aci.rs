//! What `castoff aci` understands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `castoff aci`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciArgs {
    /// The store of images; otherwise, see castoff paths.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Where folders are made; otherwise $TMPDIR.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workdir: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: AciVerb,
}

/// What is done with App Container Images.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AciVerb {
    /// Builds an image of a folder: of all of its tree, or of what changed in it.
    #[command(after_help = "\
Examples:
  castoff aci build fedora/ fedora.aci
  castoff aci build --overwrite /tmp/castoff-aci-x1y2z3 new.aci --json

The folder holds `manifest` and `rootfs`. A manifest without dependencies makes an image of all of
the tree; otherwise of what is not as its dependencies have it: kind, mode, owner, size, target of a
link, device numbers, extended attributes, time, content, and which files are linked. Where
something is gone, the manifest of the image lists all paths that stay, as pathWhitelist.

The same folder makes the same bytes. For an ordinary user, what is theirs belongs to whom it belonged
in the dependencies, or to root; empty files that extract left for devices are devices again.
Sockets are left out. Prints the image and its key.")]
    Build {
        /// Writes over FILE if it is there.
        #[arg(long)]
        overwrite: bool,
        /// The folder with `manifest` and `rootfs`.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The image, gzipped.
        file: PathBuf,
    },
    /// Takes images into the store, and prints the key of each.
    #[command(after_help = "\
Example:
  castoff aci import base.aci app.aci
  image: base.aci, hash: sha512-9d903fa988eab2f57be5c7177befd476a78de3688df63fa9620fafda0f4aada8
  …

How an image is compressed tell its first bytes: gzip, bzip2, xz, or not at all; the key is the same.
An image that breaks a rule is not taken in, and ends it; those before it are there.")]
    Import {
        /// Marks them as the latest of their names.
        #[arg(long)]
        latest: bool,
        /// Also takes images that do not say that there is a rootfs, as acido made them.
        #[arg(long)]
        without_rootfs: bool,
        /// The images.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Begins an image that stands on another: prints a folder with its tree.
    #[command(
        name = "startbuild",
        after_help = "\
Example:
  castoff aci startbuild example.com/fedora:21.0.0
  /tmp/castoff-aci-x1y2z3

Change the tree, rootfs, and say in the manifest what the new image is called; then castoff aci build."
    )]
    StartBuild {
        /// The image, in the store.
        image: String,
        /// Fails where something cannot be restored that only root can.
        #[arg(long)]
        exact: bool,
    },
    /// Writes an image with all that it stands on as a folder, and prints it.
    #[command(after_help = "\
Examples:
  castoff aci extract example.com/fedora,version=21.0.1
  castoff aci extract sha512-9d903fa988ea fedora/

Owners, devices and some extended attributes only root can restore. For others, what is there belongs
to them, and a device is an empty file; how many there are is told. What an image says never leads
out of the folder, and where it fails nothing is left of it.")]
    Extract {
        /// The image, in the store.
        image: String,
        /// The folder, which is not there yet, or empty; otherwise a new one.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Fails where something cannot be restored that only root can.
        #[arg(long)]
        exact: bool,
    },
    /// Lists the images of the store.
    #[command(after_help = "Example:\n  castoff aci ls --json")]
    Ls,
    /// Removes images from the store, unless others stand on them.
    #[command(after_help = "Example:\n  castoff aci rm example.com/fedora:21.0.0")]
    Rm {
        /// Also removes what others stand on.
        #[arg(long)]
        force: bool,
        /// The images.
        #[arg(required = true, value_name = "IMAGE")]
        images: Vec<String>,
    },
    /// Checks an image in a file after the rules of the specification.
    #[command(after_help = "Example:\n  castoff aci validate app.aci")]
    Validate {
        /// The image.
        file: PathBuf,
    },
}
