//! What a release says of itself.
//!
//! A JSON document, UTF-8, with its keys in the order of the fields here, two
//! blanks for each level and a line's end behind it; at most 1 MiB. Digests are
//! `sha256:` and 64 digits, sizes are in bytes. A reader refuses what it does
//! not know: a new field raises the version.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Part, conf_path, image_path, invalid, layout::stem, metadata_path, reference};
use crate::{
    archive::COMPRESSOR,
    model::{Digest, Failure, PartnerId, PersistentUuid, VeeaArch},
};

/// The largest metadata, in bytes.
pub const METADATA_LIMIT: u64 = 1 << 20;
/// What the document is.
const SCHEMA: &str = "castoff.veea.release";
/// The version of its form.
const VERSION: u32 = 1;

/// The metadata of one image for one architecture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    schema: String,
    schema_version: u32,
    /// What is released.
    #[serde(flatten)]
    pub about: About,
    /// Whether it is authorised for the partner.
    authorised: bool,
    /// The image.
    pub image: ImagePart,
    /// How it is run.
    pub service: ServicePart,
    /// What compressed the archive, and how.
    pub compressor: String,
    /// The signer's name, if this is signed.
    pub signer: Option<String>,
    /// When this was first made, in UTC and whole seconds.
    pub created: Timestamp,
}

/// What is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The name of the image.
    pub app: String,
    /// What people are told of it.
    pub description: String,
    /// Its version.
    pub version: String,
    /// What it runs on, such as `arm32v7`.
    pub architecture: VeeaArch,
    /// The hubs that it is for, such as `iesv0.5`.
    pub platforms: Vec<String>,
    /// The partner that it is authorised for, if any.
    pub partner: Option<PartnerId>,
    /// Its identity, in all its versions.
    pub persistent_uuid: PersistentUuid,
}

/// The signed image archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagePart {
    /// The UUID in its name.
    pub uuid: String,
    /// Its place in the release archive.
    pub path: String,
    /// What the image in it is called: `<app>-<arch>:<ver>`.
    pub reference: String,
    /// It, as it lies there: gzipped.
    pub archive: Part,
    /// The signed tar in it.
    pub tar: Part,
    /// The image's configuration, which `docker` calls its id.
    pub config: Digest,
    /// The manifest of the same image as it is published elsewhere (OCI image
    /// specification, manifest.md); none: it is not.
    pub manifest: Option<Digest>,
}

/// The swarm service file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePart {
    /// Its place in the release archive.
    pub path: String,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl Metadata {
    /// The metadata of an image that was signed, with its service file.
    /// `created` is rounded down to seconds.
    #[must_use]
    pub fn new(
        about: About,
        image: &super::image::Signed,
        manifest: Option<Digest>,
        conf: &[u8],
        signer: Option<String>,
        created: Timestamp,
    ) -> Self {
        let path = image_path(&image.archive.digest);
        Self {
            schema: SCHEMA.to_owned(),
            schema_version: VERSION,
            authorised: about.partner.is_some(),
            image: ImagePart {
                uuid: stem(&path).to_owned(),
                path,
                reference: reference(&about.app, about.architecture, &about.version),
                archive: image.archive.clone(),
                tar: image.tar.clone(),
                config: image.config.clone(),
                manifest,
            },
            service: ServicePart {
                path: conf_path(about.persistent_uuid),
                digest: Digest::of(conf),
                size: conf.len() as u64,
            },
            about,
            compressor: COMPRESSOR.to_owned(),
            signer,
            created: Timestamp::from_second(created.as_second()).unwrap_or(created),
        }
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        document(self)
    }

    /// Reads a document, and makes sure that what it says agrees with itself.
    ///
    /// # Errors
    ///
    /// Fails where it is none, or of another version.
    pub fn parse(json: &[u8]) -> Result<Self, Failure> {
        if json.len() as u64 > METADATA_LIMIT {
            return Err(invalid(format!("they have more than {METADATA_LIMIT} bytes")));
        }
        let Head { schema, schema_version } = serde_json::from_slice(json)
            .map_err(|error| invalid("they are not metadata").because(error))?;
        if schema != SCHEMA || schema_version != VERSION {
            let what = format!("they have the unknown format `{schema}` {schema_version}");
            return Err(invalid(what).hint("a newer castoff may know it"));
        }
        let this: Self = serde_json::from_slice(json)
            .map_err(|error| invalid("they are not metadata").because(error))?;
        if this.to_json() != json {
            return Err(invalid("they are not in castoff's canonical form"));
        }
        this.check()?;
        Ok(this)
    }

    /// Where they lie in an archive.
    #[must_use]
    pub fn path(&self) -> String {
        metadata_path(&Digest::of(&self.to_json()))
    }

    /// Whether it is authorised for a partner.
    #[must_use]
    pub fn is_authorised(&self) -> bool {
        self.authorised
    }

    fn check(&self) -> Result<(), Failure> {
        let About { app, version, architecture, partner, persistent_uuid, .. } = &self.about;
        for (what, agrees) in [
            ("partner", persistent_uuid.partner() == *partner),
            ("authorised", self.authorised == partner.is_some()),
            ("image.path", self.image.path == image_path(&self.image.archive.digest)),
            ("image.uuid", self.image.uuid == stem(&self.image.path)),
            ("image.reference", self.image.reference == reference(app, *architecture, version)),
            ("service.path", self.service.path == conf_path(*persistent_uuid)),
        ] {
            if !agrees {
                return Err(invalid(format!("`{what}` contradicts the other metadata")));
            }
        }
        Ok(())
    }
}

fn document(metadata: &Metadata) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(metadata).expect("metadata always become JSON");
    json.push(b'\n');
    json
}

/// What tells which form the rest has.
#[derive(Deserialize)]
struct Head {
    schema: String,
    schema_version: u32,
}
