//! The command line: what castoff is asked to do. Nothing is looked up here.

mod aci;
mod args;
mod global;
mod go_flags;
mod help;
mod image;
mod look;
mod pkg;
mod request;
mod signing;
mod upkeep;
mod veea;

pub(crate) use aci::{
    AciArgs, AciConvertArgs, AciCopyArgs, AciImportArgs, AciRunArgs, AciSignedArgs, AciVerb,
};
pub(crate) use args::{
    CopyArgs, DiffArgs, GcArgs, InspectArgs, KindArg, LsArgs, PushArgs, RmArgs, SecretVerb, Sort,
    TrustArgs,
};
use clap::{Parser, Subcommand};
use clap_complete::Shell;
pub(crate) use global::{Color, GlobalArgs, SelectionArgs};
pub use go_flags::with_two_dashes;
pub use help::command_line;
pub(crate) use image::{ImageBuildArgs, ImageVerb};
pub(crate) use look::LookVerb;
pub(crate) use pkg::{
    BuildArgs, ManifestArgs, PackageArgs, PkgVerb, ProgressForm, ShowTagArgs, SignArg, SwitchArgs,
};
pub use request::Request;
pub(crate) use request::RequestedAction;
pub(crate) use signing::{SignArgs, VerifyArgs};
pub(crate) use upkeep::UpkeepVerb;
pub(crate) use veea::{
    AddImageArgs, AppConfigVerb, AppCreateArgs, AppFolderArgs, AppReleaseArgs, AppVerb,
    ArchiveVerb, RemoveImageArgs, SealTrustArgs, VeeaArgs, VeeaVerb, VeeaVerifyArgs,
};

const EXAMPLES: &str = "\
Examples:
  castoff                                   open the console for castoff.toml here or above
  castoff plan                              show what a release would do
  castoff --batch                           release everything that castoff.toml names
  castoff --batch --platform linux/arm64    release one platform of it
  castoff push -t hello:1.0 images/ docker://registry.example.org/hello oci:dist/shelf
  castoff resume                            resume this project's unfinished run";

/// Publish images and files for several platforms to several sinks, as one transaction.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "castoff",
    version,
    before_help = EXAMPLES,
    after_help = "Without a command, castoff opens the console: select what to release, watch the \
                  run, retry what failed, and look at past runs. Press ? there to see its keys.",
    max_term_width = 100,
    disable_help_flag = true
)]
pub struct Cli {
    /// Release without the console, as in CI.
    #[arg(long)]
    pub batch: bool,
    /// With --batch: show what would be done, and change nothing.
    #[arg(long, requires = "batch")]
    pub dry_run: bool,
    /// With --batch: prepare again what was prepared before; send only what is missing.
    #[arg(long, requires = "batch")]
    pub force: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Verb {
    /// Push one image or file tree, without a configuration.
    #[command(
        before_help = "\
Examples:
  castoff push -t albatros:0.9 docker/ docker://registry.example.org/albatros
  castoff push -t albatros:0.9 df/ 's3://downloads?endpoint=s3.example.org&region=garage'
  castoff push docker/ docker://localhost:5000/albatros:0.9 oci:dist/shelf:albatros:0.9",
        after_long_help = "\
The content of PATH decides what is published. Archives named OS.ARCH[.VARIANT].tar[.gz], and an OCI
layout, are an image; a tree OS/ARCH[/VARIANT]/… is a set of files."
    )]
    Push(PushArgs),
    /// Build and push the images of an image-builder payload.
    #[command(subcommand, before_help = "Example:\n  castoff image build payload.json --dry-run")]
    Image(ImageVerb),
    /// Make and verify signed release archives of Veea image directories, as vhc does.
    #[command(
        subcommand,
        before_help = "\
Examples:
  castoff veea release vh_dbus --arch arm32v7
  castoff veea verify vh_dbus-arm32v7-release-1.0.1.tgz --ca signing-ca.pem
  castoff veea app release --signer veea"
    )]
    Veea(Box<VeeaVerb>),
    /// Show what a release would do at each sink, and change nothing.
    #[command(before_help = "\
