//! What `castoff image` understands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::TrustArgs;
use crate::model::Platform;

/// `castoff image`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ImageVerb {
    /// Builds the images of a payload and pushes them, all or none of their tags.
    #[command(after_help = "\
Examples:
  castoff image build payload.json                 builds, pushes, moves the tags
  castoff image build payload.yaml --dry-run       shows what would be built from what
  castoff image build payload.json --no-push       only builds, into the content store
  castoff image build payload.json --to-yaml > payload.yaml

A payload is JSON or YAML. It names a source, the images that come of it, and a registry:

  source:
    git_repo:
      url: https://git.example.org/hello.git    or ssh://…, HOST:PATH, file:///…
      version: v1.2                             a branch, a tag or a commit (HEAD)
      workdir: code                             the folder that is built in (.)
      dockerfile: docker/Dockerfile             from the repository's root, too (Dockerfile)
      username: ci                              these two together, or neither
      password: …
  target:
    images:
    - image: acme/hello
      tag: '1.2'
      base: python:3.8-alpine                   replaces the first external FROM
      platforms: [linux/amd64, linux/arm64]     (linux/amd64)
    registry:
      url: registry.example.org                 with username and password, or as docker login

Instead of git_repo there may be dockerfile, with url (http, https or file), username and password,
and with it build_context, with url of a git repository, subdir, username and password. A Dockerfile
that is given so is the one that is built, whatever the repository has. A payload of the first
version of image-builder with source_type: tar pushes an image that docker save wrote; its
target_image_name may begin with the registry's host.

The images of a payload are one transaction: if one of them fails, no tag moves, not of the others
either. It is a run like a release: castoff resume goes on with it and reads the payload again,
castoff rollback puts the tags back. The commit of a repository is settled at the start and is what
is built, also later. Its history is not in the build context. Where each platform is built says
[builders] in castoff.toml.

Passwords are held in memory alone, and used at their own host alone. Nothing that castoff prints,
logs or keeps has one in it, but for --to-yaml and --to-json: these print your own file.")]
    Build(ImageBuildArgs),
}

/// `castoff image build`.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ImageBuildArgs {
    /// The payload, a file of JSON or YAML.
    pub(crate) payload: PathBuf,
    /// Builds into the content store, and tells what would be pushed.
    #[arg(long)]
    pub(crate) no_push: bool,
    /// Shows what would be built from what, and asks nobody.
    #[arg(long, conflicts_with = "no_push")]
    pub(crate) dry_run: bool,
    /// Prints the payload as YAML, with its defaults and its passwords, and does nothing else.
    #[arg(long, conflicts_with_all = ["no_push", "dry_run"])]
    pub(crate) to_yaml: bool,
    /// Prints the payload as JSON, with its defaults and its passwords, and does nothing else.
    #[arg(long, conflicts_with_all = ["no_push", "dry_run", "to_yaml"])]
    pub(crate) to_json: bool,
    /// Builds again what was built before.
    #[arg(long)]
    pub(crate) force: bool,
    /// Only this platform; may be given several times.
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Vec<Platform>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

impl ImageBuildArgs {
    /// Whether something is only printed.
    pub(crate) fn prints(&self) -> bool {
        self.dry_run || self.to_yaml || self.to_json
    }
}
