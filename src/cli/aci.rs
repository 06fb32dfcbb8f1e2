//! The arguments of `castoff aci`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::TrustArgs;
use crate::model::Platform;

/// `castoff aci`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciArgs {
    /// Store of images; `castoff paths` shows the default.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Make folders below this one instead of $TMPDIR.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workdir: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: AciVerb,
}

/// The commands for App Container Images.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AciVerb {
    /// Build an image from a folder: of its whole tree, or of its changes.
    #[command(
        before_help = "\
Examples:
  castoff aci build fedora/ fedora.aci
  castoff aci build --overwrite /tmp/castoff-aci-x1y2z3 new.aci --json",
        after_long_help = "\
The folder contains `manifest` and `rootfs`. If the manifest names no dependencies, the image contains
the whole tree. Otherwise it contains what differs from the dependencies in kind, mode, owner, size,
link target, device numbers, extended attributes, time, content or hard links. If a path was removed,
the image's manifest lists all remaining paths, as pathWhitelist.

The same folder makes the same bytes. For an ordinary user, files that the user owns get the owner that
they have in the dependencies, or root; empty files that extract wrote in place of devices become
devices again. Sockets are left out. Prints the image and its key."
    )]
    Build {
        /// Overwrite FILE if it exists.
        #[arg(long)]
        overwrite: bool,
        /// Sign the image with this private key, as gpg exports it, into FILE.asc.
        #[arg(long, value_name = "KEY")]
        key: Option<PathBuf>,
        /// Folder with `manifest` and `rootfs`.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Image to write, gzipped.
        file: PathBuf,
    },
    /// Add images to the store, and print the key of each.
    #[command(
        before_help = "\
Example:
  castoff aci import base.aci app.aci
  image: base.aci, hash: sha512-9d903fa988eab2f57be5c7177befd476a78de3688df63fa9620fafda0f4aada8
  …",
        after_long_help = "\
Images may be compressed with gzip, bzip2 or xz, or not at all, as their first bytes tell; the key is
the same. An image that breaks a rule is refused, and ends the command; images before it are stored."
    )]
    Import(AciImportArgs),
    /// Begin an image based on another: extract it to a new folder, and print the folder.
    #[command(
        name = "startbuild",
        before_help = "\
Example:
  castoff aci startbuild example.com/fedora:21.0.0
  /tmp/castoff-aci-x1y2z3",
        after_long_help = "\
Change the tree in rootfs and the name in the manifest, then run castoff aci build."
    )]
    StartBuild {
        /// Image in the store.
        image: String,
        /// Fail if something cannot be restored because only root can.
        #[arg(long)]
        exact: bool,
    },
    /// Extract an image and its dependencies to a folder, and print the folder.
    #[command(
        before_help = "\
Examples:
  castoff aci extract example.com/fedora,version=21.0.1
  castoff aci extract sha512-9d903fa988ea fedora/",
        after_long_help = "\
Only root can restore owners, devices and some extended attributes. For other users, files belong to
the user and devices become empty files; castoff prints how many. Nothing in an image can write outside
the folder. If extraction fails, nothing is left behind."
    )]
    Extract {
        /// Image in the store.
        image: String,
        /// New or empty folder; by default, a new one below $TMPDIR.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Fail if something cannot be restored because only root can.
        #[arg(long)]
        exact: bool,
    },
    /// List the images in the store.
    #[command(before_help = "Examples:\n  castoff aci ls\n  castoff aci ls --json")]
    Ls,
    /// Remove images from the store, unless others depend on them.
    #[command(before_help = "Example:\n  castoff aci rm example.com/fedora:21.0.0")]
    Rm {
        /// Also remove images that others depend on.
        #[arg(long)]
        force: bool,
        /// Images to remove.
        #[arg(required = true, value_name = "IMAGE")]
        images: Vec<String>,
    },
    /// Check an image file against the specification.
    #[command(before_help = "\
