//! Files that are read back before a tag moves.
//!
//! A bucket tells what was noted of an object when it was written, and not
//! what its bytes are now. So what this process did not write itself is read,
//! as far as that costs little.

use std::sync::Arc;

use super::{StaticFiles, documents};
use crate::{
    model::{Descriptor, Failure, FailureKind, Side, media_type},
    ports::{Content, Desk},
};

impl StaticFiles {
    /// Reads a file wherever this release relies on it.
    pub(super) async fn read_back(&self, node: &Descriptor) -> Result<(), Failure> {
        let mut keys = Vec::new();
        for key in self.places(node).await? {
            if self.lies_at(&key, node).await? {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            keys.extend(self.find(node).await?);
        }
        if keys.is_empty() {
            let what = format!("{} does not exist", node.title().unwrap_or_default());
            return Err(Failure::new(FailureKind::NotFound, Side::Sink, what));
        }
        for key in keys {
            self.read_at(&key, node).await?;
        }
        Ok(())
    }

    async fn read_at(&self, key: &str, node: &Descriptor) -> Result<(), Failure> {
        // In a folder the look at it has read it.
        let is_right = self.known.is_right(key) || self.known.is_enough(node, key);
        if self.objects.are_here() || is_right {
            return Ok(());
        }
        let read = self.objects.digest(key, node).await.and_then(|found| {
            let what = || format!("{} differs from its record", self.objects.show(key));
            let wrong = || Failure::new(FailureKind::Integrity, Side::Sink, what());
            if found == node.digest { Ok(()) } else { Err(wrong()) }
        });
        self.known.note_read(key, &read);
        read
    }

    /// Writes a file again wherever it was found to be something else.
    pub(super) async fn mend(
        &self,
        node: &Descriptor,
        content: &Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let Some(path) = documents::path(node) else { return Ok(()) };
        let is_its = |key: &String| *key == self.staged(&node.digest) || key.ends_with(&path);
        for key in self.known.all_wrong().into_iter().filter(is_its) {
            desk.output.line(format!("{} is written again", self.objects.show(&key)));
            let content = Arc::clone(content);
            self.objects
                .put_content(&key, node, content, media_type::OCTET_STREAM, &desk.meter)
                .await?;
            self.known.note_written(&key);
        }
        Ok(())
    }
}
