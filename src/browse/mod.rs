//! What is published, read from anywhere: what a tag names, down to the layers.
//!
//! Nothing here knows a registry from a folder: it asks a
//! [`Shelf`](crate::ports::Shelf). What comes from there is bounded and
//! verified by its digest.

mod age;
mod attached;
mod broken;
mod dated_tag;
mod diff;
mod other_date;
mod short_versions;
mod tree;
mod version;
mod version_order;
mod words;

pub use age::{Age, Series};
pub use attached::{AttachedManifest, attached};
pub use broken::Odd;
pub use dated_tag::{Dated, dated};
pub use diff::{Diff, PlatformChange, PlatformDiff, diff};
pub use short_versions::shortened;
pub use tree::{Branch, PublishedTree, outline, tree};
pub use version::TagVersion;
pub use version_order::newer_version;
