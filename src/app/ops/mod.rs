//! What castoff can do, for every face: plans are made, runs are begun, gone on
//! with and undone. All of it returns values, and prints nothing.

pub(crate) mod agreement;
pub(crate) mod building;
pub(crate) mod changes;
pub(crate) mod history;
pub(crate) mod journal_trust;
pub(crate) mod notices;
pub(crate) mod pending_archives;
mod pending_build;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod run_label;
pub(crate) mod sources;
pub(crate) mod this_machine;
pub(crate) mod undo;
pub(crate) mod unfinished;
