//! The command line: what was asked. Nothing is looked up here.

mod aci;
mod args;
mod go_flags;
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
    CopyArgs, DiffArgs, GcArgs, InspectArgs, Kind, LsArgs, PushArgs, RmArgs, SecretVerb, Sort,
    TrustArgs,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
pub use go_flags::with_two_dashes;
pub(crate) use image::{ImageBuildArgs, ImageVerb};
pub(crate) use pkg::{
    BuildArgs, ManifestArgs, PackageArgs, PkgVerb, Progress, ShowTagArgs, SignArg, SwitchArgs,
};
pub(crate) use request::Action;
pub use request::Request;
pub(crate) use signing::{SignArgs, VerifyArgs};
pub(crate) use veea::{
    AddImageArgs, AppConfigVerb, AppCreateArgs, AppFolderArgs, AppReleaseArgs, AppVerb,
    ArchiveVerb, RemoveImageArgs, SealTrustArgs, VeeaArgs, VeeaVerb, VeeaVerifyArgs,
};

use crate::model::Platform;

const EXAMPLES: &str = "\
Examples:
  castoff                                   the console, on castoff.toml in this folder or above it
  castoff plan                              what a release would do
  castoff --batch                           release all that castoff.toml names
  castoff --batch --platform linux/arm64    only one platform of it
  castoff push -t hello:1.0 images/ docker://registry.example.org/hello oci:dist/shelf
  castoff resume                            go on with this project's unfinished run

Exit statuses:
  0 all done                    4 refused before the start, for good
  1 internal error              5 conflict: a tag moved, or is written once
  2 usage or configuration      6 integrity: a wrong digest or signature, whenever found
  3 not done, and may pass      130 stopped by the user";

/// Publishes images and files for several platforms to several sinks, as one transaction.
///
/// Without a verb it opens the console: mark what is released, watch it, retry what failed, look
/// back at past runs. Press ? there for its keys.
#[derive(Clone, Debug, Parser)]
#[command(name = "castoff", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// Releases without a screen, as in CI.
    #[arg(long)]
    pub batch: bool,
    /// With --batch: shows what would be done, and does nothing.
    #[arg(long, requires = "batch")]
    pub dry_run: bool,
    /// With --batch: makes again what was prepared before. What is present is still not sent.
    #[arg(long, requires = "batch")]
    pub force: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// What of the configuration is meant.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SelectionArgs {
    /// Only this artifact; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) artifact: Vec<String>,
    /// Only this platform, as OS/ARCH[/VARIANT]; may be given several times.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    /// Only this sink; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) sink: Vec<String>,
}

/// What every verb understands.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// The configuration; otherwise castoff.toml in this folder or above it.
    #[arg(long, global = true, value_name = "FILE", env = "CASTOFF_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The form of what is printed.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) output: Output,
    /// Short for --output json.
    #[arg(long, global = true, conflicts_with = "output")]
    pub(crate) json: bool,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Also prints what the jobs print: every key and path written.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Print only data, errors, and each tag that will name something else
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Where the log goes; otherwise, see castoff paths.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, trace, or a filter such as `castoff=debug,warn`.
    #[arg(long, global = true, value_name = "LEVEL", env = "CASTOFF_LOG")]
    pub(crate) log_level: Option<String>,
    /// How a run is shown.
    #[arg(skip)]
    pub(crate) progress: Progress,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Text,
    /// For machines.
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

/// What is done without a screen.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Verb {
    /// Publishes one image or one tree of files, without a configuration.
    #[command(after_help = "\
Examples:
  castoff push -t albatros:0.9 docker/ docker://registry.example.org/albatros
  castoff push -t albatros:0.9 df/ 's3://downloads?endpoint=s3.example.org&region=garage'
  castoff push docker/ docker://localhost:5000/albatros:0.9 oci:dist/shelf:albatros:0.9

What PATH holds decides what is published: archives named OS.ARCH[.VARIANT].tar[.gz] or an OCI
layout are an image; a tree OS/ARCH[/VARIANT]/… is files.")]
    Push(PushArgs),
    /// Does what image-builder does: builds the images of a payload.
    #[command(subcommand, after_help = "Example:\n  castoff image build payload.json --dry-run")]
    Image(ImageVerb),
    /// Does what vhc does: makes signed release archives of Veea image directories, and checks them.
    #[command(
        subcommand,
        after_help = "\
Examples:
  castoff veea release vh_dbus --arch arm32v7
  castoff veea verify vh_dbus-arm32v7-release-1.0.1.tgz --ca signing-ca.pem
  castoff veea app release --signer veea"
    )]
    Veea(Box<VeeaVerb>),
    /// Shows what a release would do at each sink, and writes nothing.
    #[command(after_help = "Example:\n  castoff plan --sink hub --json")]
    Plan {
        #[command(flatten)]
        selection: SelectionArgs,
    },
    #[command(flatten)]
    Look(LookVerb),
    #[command(flatten)]
    Upkeep(UpkeepVerb),
    /// Lists past runs.
    #[command(after_help = "Example:\n  castoff runs --json")]
    Runs,
    /// Goes on with a run: this project's unfinished one, or the one named.
    #[command(after_help = "\
