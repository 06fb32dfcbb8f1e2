//! The commands that read what is published.

use clap::Subcommand;

use super::{
    args::{DiffArgs, InspectArgs, LsArgs},
    signing::VerifyArgs,
};

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