Examples:
  castoff plan
  castoff plan --sink hub --json")]
    Plan {
        #[command(flatten)]
        selection: SelectionArgs,
    },
    #[command(flatten)]
    Look(LookVerb),
    #[command(flatten)]
    Upkeep(UpkeepVerb),
    /// List past runs.
    #[command(before_help = "\
Examples:
  castoff runs
  castoff runs --json")]
    Runs,
    /// Resume a run: the unfinished one of this project, or the one named.
    #[command(
        before_help = "\
Examples:
  castoff resume
  castoff resume 20261121",
        after_long_help = "\
A project is a castoff.toml or, without one, a folder. If the project has several unfinished runs, or
a newer run that is done or cannot be read, castoff lists them and asks you to name one."
    )]
    Resume {
        /// Name of the run, or its beginning.
        run: Option<String>,
    },
    /// Repeat the failed jobs of a run, and the jobs that they blocked.
    #[command(before_help = "\
Examples:
  castoff retry 20261121
  castoff retry 20261121 --platform linux/arm64 --sink hub")]
    Retry {
        /// Name of the run, or its beginning.
        run: String,
        #[command(flatten)]
        selection: SelectionArgs,
    },
    /// Move the tags of a run back to what they named before it.
    #[command(
        before_help = "Example:\n  castoff rollback 20261121-101502",
        after_long_help = "\
Tags that the run created are removed, and files with them, also where a tag is immutable. Nothing
moves where a newer run has moved one of the tags since. A rollback is a run: roll it back to have
the tags where they were."
    )]
    Rollback {
        /// Name of the run, or its beginning.
        run: String,
    },
    /// Store passphrases and passwords in the system's keyring.
    #[command(
        subcommand,
        before_help = "\
Examples:
  castoff secret set release-key                          ask for it twice, without showing it
  castoff secret set docker://registry.example.org        ask for a user and a password
  printf 'bob:%s' \"$PASSWORD\" | castoff secret set docker://registry.example.org
  castoff secret ls
  castoff secret rm release-key",
        after_long_help = "\
A secret is never an argument, and is never printed. In the keyring its service is castoff and its
user name is NAME: secret-tool lookup service castoff username NAME. Without such a keyring, castoff
uses the kernel's on Linux, which forgets everything when the machine restarts. Set CASTOFF_KEYRING
to system or kernel to use only that one."
    )]
    Secret(SecretVerb),
    /// Build and publish LinuxKit packages, with LinuxKit's flags.
    #[command(
        subcommand,
        alias = "package",
        before_help = "\
Examples:
  castoff pkg show-tag pkg/init
  castoff pkg show-tag -org wombat --compat 2026 pkg/init pkg/sshd",
        after_long_help = "\
A package is a folder with build.yml and a Dockerfile. Flags may stand before or after it, with one
dash or two."
    )]
    Pkg(Box<PkgVerb>),
    /// Build, store and unpack App Container Images.
    #[command(
        before_help = "\
Examples:
  castoff aci build fedora/ fedora.aci                    build it from fedora/manifest and fedora/rootfs
  castoff aci import fedora.aci                           add it to the store
  castoff aci startbuild example.com/fedora:21.0.0        print a new folder; change its rootfs …
  castoff aci build /tmp/castoff-aci-x1y2z3 new.aci       … and build an image of the changes",
        after_long_help = "\
IMAGE is a name, with labels as in example.com/fedora:21.0.0,os=linux, or a key as import prints it,
in full or its beginning. The store has the layout of acido's and rkt's: castoff aci --dir
/var/lib/rkt ls reads theirs, except when rkt fetched an image and which image is the latest."
    )]
    Aci(Box<AciArgs>),
    /// Print where castoff keeps its files.
    #[command(before_help = "\
Examples:
  castoff paths
  castoff paths --json")]
    Paths,
    /// List the console's themes, or print one as a start for your own.
    #[command(
        before_help = "\
Examples:
  castoff themes
  castoff themes dark > ~/.config/castoff/themes/mine.toml",
        after_long_help = "\
Your own themes are files in the folder that castoff paths calls themes."
    )]
    Themes {
        /// Theme to print.
        name: Option<String>,
    },
    /// Print a completion script for a shell.
    #[command(before_help = "\
Example:
  castoff completions bash > ~/.local/share/bash-completion/completions/castoff")]
    Completions {
        /// Shell to print it for.
        shell: Shell,
    },
}