Examples:
  castoff resume
  castoff resume 20261121

A project is a castoff.toml, or, without one, a folder. Where it has several unfinished runs, or a
newer one that is done or cannot be read, they are listed, and one must be named.")]
    Resume {
        /// The run, or how its name begins.
        run: Option<String>,
    },
    /// Does some jobs of a run again, which failed, and what they blocked.
    #[command(after_help = "Example:\n  castoff retry 20261121 --platform linux/arm64 --sink hub")]
    Retry {
        /// The run, or how its name begins.
        run: String,
        #[command(flatten)]
        selection: SelectionArgs,
    },
    /// Puts the tags of a run back to what they named before it.
    #[command(after_help = "Example:\n  castoff rollback 20261121-101502")]
    Rollback {
        /// The run, or how its name begins.
        run: String,
    },
    /// Keeps passphrases and passwords in the system's keyring.
    #[command(
        subcommand,
        after_help = "\
Examples:
  castoff secret set release-key                          asks for it twice, without showing it
  castoff secret set docker://registry.example.org        asks for a user and a password
  printf 'bob:%s' \"$PASSWORD\" | castoff secret set docker://registry.example.org
  castoff secret ls
  castoff secret rm release-key

A secret is never an argument and never printed. In the keyring it has the service castoff and its
NAME as the user name: secret-tool lookup service castoff username NAME. Where there is no such
keyring, Linux keeps it in the kernel's until the machine starts anew; CASTOFF_KEYRING=system or
kernel takes one of the two."
    )]
    Secret(SecretVerb),
    /// Builds and publishes LinuxKit packages, with LinuxKit's flags.
    #[command(
        subcommand,
        alias = "package",
        after_help = "\
Examples:
  castoff pkg show-tag pkg/init
  castoff pkg show-tag -org wombat --compat 2026 pkg/init pkg/sshd

A package is a folder with build.yml and a Dockerfile. Flags may stand before or after it, with one
dash or with two."
    )]
    Pkg(Box<PkgVerb>),
    /// Builds, keeps and takes apart App Container Images.
    #[command(after_help = "\
Examples:
  castoff aci build fedora/ fedora.aci                    of fedora/manifest and fedora/rootfs
  castoff aci import fedora.aci                           into the store
  castoff aci startbuild example.com/fedora:21.0.0        prints a folder; change its rootfs …
  castoff aci build /tmp/castoff-aci-x1y2z3 new.aci       … and keep only what changed

IMAGE is a name, with labels as in example.com/fedora:21.0.0,os=linux, or a key as import prints it,
whole or its beginning. The store has the form of acido's and rkt's: castoff aci --dir /var/lib/rkt
ls reads theirs, but for when rkt says that it fetched an image and which one is the latest.")]
    Aci(Box<AciArgs>),
    /// Prints where castoff keeps what.
    #[command(after_help = "Example:\n  castoff paths --json")]
    Paths,
    /// Lists the console's themes, or prints one, to be changed.
    #[command(
        after_help = "Example:\n  castoff themes dark > ~/.config/castoff/themes/mine.toml\n\n\
                      A theme of your own lies in the folder that castoff paths calls themes."
    )]
    Themes {
        /// The theme to be printed.
        name: Option<String>,
    },
    /// Prints a completion script for a shell.
    #[command(
        after_help = "Example:\n  castoff completions bash > ~/.local/share/bash-completion/completions/castoff"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// What looks at what is published, and changes nothing.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum LookVerb {
    /// Lists what is published: the repositories of a place, or the tags of one.
    #[command(after_help = "\
Examples:
  castoff ls docker://registry.example.org                 its repositories
  castoff ls docker://registry.example.org/acme/albatros   the tags of one
  castoff ls hub -t albatros --json                        at a sink of castoff.toml
  castoff ls oci:dist/shelf --names

A tag is shown with its digest, its size with all that it refers to, and its platforms.")]
    Ls(LsArgs),
    /// Shows what a tag or a digest names, down to the layers, or what a server can do.
    #[command(after_help = "\
