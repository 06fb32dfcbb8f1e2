//! Handing out what images give.

use std::{
    fs::File,
    io::{self, Read},
};

use super::{Plan, Source};
use crate::{
    aci::{Entries, Form, Hashing, Inode, Is, Item, TreePath},
    model::{Failure, FailureKind, Side},
};

/// Something that an image gives.
pub struct Given<'a> {
    /// Where it lies; in all of these places, if there are several.
    pub paths: &'a [TreePath],
    /// What lies there.
    pub inode: &'a Inode,
    /// Its content.
    pub content: &'a mut dyn Read,
}

impl Plan {
    /// Reads all images, and hands out what they give, each as it stands in
    /// their tars: folders before what lies in them.
    ///
    /// # Errors
    ///
    /// Fails where `give` does, and where an image is not what its key says.
    pub fn stream(&self, mut give: impl FnMut(Given<'_>) -> io::Result<()>) -> Result<(), Failure> {
        self.sources.iter().try_for_each(|source| source.stream(&mut give))
    }
}

impl Source {
    fn stream(&self, give: &mut impl FnMut(Given<'_>) -> io::Result<()>) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::from_io(Side::Local, self.blob.display(), &error);
        let file = File::open(&self.blob).map_err(failed)?;
        let mut hashing = Hashing::new(io::BufReader::with_capacity(256 << 10, file));
        // A blob that was changed may well be no tar any more.
        let streamed = self.each(&mut hashing, give);
        if streamed.is_err() {
            io::copy(&mut hashing, &mut io::sink()).map_err(failed)?;
        }
        let id = hashing.finish();
        if id.key() == self.key {
            return streamed.map_err(failed);
        }
        let failure = Failure::new(
            FailureKind::Integrity,
            Side::Local,
            format!("image hash does not match expected: {id}, and should begin with {}", self.key),
        );
        Err(failure.context(self.blob.display()).hint("remove the image and import it again"))
    }

    fn each(
        &self,
        hashing: &mut impl Read,
        give: &mut impl FnMut(Given<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut entries =
            Entries::new(hashing, &self.blob.display().to_string(), Form::RootlessAci);
        let mut place = 0;
        while let Some(item) = entries.next_item()? {
            let Item::Node(node) = item else { continue };
            if let (Is::Inode(inode), Some(paths)) = (&node.is, self.wanted.get(&place)) {
                give(Given { paths, inode, content: &mut entries })?;
            }
            place += 1;
        }
        Ok(())
    }
}
