//! Handing out what images give.

use std::io::{self, BufReader, Read};

use super::{RenderPlan, RenderSource};
use crate::{
    aci::{AciEntries, AciEntry, ImageHashing, Inode, Is, TreePath},
    model::{Failure, FailureKind, Side},
};

/// How much is read and hashed at once, in bytes.
const BUFFER: usize = 256 << 10;

/// Something that an image gives.
pub struct RenderedEntry<'a> {
    /// Where it lies; in all of these places, if there are several.
    pub paths: &'a [TreePath],
    /// What lies there.
    pub inode: &'a Inode,
    /// Its content.
    pub content: &'a mut dyn Read,
}

impl RenderPlan {
    /// Reads all images, and hands out what they give, each as it stands in
    /// their tars.
    ///
    /// # Errors
    ///
    /// Fails where `give` does, and where an image is not what its key says.
    pub fn stream(
        &self,
        mut give: impl FnMut(RenderedEntry<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.sources.iter().try_for_each(|source| source.stream(&mut give))
    }
}

impl RenderSource {
    fn stream(
        &self,
        give: &mut impl FnMut(RenderedEntry<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let failed = |error: io::Error| self.blob.failed(&error);
        let hashing = ImageHashing::new(self.blob.open().map_err(failed)?);
        let mut reader = BufReader::with_capacity(BUFFER, hashing);
        // A tar that was changed may well be no tar any more.
        let streamed = self.each(&mut reader, give);
        let Some(key) = &self.key else { return streamed.map_err(failed) };
        if streamed.is_err() {
            io::copy(&mut reader, &mut io::sink()).map_err(failed)?;
        }
        let id = reader.into_inner().finish();
        if id.key() == *key {
            return streamed.map_err(failed);
        }
        let what = format!("image hash does not match expected: {id}, and should begin with {key}");
        let failure = Failure::new(FailureKind::Integrity, Side::Local, what);
        Err(failure.context(self.blob.name()).hint("remove the image and import it again"))
    }

    fn each(
        &self,
        tar: impl Read,
        give: &mut impl FnMut(RenderedEntry<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut entries = AciEntries::new(tar, self.blob.name(), self.form);
        let mut place = 0;
        while let Some(item) = entries.next_item()? {
            let AciEntry::Node(node) = item else { continue };
            if let (Is::Inode(inode), Some(paths)) = (&node.is, self.wanted.get(&place)) {
                give(RenderedEntry { paths, inode, content: &mut entries })?;
            }
            place += 1;
        }
        Ok(())
    }
}
