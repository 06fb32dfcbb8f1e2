//! A list of tags as one object, which two publishers at once cannot spoil.
//!
//! A list is written on the condition that it is the one that was read. Not
//! every bucket can do that (Garage takes the condition and ignores it), so
//! nothing here relies on it. The tags themselves are the truth: a writer lists
//! them, writes the list, and then looks again until what it lists and what it
//! reads agree. Every writer looks after its own last write, so the last of
//! them has seen every tag; and one that was killed in between is mended by the
//! next.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{contention::Contention, failures, objects::Objects};
use crate::model::{Failure, lenient};

/// `{"name":…,"tags":[…]}`, in this order and without white space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TagList {
    #[serde(default, deserialize_with = "lenient::or_usual")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "lenient::names")]
    pub(super) tags: Vec<String>,
}

/// The tags of a name, which their list must agree with.
#[async_trait]
pub(super) trait Listed: Sync {
    /// The tags that there are.
    async fn there(&self) -> Result<Vec<String>, Failure>;

    /// Those tags in the order of the list, which had `known` until now.
    fn order(&self, known: &[String], there: Vec<String>) -> Vec<String>;
}

/// Brings the list at `key` in line with the tags that there are.
pub(super) async fn settle(
    objects: &dyn Objects,
    name: &str,
    key: &str,
    listed: &dyn Listed,
) -> Result<(), Failure> {
    let mut contention = Contention::new(objects.random());
    loop {
        match settled(objects, name, key, listed).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(failure) if Contention::caused(&failure) => {}
            Err(failure) => return Err(failure),
        }
        contention.wait(&objects.show(key)).await?;
    }
}

/// Writes the list where it is not as it should be. Returns whether it is when
/// it is looked at again.
async fn settled(
    objects: &dyn Objects,
    name: &str,
    key: &str,
    listed: &dyn Listed,
) -> Result<bool, Failure> {
    let read = objects.read(key).await?;
    let present = read.as_ref().and_then(|read| parse(&read.bytes).ok());
    let seen = read.as_ref().map(|read| &read.version);
    let known = present.as_ref().map(|list| list.tags.clone()).unwrap_or_default();
    let wanted =
        TagList { name: name.to_owned(), tags: listed.order(&known, listed.there().await?) };
    if wanted.tags.is_empty() {
        if let Some(seen) = seen {
            objects.remove(key, seen).await?;
        }
        return Ok(listed.there().await?.is_empty());
    }
    if present.as_ref() != Some(&wanted) {
        let bytes = serde_json::to_vec(&wanted).expect("a list always becomes JSON");
        objects.replace(key, seen, &bytes, "application/json").await?;
    }
    // Look again: a publisher that wrote at the same time is seen now.
    let tags = listed.order(&wanted.tags, listed.there().await?);
    Ok(tags == wanted.tags && self::known(objects, key).await?.as_ref() == Some(&wanted))
}

/// The list at `key`; none where there is none.
///
/// # Errors
///
/// Fails where it cannot be read.
pub(super) async fn read(objects: &dyn Objects, key: &str) -> Result<Option<TagList>, Failure> {
    let Some(bytes) = objects.get(key).await? else { return Ok(None) };
    parse(&bytes).map(Some).map_err(|error| {
        failures::unreadable(&error, objects.show(key))
            .hint("the next release writes it again, from the existing tags")
    })
}

/// The same; none where it cannot be read either, and is to be written anew:
/// nothing is lost with it but its order.
pub(super) async fn known(objects: &dyn Objects, key: &str) -> Result<Option<TagList>, Failure> {
    Ok(objects.get(key).await?.and_then(|bytes| parse(&bytes).ok()))
}

fn parse(bytes: &[u8]) -> Result<TagList, serde_json::Error> {
    serde_json::from_slice(bytes)
}
