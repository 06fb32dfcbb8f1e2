//! How upload sessions outlive the process that began them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

/// Remembers the URL of each upload that is under way. The URLs are secrets:
/// one is enough to write.
///
/// Losing one costs bytes, never correctness: where an upload stands is asked
/// of the registry. What else was learned of a registry is stored here too.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The URL stored under `key`.
    async fn get(&self, key: &str) -> Option<String>;
    /// Stores a URL.
    async fn put(&self, key: &str, url: &str);
    /// Forgets a URL.
    async fn remove(&self, key: &str);
}

/// Sessions that end with the process.
#[derive(Default)]
pub struct MemorySessions(Mutex<HashMap<String, String>>);

#[async_trait]
impl Sessions for MemorySessions {
    async fn get(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    async fn put(&self, key: &str, url: &str) {
        let mut urls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        urls.insert(key.to_owned(), url.to_owned());
    }

    async fn remove(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
