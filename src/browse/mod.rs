//! What is published, read from anywhere: what a tag names, down to the layers.
//!
//! Nothing here knows a registry from a folder: it asks a
//! [`Shelf`](crate::ports::Shelf). What comes from there is bounded and
//! verified by its digest.

mod age;
mod attached;
mod dated;
mod diff;
mod newer;
mod odd;
mod short;
mod tree;
mod version;
mod words;

pub use age::{Age, Series};
pub use attached::{AttachedManifest, attached};
pub use dated::{Dated, dated};
pub use diff::{Diff, PlatformChange, PlatformDiff, diff};
pub use newer::newer_version;
pub use odd::Odd;
pub use short::shortened;
pub use tree::{Branch, PublishedTree, outline, tree};
pub use version::TagVersion;
