//! Runs a plan.
//!
//! [`Engine::run`] is the only task that changes a [`Run`](crate::run::Run). Workers tell it
//! facts over a channel; it numbers them, folds them, hands them to the
//! [`RunLog`](crate::run::RunLog) and shows them to an [`Observer`](crate::run::Observer), in that order, so every
//! observer sees the same history.
//!
//! The engine knows plans and ports, and nothing of archives and registries.

mod attempt;
mod copy;
mod dispatcher;
mod event_sinks;
mod inputs;
mod limits;
mod line;
mod live;
mod redo;
mod settings;
mod work;
mod worker;

pub use copy::{Copier, graph};
pub use inputs::Inputs;
pub use limits::Limits;
pub use line::RunLine;
pub use settings::{Engine, Start};
pub use work::{
    Elsewhere, ReleaseWorker, Signers, lost_makes, moved, notices, old_checks, signed_over,
};
pub use worker::{JobDone, Teller, Worker};
