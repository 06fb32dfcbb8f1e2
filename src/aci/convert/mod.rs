//! App Container Images as OCI images, and back.
//!
//! What an image stands on becomes layers, lowest first, or one layer with
//! all of it. Where a list of paths takes something away, a layer has a
//! whiteout (OCI image specification, layer.md, "Whiteouts"), and the other
//! way round. A layer depends only on its image and on what that one stands
//! on, so images with one base share its layers.

mod config;
mod from_oci;
mod layers;
mod platform;
mod running;

pub use self::{
    config::{Converted, Lost, lost, oci_config},
    from_oci::{ConvertedShape, Naming, OciImage},
    layers::{LayerPlan, layers},
    platform::{labels_of, platform_of},
};
use super::render::WHITEOUT;
use crate::model::{Failure, FailureKind, Side};

/// The name of the file that takes away all that lay in a folder.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// An image that cannot be converted.
fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what.into())
}
