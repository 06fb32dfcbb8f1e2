//! The nouns of a release. No I/O, no async, no clock.
//!
//! What is parsed here is well formed ever after: a [`Digest`] never has the
//! wrong length, a [`Tag`] never a slash.

mod ability;
mod artifact;
mod artifact_kind;
mod bare_reference;
mod bases;
mod builder;
mod command_line;
mod descriptor;
mod digest;
mod entry;
mod entry_name;
mod failure;
mod foreign_json;
mod hint;
mod image_config;
mod image_reference;
mod index;
pub mod layer_list;
pub mod lenient;
mod manifest;
mod merge;
mod node;
mod platform;
mod presence;
mod publisher;
mod recipe;
mod reference;
mod release;
mod rewrite;
mod s3_url;
mod secret_source;
mod shown_url;
mod signer_spec;
mod sink_spec;
mod sink_url;
mod stage;
mod tag_name;
mod text;
mod wrong_secret;

pub use ability::{Abilities, Can};
pub use artifact::{ArtifactName, ImageSettings, Origin, Published};
pub use artifact_kind::ArtifactKind;
pub use bases::Bases;
pub use builder::{BUILDS_AT_ONCE, Builder, Builders, EngineTls, EngineUrl, ParseEngineUrlError};
pub use command_line::CommandLine;
pub use descriptor::{Descriptor, MediaType, media_type};
pub use digest::{ALGORITHMS, Digest, Hasher, ParseDigestError};
pub use entry::{ConfigEntry, EntrySpec, relative};
pub use entry_name::{ENTRY_NAMES, entry_name, entry_names, split_entry_name};
pub use failure::{Effort, Failure, FailureKind, Side};
pub use foreign_json::Others;
pub use hint::{Hint, Remedy};
pub use image_config::{ImageConfig, RootFs};
pub use image_reference::{ImageReference, ParseImageReferenceError};
pub use index::Index;
pub use manifest::{MANIFEST_LIMIT, Manifest};
pub use merge::merged;
pub use node::{ManifestError, Node};
pub use platform::{ParsePlatformError, Platform, is_known_arch, is_known_os};
pub use presence::{Present, PresentContent, PresentTag};
pub use publisher::Publisher;
pub use recipe::{Recipe, RecipeDocument, RecipeSpec};
pub use reference::{ParseReferenceError, Rank, Repository, Tag};
pub use release::{
    Joining, Release, ReleaseArtifact, ReleasePlatform, ReleaseTag, Selection, SourceFile,
};
pub use s3_url::{S3Url, is_endpoint};
pub use secret_source::{SecretSource, SecretStanding};
pub use shown_url::{has_user, without_logins};
pub use signer_spec::{ParseSignerKindError, SignerKind, SignerName, SignerSpec, Signing};
pub use sink_spec::{SinkName, SinkSpec};
pub use sink_url::{Destination, ParseSinkUrlError, SinkUrl};
pub use stage::{SharedStep, StageName, StageSpec};
pub use tag_name::TagName;
pub use text::{bytes, counted, escape, nearest, safe_json, unmarked};
pub use wrong_secret::Unopened;
