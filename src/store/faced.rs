//! What async work asks of the store: its ports, and what these do not have.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Store, not_found};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Index, Manifest, Side},
    ports::{self, Content, blocking},
};

impl Store {
    /// Does `work` with this store on a thread that may block.
    ///
    /// # Errors
    ///
    /// Fails as `work` does.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let store = self.clone();
        blocking(move || work(&store)).await
    }

    /// Whether the content that `node` describes is here, by its size.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub async fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.has(&node)).await
    }

    /// Reads a manifest or another small document whole, and checks it.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, too large, or not what `node` describes.
    pub async fn read_document(&self, node: &Descriptor) -> Result<Vec<u8>, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.read(&node)).await
    }

    /// Reads the manifest of one image, or of the files of one platform.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is anything else.
    pub async fn read_manifest(&self, node: &Descriptor) -> Result<Manifest, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.manifest(&node)).await
    }

    /// Reads an index.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is anything else.
    pub async fn read_index(&self, node: &Descriptor) -> Result<Index, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.index(&node)).await
    }

    /// Notes that content which is here is a program: no digest tells.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn note_executable(&self, digest: &Digest) -> Result<(), Failure> {
        let digest = digest.clone();
        self.blocking(move |store| store.make_executable(&digest)).await
    }

    /// The text that was noted under `key`.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn noted(&self, key: &str) -> Result<Option<String>, Failure> {
        let key = key.to_owned();
        self.blocking(move |store| store.session_get(&key)).await
    }

    /// Notes `text` under `key`, in place of what was there.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn note(&self, key: &str, text: &str) -> Result<(), Failure> {
        let (key, text) = (key.to_owned(), text.to_owned());
        self.blocking(move |store| store.session_put(&key, &text)).await
    }

    /// Removes what is noted under `key`, if anything.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn forget_note(&self, key: &str) -> Result<(), Failure> {
        let key = key.to_owned();
        self.blocking(move |store| store.session_remove(&key)).await
    }
}

#[async_trait]
impl ports::Source for Store {
    async fn successors(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.parts(&node)).await
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        let node = node.clone();
        self.blocking(move |store| {
            let content = store.find(&node)?.ok_or_else(|| not_found(&node))?;
            Ok(Arc::new(content) as Arc<dyn Content>)
        })
        .await
    }

    async fn attached(&self, subject: &Digest) -> Result<Vec<ports::Attachment>, Failure> {
        let subject = subject.clone();
        self.blocking(move |store| store.attached_to(&subject)).await
    }
}

#[async_trait]
impl ports::Store for Store {
    async fn put(&self, node: &Descriptor, content: &[u8]) -> Result<(), Failure> {
        if !node.digest.is_of(content) {
            return Err(Failure::new(
                FailureKind::Integrity,
                Side::Local,
                format!("the content to store as {} has another digest", node.digest),
            ));
        }
        let size = content.len() as u64;
        let (node, content) = (Descriptor { size, ..node.clone() }, content.to_vec());
        self.blocking(move |store| store.keep_as(node, &content).map(drop)).await
    }

    async fn is_complete(&self, root: &Descriptor) -> Result<bool, Failure> {
        let root = root.clone();
        self.blocking(move |store| store.complete(&root)).await
    }
}
