//! The sinks: where content goes.

mod attach;
mod disk;
pub mod engine_daemon;
mod held;
pub mod layout;
mod lease;
mod mark;
pub mod objects;
mod piece;
mod registry;
mod rivals;
mod shelves;
mod spoiled;
pub mod static_files;
pub mod static_registry;
mod sweepers;
mod tag_list;
mod turn;

pub use registry::RegistrySink;
pub use shelves::{LayoutCatalog, ObjectsCatalog, RegistryCatalog};

use crate::model::{Digest, Failure, FailureKind, Side};

/// A tag that names something else than it should.
fn moved(now: Option<&Digest>) -> Failure {
    let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    Failure::new(FailureKind::Conflict, Side::Sink, format!("it moved meanwhile, and names {now}"))
}

/// The failure of a document that cannot be read, and that others rely on.
fn unreadable(error: &(dyn std::error::Error + 'static), name: impl std::fmt::Display) -> Failure {
    Failure::from_error(FailureKind::Invalid, Side::Sink, error)
        .context("it cannot be read, so nothing was written over it")
        .context(name)
}
