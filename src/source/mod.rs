//! Where content comes from: archives, layouts, trees of files and App
//! Container Images.
//!
//! Each kind of [`Origin`](crate::model::Origin) has a
//! [`Maker`](crate::ports::Maker) here. A maker reads its files once, on a
//! thread that may block, and stops soon after it is no longer waited for.

mod app_container;
mod docker_archive;
mod documents;
mod file_tree;
mod image_file;
mod image_of;
mod kept;
mod layers;
mod names;
mod oci_layout;
mod platforms;
mod strangers;
mod tree;
mod work;

pub use app_container::AppContainerImages;
pub use docker_archive::{DockerArchive, Saved};
pub use file_tree::FileTree;
pub use image_file::LayoutOrArchive;
pub use image_of::ImageOf;
pub use names::names_in;
pub use oci_layout::{OciLayout, split};
pub(crate) use work::{copy_hashed, copy_into};

use std::fmt::Display;

use crate::model::{Failure, FailureKind, Side};

/// A failure of what was given.
fn invalid(what: impl Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}