Examples:
  castoff inspect docker://registry.example.org/acme/albatros:0.9
  castoff inspect docker://localhost:5000/albatros@sha256:… --json
  castoff inspect hub/albatros:0.9 --platform linux/arm64
  castoff inspect oci:dist/shelf:albatros:0.9 --raw
  castoff inspect docker://registry.example.org/acme/albatros   what the registry can do there

A server is tried with requests that change nothing, and what it can do is remembered.")]
    Inspect(InspectArgs),
    /// Compares what two references name: platforms, layers, configuration, labels.
    #[command(after_help = "\
Examples:
  castoff diff hub/albatros:0.8 hub/albatros:0.9
  castoff diff docker://registry.example.org/albatros:0.9 oci:dist/shelf:albatros:0.9 --json")]
    Diff(DiffArgs),
    /// Checks that a file, or what a tag or a digest names, is signed by a key.
    #[command(after_help = "\
Examples:
  castoff verify docker://registry.example.org/acme/albatros:0.9 --key release.pub
  castoff verify hub/albatros:0.9 --signer release-key --platform linux/arm64
  castoff verify oci:dist/shelf:albatros:0.9 --key release.pub --json
  castoff verify app.tar.gz --signature app.tar.gz.p7s --certificate ca.pem

Tells what was signed, by which key, and under which name; fails with status 6 where there is no
signature of this key, or where it is wrong.")]
    Verify(VerifyArgs),
}

/// What changes what is published, each as a run.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum UpkeepVerb {
    /// Copies what is published to another place, as it is: promotion.
    #[command(after_help = "\
Examples:
  castoff copy staging/albatros:0.9 hub
  castoff copy docker://localhost:5000/albatros@sha256:… docker://registry.example.org/albatros:0.9
  castoff copy hub/albatros:0.9 oci:dist/shelf:albatros:0.9 --dry-run

All platforms, signatures and other referrers come along, by digest; the tag moves last. It is a
run like a release: castoff resume goes on with it, castoff rollback puts the tag back.")]
    Copy(CopyArgs),
    /// Removes tags, and never other tags that name the same.
    #[command(after_help = "\
Examples:
  castoff rm docker://registry.example.org/acme/albatros:0.8
  castoff rm hub -t albatros:0.8 --dry-run
  castoff rm hub/albatros:0.8 shelf/albatros:0.8

What an image's tag named stays there until castoff gc; files go with their tag. castoff rollback
puts a tag back while its content is there.")]
    Rm(RmArgs),
    /// Removes all but the newest tags of each series, and what nothing needs then.
    #[command(after_help = "\
Examples:
  castoff gc hub -t albatros --keep 5 --dry-run
  castoff gc docker://registry.example.org/acme/albatros --keep 5 --protect latest
  castoff gc 's3://downloads?endpoint=garage.example.org&region=garage' -t albatros --keep 2
  castoff gc hub/albatros --keep 0 --only-development --sort date
  castoff gc hub/albatros --match 'feature-*'

Versions are one series, in which 1.10-alpine goes with 1.10. Tags that differ only in a number, a
date or a hash, such as nightly-*, are a series each. Others, such as latest, stay unless --match
names them, and so do those of which it is not known how old they are.

Needed is all that a tag that stays names, with what is about it, such as signatures. At a bucket or
a layout all else goes, and nothing is swept while castoff publishes there; a registry deletes
manifests, and its blobs are its own to collect.")]
    Gc(GcArgs),
    /// Signs files, or what tags or digests name, where it is.
    #[command(after_help = "\
Examples:
  castoff sign --generate-key release                 makes release.key and release.pub
  castoff sign hub/albatros:0.9 --signer release-key
  castoff sign docker://localhost:5000/albatros:0.9 --key release.key --platforms
  castoff sign docker://docker.io/acme/albatros:0.9 --notary-server https://notary.docker.io
  castoff sign app.tar.gz --key release.pem --certificate release.crt --chain ca.pem

A signature lies beside what it is about: under the tag sha256-….sig, where cosign looks, and as a
referrer. Those of others stay. That of a file is written beside it: .p7s, or .p7m with the file
within, for CMS, .asc for OpenPGP, .minisig for minisign, .sig for cosign. The passphrase comes from
the keyring (castoff secret set NAME), from $COSIGN_PASSWORD, or is asked for.")]
    Sign(SignArgs),
}

impl UpkeepVerb {
    /// Whether only what would be done is asked for.
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

    /// Whether machines read what is printed.
    pub(crate) fn is_json(&self) -> bool {
        self.json || self.output == Output::Json
    }
}
