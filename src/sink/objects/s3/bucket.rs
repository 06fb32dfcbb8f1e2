//! A bucket: its address, its client and what is known of its server.

use std::sync::{Arc, atomic::AtomicBool};

use aws_sdk_s3::Client;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::{client, keys::KeysOf, options::S3Options};
use crate::{
    model::{Digest, Failure, S3Url},
    store::Store,
};

/// The metadata in which we note what an object holds.
pub(super) const DIGEST: &str = "digest";
/// Objects in a bucket.
pub struct S3Objects {
    pub(super) url: S3Url,
    /// Where unfinished uploads are noted.
    pub(super) store: Arc<Store>,
    pub(super) options: S3Options,
    keys: Option<Arc<dyn KeysOf>>,
    client: Arc<OnceCell<Client>>,
    /// Set once the server said that it knows no conditions.
    pub(super) knows_no_conditions: Arc<AtomicBool>,
}

impl S3Objects {
    /// The objects of `url`'s bucket, with the credentials that the AWS tools
    /// would use. They are looked for when the first request is made.
    #[must_use]
    pub fn new(url: S3Url, store: Arc<Store>, options: S3Options) -> Self {
        let (client, knows_no_conditions) = Default::default();
        Self { url, store, options, keys: None, client, knows_no_conditions }
    }

    /// The objects of `url`, where that is in this bucket and reached as this
    /// one is: both have one client.
    #[must_use]
    pub fn below(&self, url: &S3Url) -> Option<Self> {
        let unprefixed = |url: &S3Url| S3Url { prefix: String::new(), ..url.clone() };
        (unprefixed(&self.url) == unprefixed(url)).then(|| Self {
            url: url.clone(),
            store: Arc::clone(&self.store),
            options: self.options.clone(),
            keys: self.keys.clone(),
            client: Arc::clone(&self.client),
            knows_no_conditions: Arc::clone(&self.knows_no_conditions),
        })
    }

    /// The same, with what is asked for keys that the AWS tools would not find.
    #[must_use]
    pub fn with_keys(self, keys: Arc<dyn KeysOf>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    pub(super) async fn client(&self) -> Result<&Client, Failure> {
        let connect = || client::connect(&self.url, &self.options, self.keys.as_ref());
        self.client.get_or_try_init(connect).await
    }

    pub(super) fn key(&self, key: &str) -> String {
        if self.url.prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.url.prefix)
        }
    }

    /// The key for people: `s3://bucket/key`.
    pub(super) fn shown(&self, key: &str) -> String {
        format!("s3://{}/{}", self.url.bucket, self.key(key))
    }

    pub(super) fn doing(&self, verb: &str, key: &str) -> String {
        format!("{verb} {}", self.shown(key))
    }
}

/// A time as the client tells it.
pub(super) fn timestamp(at: &aws_sdk_s3::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// The digest that an SHA-256 checksum is; none for that of parts, which is
/// the hash of hashes.
pub(super) fn digest_of(checksum: Option<&str>) -> Option<Digest> {
    let bytes = BASE64_STANDARD.decode(checksum?).ok().filter(|bytes| bytes.len() == 32)?;
    format!("sha256:{}", hex::encode(bytes)).parse().ok()
}

pub(super) fn checksum_of(digest: &Digest) -> Option<String> {
    let bytes = hex::decode(digest.hex()).ok().filter(|_| digest.algorithm() == "sha256")?;
    Some(BASE64_STANDARD.encode(bytes))
}
