//! The command line: what castoff is asked to do. Nothing is looked up here.

mod aci;
mod args;
mod go_flags;
mod help;
mod image;
mod pkg;
mod request;
mod signing;
mod veea;

use std::path::PathBuf;

pub(crate) use aci::{
    AciArgs, AciConvertArgs, AciCopyArgs, AciImportArgs, AciRunArgs, AciSignedArgs, AciVerb,
};
pub(crate) use args::{
    CopyArgs, DiffArgs, GcArgs, InspectArgs, KindArg, LsArgs, PushArgs, RmArgs, SecretVerb, Sort,
    TrustArgs,
};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
pub use go_flags::with_two_dashes;
pub use help::command_line;
pub(crate) use image::{ImageBuildArgs, ImageVerb};
pub(crate) use pkg::{
    BuildArgs, ManifestArgs, PackageArgs, PkgVerb, ProgressForm, ShowTagArgs, SignArg, SwitchArgs,
};
pub use request::Request;
pub(crate) use request::RequestedAction;
pub(crate) use signing::{SignArgs, VerifyArgs};
pub(crate) use veea::{
    AddImageArgs, AppConfigVerb, AppCreateArgs, AppFolderArgs, AppReleaseArgs, AppVerb,
    ArchiveVerb, RemoveImageArgs, SealTrustArgs, VeeaArgs, VeeaVerb, VeeaVerifyArgs,
};

use crate::model::Platform;

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

/// The part of the configuration that is meant.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SelectionArgs {
    /// Only this artifact; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) artifact: Vec<String>,
    /// Only this platform, as OS/ARCH[/VARIANT]; may be repeated.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    /// Only this sink; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) sink: Vec<String>,
}

/// The options of every command. Help lists them last, a line each.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// Use this file, not castoff.toml here or above.
    #[arg(long, global = true, value_name = "FILE", env = "CASTOFF_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Print text for people, or JSON for programs.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: OutputForm,
    /// Print JSON; same as --output json.
    #[arg(long, global = true, conflicts_with = "output")]
    pub(crate) json: bool,
    /// Use colours.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Also print the output of jobs: every key and path that is written.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Print only data, errors, and each tag that will move.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Write the log to this file; `castoff paths` shows the default.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// Log at this level, or with this filter.
    #[arg(long, global = true, value_name = "LEVEL", env = "CASTOFF_LOG")]
    pub(crate) log_level: Option<String>,
    /// Print help; -h prints a summary.
    #[arg(short = 'h', long, global = true, action = ArgAction::Help)]
    pub(crate) help: Option<bool>,
    /// How a run is shown.
    #[arg(skip)]
    pub(crate) progress: ProgressForm,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
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
    #[command(before_help = "Example:\n  castoff rollback 20261121-101502")]
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

/// The commands that read what is published, and change nothing.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum LookVerb {
    /// List the repositories at a URL, or the tags of one.
    #[command(
        before_help = "\
Examples:
  castoff ls docker://registry.example.org                 list its repositories
  castoff ls docker://registry.example.org/acme/albatros   list the tags of one
  castoff ls hub -t albatros --json                        list them at a sink of castoff.toml
  castoff ls oci:dist/shelf --names",
        after_long_help = "\
Each tag is shown with its digest, its platforms, and its size with everything that it refers to."
    )]
    Ls(LsArgs),
    /// Show what a tag or digest names, down to the layers, or what a registry supports.
    #[command(
        before_help = "\
Examples:
  castoff inspect docker://registry.example.org/acme/albatros:0.9
  castoff inspect docker://localhost:5000/albatros@sha256:… --json
  castoff inspect hub/albatros:0.9 --platform linux/arm64
  castoff inspect oci:dist/shelf:albatros:0.9 --raw
  castoff inspect docker://registry.example.org/acme/albatros   show what the registry supports",
        after_long_help = "\
What a registry supports is found with requests that change nothing there, and is remembered."
    )]
    Inspect(InspectArgs),
    /// Compare two images or releases: platforms, layers, configuration, labels.
    #[command(before_help = "\
Examples:
  castoff diff hub/albatros:0.8 hub/albatros:0.9
  castoff diff docker://registry.example.org/albatros:0.9 oci:dist/shelf:albatros:0.9 --json")]
    Diff(DiffArgs),
    /// Verify the signature of a tag, a digest or a file.
    #[command(
        before_help = "\
Examples:
  castoff verify docker://registry.example.org/acme/albatros:0.9 --key release.pub
  castoff verify hub/albatros:0.9 --signer release-key --platform linux/arm64
  castoff verify oci:dist/shelf:albatros:0.9 --key release.pub --json
  castoff verify app.tar.gz --signature app.tar.gz.p7s --certificate ca.pem",
        after_long_help = "\
castoff prints what was signed, by which key, and under which name. If this key's signature is missing or
wrong, the exit status is 6."
    )]
    Verify(VerifyArgs),
}

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

impl GlobalArgs {
    /// Whether what goes to standard error is coloured.
    pub(crate) fn colors(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
            }
        }
    }

    /// Whether JSON is printed.
    pub(crate) fn is_json(&self) -> bool {
        self.json || self.output == OutputForm::Json
    }
}