Examples:
  castoff aci validate app.aci
  castoff aci validate app.aci --key maker.asc")]
    Validate {
        #[command(flatten)]
        signed: AciSignedArgs,
        /// Image to check.
        file: PathBuf,
    },
    /// Copy files and folders into the tree of an image.
    #[command(
        before_help = "\
Examples:
  castoff aci copy app.conf /tmp/castoff-aci-x1y2z3:/etc/
  castoff aci copy --chown 33:33 site/ /tmp/castoff-aci-x1y2z3:/var/www
  castoff aci copy --unpack app.tar.gz /tmp/castoff-aci-x1y2z3:/opt",
        after_long_help = "\
DIR is the folder with `manifest` and `rootfs`. If SRC is a folder, its content is copied. DEST is a
folder if it ends in a slash, is an existing folder, or receives several sources. Links in the tree are
followed within the tree. Copies belong to root, or to the owner given by --chown or in the archive;
modes and times are kept."
    )]
    Copy(AciCopyArgs),
    /// Run a command in the tree of an image.
    #[command(
        before_help = "\
Examples:
  castoff aci run /tmp/castoff-aci-x1y2z3 -- /bin/sh -c 'echo hello > /etc/motd'
  castoff aci run --network /tmp/castoff-aci-x1y2z3 -- apt-get install -y grep",
        after_long_help = "\
The command runs as root in its own user namespace. If root starts castoff, the namespace has all users
of this machine; otherwise it has the subordinate users of /etc/subuid and /etc/subgid (which needs
newuidmap and newgidmap), or only root. The command sees the tree, its own processes and its own /dev,
and /sys and /proc/sys read-only. It has no network without --network; with it, names are resolved as
on this machine. Its capabilities are those of a Docker container: it cannot mount, or change kernel
settings. Of castoff's environment it sees only TERM. This needs unshare, mount and setpriv of
util-linux, and a kernel that lets the user create namespaces. If the command fails, the exit status
is 3."
    )]
    Run(AciRunArgs),
    /// Convert an App Container Image to an OCI image and publish it, or the other way round.
    #[command(
        before_help = "\
Examples:
  castoff aci convert example.com/app:1.0 oci:dist/shelf:app:1.0
  castoff aci convert app.aci docker://registry.example.org/acme/app:1.0 --flatten
  castoff aci convert oci:dist/shelf:app:1.0 app.aci --name example.com/app
  castoff aci convert docker://docker.io/library/alpine:3.20 alpine.aci --platform linux/arm64",
        after_long_help = "\
FROM decides the direction: an image in a file or in the store becomes an OCI image, and a published
OCI image becomes an App Container Image in a file. Publishing the OCI image is a run like a release:
castoff resume completes it.

The dependencies of an image become layers below its own; paths that its pathWhitelist leaves out become
whiteouts. In the other direction, all layers become one image or, with --layers, one image each: the
lower ones are added to the store, and a whiteout becomes a path that is missing in a pathWhitelist.
Fields without a counterpart, such as isolators and event handlers, are reported."
    )]
    Convert(AciConvertArgs),
}

/// `castoff aci import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciImportArgs {
    /// Mark them as the latest of their names.
    #[arg(long)]
    pub(crate) latest: bool,
    /// Also accept images without an entry for rootfs, as acido made them.
    #[arg(long)]
    pub(crate) without_rootfs: bool,
    /// Accept only images signed, in FILE.asc, by this public key, as gpg exports it.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<PathBuf>,
    /// Images to add.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// The key that must have signed an image.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciSignedArgs {
    /// Also verify that this public key, as gpg exports it, signed the image.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<PathBuf>,
    /// Signature; by default, FILE.asc.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) signature: Option<PathBuf>,
}

/// `castoff aci copy`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciCopyArgs {
    /// Unpack archives: tars, compressed or not.
    #[arg(long)]
    pub(crate) unpack: bool,
    /// Numbers of the user and the group that will own the copies.
    #[arg(long, value_name = "UID[:GID]", value_parser = owner)]
    pub(crate) chown: Option<(u32, u32)>,
    /// Sources, and the destination DIR:DEST.
    #[arg(required = true, num_args = 2.., value_names = ["SRC", "DIR:DEST"])]
    pub(crate) paths: Vec<String>,
}

/// `castoff aci run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciRunArgs {
    /// Let the command use this machine's network.
    #[arg(long)]
    pub(crate) network: bool,
    /// Set an environment variable for the command; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// Start the command in this folder of the tree.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) chdir: String,
    /// Folder with `manifest` and `rootfs`.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Command, as a path in the tree.
    #[arg(required = true, last = true)]
    pub(crate) command: Vec<String>,
}

/// `castoff aci convert`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct AciConvertArgs {
    /// Name and tag, if a URL has none.
    #[arg(short, long, value_name = "NAME[:TAG]")]
    pub(crate) tag: Option<String>,
    /// Platform to take from an OCI image, or to assume for an image that names none.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Join an image and its dependencies in one layer.
    #[arg(long)]
    pub(crate) flatten: bool,
    /// Make an image of each layer.
    #[arg(long)]
    pub(crate) layers: bool,
    /// Name of the image; by default, that of its repository.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Overwrite the file if it exists.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Show what would be published, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Source: an image file, an image in the store, or the URL of an OCI image.
    pub(crate) from: String,
    /// Destinations: URLs or, for an App Container Image, a file.
    #[arg(required = true)]
    pub(crate) to: Vec<String>,
}

/// `UID[:GID]`; the group has the user's number unless it is said.
fn owner(text: &str) -> Result<(u32, u32), String> {
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    let number = |text: &str| {
        text.parse()
            .ok()
            .filter(|number| *number < u32::MAX)
            .ok_or(format!("`{text}` is not a number"))
    };
    Ok((number(user)?, number(group)?))
}
