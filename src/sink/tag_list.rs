//! A list of tags as one object, which two publishers at once cannot spoil.
//!
//! Not every bucket can write on condition (Garage takes the condition and
//! ignores it), so nothing here relies on it. The tags themselves are the
//! truth: a writer lists them, writes the list, and then looks again until
//! what it lists and what it reads agree. Every writer looks after its own
//! last write, so the last of them has seen every tag; and one that was killed
//! in between is mended by the next.

use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ConstantBuilder};
use serde::{Deserialize, Serialize};

use super::objects::Objects;
use crate::model::{Failure, FailureKind, Side, lenient};

/// How often a writer looks again.
const ROUNDS: usize = 20;
/// The wait between two looks, to which up to as much again is added at random.
const WAIT: Duration = Duration::from_millis(50);

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
    for wait in ConstantBuilder::new().with_delay(WAIT).with_jitter().with_max_times(ROUNDS).build()
    {
        let present = read(objects, key).await?;
        let known = present.as_ref().map(|list| list.tags.clone()).unwrap_or_default();
        let wanted =
            TagList { name: name.to_owned(), tags: listed.order(&known, listed.there().await?) };
        if wanted.tags.is_empty() {
            return objects.delete(key).await;
        }
        if present.as_ref() != Some(&wanted) {
            let bytes = serde_json::to_vec(&wanted).expect("a list always becomes JSON");
            objects.put(key, &bytes, "application/json").await?;
        }
        // Look again: whoever wrote at the same time is seen now.
        let tags = listed.order(&wanted.tags, listed.there().await?);
        if tags == wanted.tags && read(objects, key).await?.as_ref() == Some(&wanted) {
            return Ok(());
        }
        tokio::time::sleep(wait).await;
    }
    let what = format!("{} is changed again and again by others", objects.show(key));
    Err(Failure::new(FailureKind::Server, Side::Sink, what))
}

/// The list at `key`; none where there is none, or where it cannot be read and
/// is to be written anew.
pub(super) async fn read(objects: &dyn Objects, key: &str) -> Result<Option<TagList>, Failure> {
    let bytes = objects.get(key).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
