//! `castoff veea`: Veea image directories.

mod app;
mod chain;
mod listing;
mod options;
mod released;
mod seal_trust;
mod verify;

pub(crate) use self::chain::{steps, task};

use super::output::Out;
use crate::{app::wiring::sinks::NamedSinks, cli::ArchiveVerb, error::Error};

/// Does what was asked of archives that are there.
pub(crate) async fn archive(
    known: &NamedSinks,
    verb: ArchiveVerb,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    match verb {
        ArchiveVerb::Verify(args) => verify::verify(known, &args, out).await,
        ArchiveVerb::App(verb) => app::app(known, verb, out).await,
    }
}
