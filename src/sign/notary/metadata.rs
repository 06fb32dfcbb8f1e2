//! What each sort of metadata says
//! (The Update Framework, as notary writes it).

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use super::{
    Signers, TufKey,
    envelope::{Envelope, wrong},
};
use crate::model::{Descriptor, Digest, Failure, media_type};

/// Metadata that was found to be right, with the bytes that it was read from.
#[derive(Clone, Debug)]
pub struct Document<T> {
    /// The bytes.
    pub raw: Vec<u8>,
    /// All that is signed, also what is not understood here.
    pub signed: Value,
    /// What is understood.
    pub content: T,
}

/// What all metadata has.
pub trait Metadata: DeserializeOwned {
    /// What the metadata calls its sort.
    const KIND: &'static str;
    /// The facts that all have.
    fn head(&self) -> &Head;
}

/// The facts that all metadata has.
#[derive(Clone, Debug, Deserialize)]
pub struct Head {
    #[serde(rename = "_type")]
    kind: String,
    /// Grows with each change.
    pub version: u64,
    /// After this it must not be trusted.
    pub expires: Timestamp,
}

/// The keys of the roles.
#[derive(Clone, Debug, Deserialize)]
pub struct Root {
    #[serde(flatten)]
    head: Head,
    /// Keys by their ids.
    pub keys: BTreeMap<String, TufKey>,
    /// The roles.
    pub roles: BTreeMap<String, RoleKeys>,
}

/// The keys of a role.
#[derive(Clone, Debug, Deserialize)]
pub struct RoleKeys {
    /// Ids of keys.
    pub keyids: Vec<String>,
    /// How many of them must sign.
    pub threshold: u32,
}

/// A snapshot or a timestamp: which metadata there is.
#[derive(Clone, Debug, Deserialize)]
pub struct Listing {
    #[serde(flatten)]
    head: Head,
    /// Metadata by role.
    pub meta: BTreeMap<String, FileMeta>,
}

/// What a file must be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileMeta {
    /// Hashes in base64, by algorithm.
    pub hashes: BTreeMap<String, String>,
    /// The length in bytes.
    pub length: u64,
}

/// The digests of tags, and the roles that may sign them too.
#[derive(Clone, Debug, Deserialize)]
pub struct Targets {
    #[serde(flatten)]
    head: Head,
    /// Targets by name: for images, tags.
    #[serde(default, deserialize_with = "or_nothing")]
    pub targets: BTreeMap<String, FileMeta>,
    /// Roles below this one.
    #[serde(default, deserialize_with = "or_nothing")]
    pub delegations: Delegations,
}

/// Roles below another.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Delegations {
    /// Keys by their ids.
    #[serde(default, deserialize_with = "or_nothing")]
    pub keys: BTreeMap<String, TufKey>,
    /// The roles.
    #[serde(default, deserialize_with = "or_nothing")]
    pub roles: Vec<Delegation>,
}

/// A role below another.
#[derive(Clone, Debug, Deserialize)]
pub struct Delegation {
    /// Its name, such as `targets/releases`.
    pub name: String,
    /// Its keys.
    #[serde(flatten)]
    pub keys: RoleKeys,
    /// What the names begin with that it may give a meaning.
    #[serde(default, deserialize_with = "or_nothing")]
    pub paths: Vec<String>,
}

impl Metadata for Root {
    const KIND: &'static str = "Root";
    fn head(&self) -> &Head {
        &self.head
    }
}

impl Metadata for Targets {
    const KIND: &'static str = "Targets";
    fn head(&self) -> &Head {
        &self.head
    }
}

impl Metadata for Listing {
    /// The sort of both is checked by role.
    const KIND: &'static str = "";
    fn head(&self) -> &Head {
        &self.head
    }
}

impl<T: Metadata> Document<T> {
    /// Reads the metadata of `role`, and trusts nothing of it yet.
    pub fn parse(role: &str, raw: Vec<u8>) -> Result<(Self, Envelope), Failure> {
        let envelope = Envelope::parse(role, &raw)?;
        let signed = envelope.signed.clone();
        let content: T = serde_json::from_value(signed.clone())
            .map_err(|error| wrong(role, format!("it is incomplete: {error}")))?;
        let kind = match (T::KIND, role) {
            ("", "timestamp") => "Timestamp",
            ("", _) => "Snapshot",
            (kind, _) => kind,
        };
        if content.head().kind != kind {
            let why = format!("it is a `{}`; it must be a `{kind}`", content.head().kind);
            return Err(wrong(role, why));
        }
        Ok((Self { raw, signed, content }, envelope))
    }

