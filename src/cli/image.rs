//! The arguments of `castoff image`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::TrustArgs;
use crate::model::Platform;

/// `castoff image`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ImageVerb {
    /// Build the images of a payload, push them, and move all of their tags or none.
    #[command(
        before_help = "\
Examples:
  castoff image build payload.json                 build, push, and move the tags
  castoff image build payload.yaml --dry-run       show what would be built from what
  castoff image build payload.json --no-push       build into the content store only
  castoff image build payload.json --to-yaml > payload.yaml",
        after_long_help = "\
A payload is JSON or YAML. It names a source, the images to build from it, and a registry:

  source:
    git_repo:
      url: https://git.example.org/hello.git    or ssh://…, HOST:PATH, file:///…
      version: v1.2                             a branch, a tag or a commit (HEAD)
      workdir: code                             the build context (.)
      dockerfile: docker/Dockerfile             relative to the repository's root (Dockerfile)
      username: ci                              both of these, or neither
      password: …
  target:
    images:
    - image: acme/hello
      tag: '1.2'
      base: python:3.8-alpine                   replaces the first external FROM
      platforms: [linux/amd64, linux/arm64]     (linux/amd64)
    registry:
      url: registry.example.org                 with username and password, or docker login

A payload may have dockerfile instead of git_repo, with url (http, https or file), username and
password, and beside it build_context, with the url of a git repository, subdir, username and
password. That Dockerfile is then built, even if the repository has its own. A payload of
image-builder's first version with source_type: tar pushes an image that docker save wrote; its
target_image_name may begin with the registry's host.

The images of a payload are one transaction: if one of them fails, no tag of any image moves. It is a
run like a release: castoff resume completes it after reading the payload again, and castoff rollback
moves the tags back. The commit of a repository is resolved at the start, and a resumed run builds the
same commit. The build context does not contain the repository's history. [builders] in castoff.toml
sets the engine for each platform.

Passwords are kept only in memory, and sent only to their own host. castoff prints, logs and stores
none of them, except with --to-yaml and --to-json, which print your file."
    )]
    Build(ImageBuildArgs),
}

/// `castoff image build`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ImageBuildArgs {
    /// Payload: a JSON or YAML file.
    pub(crate) payload: PathBuf,
    /// Build into the content store, and show what would be pushed.
    #[arg(long)]
    pub(crate) no_push: bool,
    /// Show what would be built from what, without contacting any server.
    #[arg(long, conflicts_with = "no_push")]
    pub(crate) dry_run: bool,
    /// Print the payload as YAML, including defaults and passwords, and exit.
    #[arg(long, conflicts_with_all = ["no_push", "dry_run"])]
    pub(crate) to_yaml: bool,
    /// Print the payload as JSON, including defaults and passwords, and exit.
    #[arg(long, conflicts_with_all = ["no_push", "dry_run", "to_yaml"])]
    pub(crate) to_json: bool,
    /// Build again what was built before.
    #[arg(long)]
    pub(crate) force: bool,
    /// Only this platform; may be repeated.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

impl ImageBuildArgs {
    /// Whether it only prints.
    pub(crate) fn prints(&self) -> bool {
        self.dry_run || self.to_yaml || self.to_json
    }
}
