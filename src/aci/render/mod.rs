//! What an image looks like with all that it stands on
//! (App Container specification, "Dependency Matching", "pathWhitelist").
//!
//! [`Stack`] lists the images, [`Plan`] says which of them gives what, from
//! their headers alone, and [`Plan::stream`] reads them once more and hands
//! out what they give. Only that last reading makes sure that the images are
//! what their names say: what was made of them is good when it is over.

mod plan;
mod stack;
mod stream;

pub use self::{
    plan::{Plan, Source},
    stack::{Placed, Stack},
    stream::Given,
};
