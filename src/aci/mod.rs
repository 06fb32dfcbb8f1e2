//! App Container Images (ACIs), after the App Container specification, and the
//! work of acido with them: an image is a tree and a manifest; a tree that was
//! begun from an image is kept as what changed.
//!
//! ```text
//! file.aci ─▶ Entries ─▶ ImageStore ─▶ Stack ─▶ Plan ─┬─▶ Planter ─▶ DIR/rootfs
//!                                                     └─▶ Changes ◀─ walk ◀─┘
//!                                                           └─▶ TarWriter ─▶ file.aci
//! ```
//!
//! All of it works for ordinary users. What only root may do is counted and
//! told, and known again when the tree is built.
//!
//! Nothing here is async: it is for threads that may block.

mod app;
mod archive;
mod build;
mod cancellation;
pub mod convert;
mod copy;
pub mod diff;
mod entries;
mod extract;
mod fields;
mod image_id;
mod inode;
mod isolators;
mod labels;
pub mod manifest;
mod path;
mod reference;
pub mod render;
mod store;
mod substitutes;
mod tar_writer;
pub mod tree;

use std::io::{self, Read, Write};

pub use self::{
    app::{AciPort, AppSection, MountPoint, Variable},
    archive::{AciContents, manifest_of, read},
    build::{Build, Built},
    cancellation::Halt,
    copy::TreeCopy,
    diff::TreeChanges,
    entries::{AciEntries, AciEntry, AciForm, AciNode, Is},
    extract::{ExtractFolder, Extracted, How, extract, start_build},
    image_id::{ImageHashing, ImageId, ImageKey, ImageKeyError, KeyPrefix},
    inode::{Device, Group, Inode, InodeKind, SeenInode, Time, View},
    labels::{AciLabel, AciLabels, LabelsError, Name, ParseNameError},
    manifest::{AciDependency, AciManifest},
    path::{PathError, TreePath},
    reference::{AciReference, App, ParseAciReferenceError},
    render::{LayerBlob, Placed, RenderPlan, Stack},
    store::{ImageStore, Import, Imported, StoredAci},
    tar_writer::TarWriter,
};

/// Copies `size` bytes, in large pieces.
fn copy_exactly(from: &mut dyn Read, size: u64, to: &mut dyn Write) -> io::Result<()> {
    const PIECE: u64 = 128 << 10;
    let mut buffer = vec![0; usize::try_from(size.min(PIECE)).unwrap_or_default()];
    let mut left = size;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        match from.read(&mut buffer[..most]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                to.write_all(&buffer[..count])?;
                left -= count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What an image's tree is called beside its manifest.
const ROOTFS: &str = "rootfs";
/// What an image's manifest is called beside its tree.
const MANIFEST: &str = "manifest";
