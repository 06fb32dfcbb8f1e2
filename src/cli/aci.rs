//! What `castoff aci` understands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::TrustArgs;
use crate::model::Platform;

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
        /// Signs the image with this private key, as gpg exports it: FILE.asc.
        #[arg(long, value_name = "KEY")]
        key: Option<PathBuf>,
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
    Import(AciImportArgs),
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
    #[command(after_help = "\
Examples:
  castoff aci validate app.aci
  castoff aci validate app.aci --key maker.asc")]
    Validate {
        #[command(flatten)]
        signed: AciSignedArgs,
        /// The image.
        file: PathBuf,
    },
    /// Copies files and folders into a tree that an image is built of.
    #[command(after_help = "\
Examples:
  castoff aci copy app.conf /tmp/castoff-aci-x1y2z3:/etc/
  castoff aci copy --chown 33:33 site/ /tmp/castoff-aci-x1y2z3:/var/www
  castoff aci copy --unpack app.tar.gz /tmp/castoff-aci-x1y2z3:/opt

DIR is the folder with `manifest` and `rootfs`. Of a folder, what lies in it is copied. DEST is a
folder where it ends in a slash, is one already, or takes several things. Links that lie in the tree
are followed within it. All belongs to root unless it is said, or as archives say; modes and times
are kept.")]
    Copy(AciCopyArgs),
    /// Runs a command in a tree that an image is built of.
    #[command(after_help = "\
Examples:
  castoff aci run /tmp/castoff-aci-x1y2z3 -- /bin/sh -c 'echo hello > /etc/motd'
  castoff aci run --network /tmp/castoff-aci-x1y2z3 -- apt-get install -y grep

The command is root in a user namespace of its own. Run by root, that has all users of this machine;
run by another user, the subordinate ones of /etc/subuid and /etc/subgid (with newuidmap and
newgidmap), or nothing but root. The command sees the tree, its own processes, a /dev of its own,
/sys and /proc/sys read-only, and no network unless it is asked for; then names are resolved as on
this machine. It has the capabilities that Docker gives to containers: it mounts nothing, and sets
nothing of the kernel. Nothing of castoff's environment is seen but TERM. Needs unshare, mount and
setpriv of util-linux, and a kernel that lets this user make namespaces. Where the command fails, so
does this, with status 3.")]
    Run(AciRunArgs),
    /// Makes an OCI image of an image and publishes it, or an image of an OCI image.
    #[command(after_help = "\
Examples:
  castoff aci convert example.com/app:1.0 oci:dist/shelf:app:1.0
  castoff aci convert app.aci docker://registry.example.org/acme/app:1.0 --flatten
  castoff aci convert oci:dist/shelf:app:1.0 app.aci --name example.com/app
  castoff aci convert docker://docker.io/library/alpine:3.20 alpine.aci --platform linux/arm64

FROM decides: an image in a file or in the store becomes an OCI image, anything that is published
becomes an image in a file. To become an OCI image is a run like a release: castoff resume goes on
with it.

What an image stands on becomes layers below its own; a path that its pathWhitelist leaves out becomes
a whiteout. The other way round, all layers become one image, or with --layers an image each: those
below are taken into the store, and what a whiteout takes away is left out of a pathWhitelist. Fields
that have no place on the other side are told: isolators, event handlers.")]
    Convert(AciConvertArgs),
}

/// `castoff aci import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciImportArgs {
    /// Marks them as the latest of their names.
    #[arg(long)]
    pub(crate) latest: bool,
    /// Also takes images that do not say that there is a rootfs, as acido made them.
    #[arg(long)]
    pub(crate) without_rootfs: bool,
    /// Takes only what this public key, as gpg exports it, signed, with FILE.asc beside it.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<PathBuf>,
    /// The images.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// By whom an image is to be signed.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciSignedArgs {
    /// Also checks that this public key, as gpg exports it, signed it.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<PathBuf>,
    /// The signature; otherwise, FILE.asc.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) signature: Option<PathBuf>,
}

/// `castoff aci copy`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciCopyArgs {
    /// Unpacks archives: tars, compressed or not.
    #[arg(long)]
    pub(crate) unpack: bool,
    /// The numbers of the user and the group that all will belong to.
    #[arg(long, value_name = "UID[:GID]", value_parser = owner)]
    pub(crate) chown: Option<(u32, u32)>,
    /// What is copied, and where to: DIR:DEST.
    #[arg(required = true, num_args = 2.., value_names = ["SRC", "DIR:DEST"])]
    pub(crate) paths: Vec<String>,
}

/// `castoff aci run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AciRunArgs {
    /// Lets the command use this machine's network.
    #[arg(long)]
    pub(crate) network: bool,
    /// An environment variable that the command sees; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// The folder that the command starts in.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) chdir: String,
    /// The folder with `manifest` and `rootfs`.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The command, as the tree knows it.
    #[arg(required = true, last = true)]
    pub(crate) command: Vec<String>,
}

/// `castoff aci convert`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct AciConvertArgs {
    /// The name and tag, where a URL does not say them.
    #[arg(short, long, value_name = "NAME[:TAG]")]
    pub(crate) tag: Option<String>,
    /// The platform: which one of an OCI image, or what an image is for that does not say so.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Makes one layer of all that an image stands on.
    #[arg(long)]
    pub(crate) flatten: bool,
    /// Makes an image of each layer.
    #[arg(long)]
    pub(crate) layers: bool,
    /// The name of the image; otherwise, where it is published.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Writes over the file if it is there.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Shows what would be published, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// What is converted: an image, in a file or in the store, or a URL of an OCI image.
    pub(crate) from: String,
    /// Where to: URLs, or for what becomes an image a file.
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
            .ok_or(format!("`{text}` is no number"))
    };
    Ok((number(user)?, number(group)?))
}
