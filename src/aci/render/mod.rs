//! What an image looks like with all that it stands on
//! (App Container specification, "Dependency Matching", "pathWhitelist").
//!
//! [`Stack`] lists the images, [`RenderPlan`] says which of them gives what, from
//! their headers alone, and [`RenderPlan::stream`] reads them once more and hands
//! out what they give. Only that last reading makes sure that the images are
//! what their names say: what was made of them is good when it is over.

mod blob;
mod plan;
mod stack;
mod stream;

pub(super) use self::plan::{Above, Headers, RenderFilter, WHITEOUT, nodes};
pub use self::{
    blob::LayerBlob,
    plan::{RenderPlan, RenderSource},
    stack::{Placed, Stack},
    stream::RenderedEntry,
};
