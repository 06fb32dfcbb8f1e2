//! What was made of what was read, so that nothing is made twice.

use serde::Serialize;

use super::{FileState, Store, files::read_small};
use crate::{
    archive::COMPRESSOR,
    model::{Descriptor, Digest, Failure},
    ports::Attachment,
};

impl Store {
    /// The compressed layer that was made of the plain layer `diff_id`, if it
    /// is still here.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn layer_of(&self, diff_id: &Digest) -> Result<Option<Descriptor>, Failure> {
        let made = self.recall(&key("layer", &(diff_id, COMPRESSOR)))?;
        Ok(match made {
            Some(layer) if self.has(&layer)? => Some(layer),
            _ => None,
        })
    }

    /// Remembers that `layer` was made of the plain layer `diff_id`.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn set_layer_of(&self, diff_id: &Digest, layer: &Descriptor) -> Result<(), Failure> {
        self.remember(&key("layer", &(diff_id, COMPRESSOR)), layer)
    }

    /// The plain layer that an archive's entry of this name and size was, the
    /// last time.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn hint(&self, entry: &str, size: u64) -> Result<Option<Digest>, Failure> {
        let path = self.path("made").join(key("hint", &(entry, size)));
        Ok(read_small(&path)?.and_then(|text| text.parse().ok()))
    }

    /// Remembers what [`Self::hint`] tells.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn set_hint(&self, entry: &str, size: u64, diff_id: &Digest) -> Result<(), Failure> {
        if self.hint(entry, size)?.as_ref() == Some(diff_id) {
            return Ok(());
        }
        let path = self.path("made").join(key("hint", &(entry, size)));
        self.write_small(&path, diff_id.as_str())
    }

    /// The manifest that was made of `files` after `recipe`, if all that it
    /// refers to is still here.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn root_of(
        &self,
        files: &[FileState],
        recipe: &str,
    ) -> Result<Option<Descriptor>, Failure> {
        let made = self.recall(&key("root", &(files, recipe)))?;
        Ok(match made {
            Some(root) if self.complete(&root)? => Some(root),
            _ => None,
        })
    }

    /// Remembers that `root` was made of `files` after `recipe`.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn set_root_of(
        &self,
        files: &[FileState],
        recipe: &str,
        root: &Descriptor,
    ) -> Result<(), Failure> {
        self.remember(&key("root", &(files, recipe)), root)
    }

    /// The digest that was told of what looked like `looks`, if any was.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn content_of(&self, looks: &Digest) -> Result<Option<Digest>, Failure> {
        let path = self.path("made").join(key("content", looks));
        Ok(read_small(&path)?.and_then(|text| text.parse().ok()))
    }

    /// Remembers what [`Self::content_of`] tells.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn set_content_of(&self, looks: &Digest, digest: &Digest) -> Result<(), Failure> {
        self.write_small(&self.path("made").join(key("content", looks)), digest.as_str())
    }

    /// What is about the manifest `subject`, as the source said that it was
    /// taken from, and is still here.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn attached_to(&self, subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        let text = read_small(&self.path("made").join(key("attached", subject)))?;
        let known: Option<Vec<Attachment>> = text.and_then(|text| serde_json::from_str(&text).ok());
        let mut here = Vec::new();
        for attachment in known.unwrap_or_default() {
            if self.complete(&attachment.node)? {
                here.push(attachment);
            }
        }
        Ok(here)
    }

    /// Remembers what [`Self::attached_to`] tells.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    ///
    /// # Panics
    ///
    /// Never: attachments always become JSON.
    pub fn set_attached(&self, subject: &Digest, about: &[Attachment]) -> Result<(), Failure> {
        if about.is_empty() && self.attached_to(subject)?.is_empty() {
            return Ok(());
        }
        let text = serde_json::to_string(about).expect("attachments always become JSON");
        self.write_small(&self.path("made").join(key("attached", subject)), &text)
    }

    fn recall(&self, key: &str) -> Result<Option<Descriptor>, Failure> {
        let text = read_small(&self.path("made").join(key))?;
        // A torn entry is as good as none.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn remember(&self, key: &str, node: &Descriptor) -> Result<(), Failure> {
        let text = serde_json::to_string(node).expect("a descriptor always becomes JSON");
        self.write_small(&self.path("made").join(key), &text)
    }
}

fn key(what: &str, of: &impl Serialize) -> String {
    let text = serde_json::to_string(of).expect("a key always becomes JSON");
    format!("{what}-{}", Digest::of(text.as_bytes()).hex())
}
