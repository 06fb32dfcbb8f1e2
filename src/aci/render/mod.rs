//! What an image looks like with all that it stands on
//! (App Container specification, "Dependency Matching", "pathWhitelist").
//!
//! [`Stack`] lists the images, [`Plan`] says which of them gives what, from
//! their headers alone, and [`Plan::stream`] reads them once more and hands
//! out what they give. Only that last reading makes sure that the images are
//! what their names say: what was made of them is good when it is over.

mod blob;
mod plan;
mod stack;
mod stream;

pub(super) use self::plan::{Above, Filter, Headers, WHITEOUT, nodes};
pub use self::{
    blob::Blob,
    plan::{Plan, Source},
    stack::{Placed, Stack},
    stream::Given,
};