    /// Reads the metadata of `role` that `signers` must have signed.
    pub fn verified(role: &str, raw: Vec<u8>, signers: &Signers<'_>) -> Result<Self, Failure> {
        let (document, envelope) = Self::parse(role, raw)?;
        envelope.verify(role, signers)?;
        Ok(document)
    }

    /// The version.
    pub fn version(&self) -> u64 {
        self.content.head().version
    }

    /// Fails if it must not be trusted any more.
    pub fn unexpired(&self, role: &str, now: Timestamp) -> Result<(), Failure> {
        let expires = self.content.head().expires;
        if now < expires {
            return Ok(());
        }
        let failure = wrong(role, format!("it expired at {expires}"));
        Err(failure.hint(match role {
            "timestamp" => "the server should renew it; check its clock, and this machine's",
            "root" => {
                "the owner of the root key must sign it again, such as with notary key rotate"
            }
            _ => "the owner of its key must sign it again, such as with notary witness",
        }))
    }
}

impl Root {
    /// The keys that must sign for a role.
    pub fn signers(&self, role: &str) -> Result<Signers<'_>, Failure> {
        let found = self.roles.get(role);
        let found = found.ok_or_else(|| wrong("root", format!("it has no role `{role}`")))?;
        Ok(Signers { keys: &self.keys, ids: &found.keyids, threshold: found.threshold })
    }
}

impl Delegation {
    /// The keys that must sign for it, which the role above it lists.
    #[must_use]
    pub fn signers<'a>(&'a self, keys: &'a BTreeMap<String, TufKey>) -> Signers<'a> {
        Signers { keys, ids: &self.keys.keyids, threshold: self.keys.threshold }
    }

    /// Whether it may give `name` a meaning.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.paths.iter().any(|path| name.starts_with(path.as_str()))
    }
}

impl FileMeta {
    /// What metadata must be.
    #[must_use]
    pub fn of_metadata(bytes: &[u8]) -> Self {
        let hashes = BTreeMap::from([
            ("sha256".to_owned(), BASE64_STANDARD.encode(Sha256::digest(bytes))),
            ("sha512".to_owned(), BASE64_STANDARD.encode(Sha512::digest(bytes))),
        ]);
        Self { hashes, length: bytes.len() as u64 }
    }

    /// What a manifest must be.
    #[must_use]
    pub fn of_manifest(node: &Descriptor) -> Option<Self> {
        let hash = BASE64_STANDARD.encode(hex::decode(node.digest.hex()).ok()?);
        let hashes = BTreeMap::from([(node.digest.algorithm().to_owned(), hash)]);
        Some(Self { hashes, length: node.size })
    }

    /// The SHA-256 digest, if it has one.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        let bytes = BASE64_STANDARD.decode(self.hashes.get("sha256")?).ok()?;
        format!("sha256:{}", hex::encode(bytes)).parse().ok()
    }

    /// The content that it is of, of which metadata knows no more; none where it
    /// has no SHA-256 digest.
    #[must_use]
    pub fn to_descriptor(&self) -> Option<Descriptor> {
        Some(Descriptor::new(media_type::OCTET_STREAM, self.digest()?, self.length))
    }

    /// Whether `bytes` are what they must be: all hashes that are known here.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        let own = Self::of_metadata(bytes);
        let same = |(algorithm, hash)| own.hashes.get(algorithm).map(|own: &String| own == hash);
        let compared: Vec<bool> = self.hashes.iter().filter_map(same).collect();
        self.length == own.length && !compared.is_empty() && compared.iter().all(|same| *same)
    }

    /// As metadata has it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({ "hashes": self.hashes, "length": self.length })
    }
}

/// Go writes nothing as `null`.
fn or_nothing<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    value: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(value).map(Option::unwrap_or_default)
}
