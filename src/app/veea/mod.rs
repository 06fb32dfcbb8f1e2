//! `castoff veea`: Veea image directories.

mod asked;
mod chain;
mod listing;
mod pending;

pub(super) use self::{
    chain::task,
    pending::{is_compiled, open, pending},
};
use crate::{
    cli::{GlobalArgs, VeeaVerb},
    error::{Error, Exit},
};

/// Does what was asked of image directories.
pub(super) async fn veea(global: &GlobalArgs, verb: VeeaVerb) -> Result<Exit, Error> {
    match verb {
        VeeaVerb::Step(step) => {
            let (args, last) = step.split();
            chain::chain(global, &args, last).await
        }
    }
}
