//! `castoff veea`: Veea image directories.

mod app;
mod asked;
mod chain;
mod listing;
mod released;
mod seal_trust;
mod verify;

pub(crate) use self::chain::task;

use super::out::Out;
use crate::{
    app::wiring::sinks::NamedSinks,
    cli::{ArchiveVerb, GlobalArgs, VeeaVerb},
    error::{Error, Exit},
    streams,
};

/// Does what was asked of image directories.
pub(crate) async fn veea(global: &GlobalArgs, verb: VeeaVerb) -> Result<Exit, Error> {
    match verb {
        VeeaVerb::Step(step) => {
            let (args, last) = step.split();
            chain::chain(global, &args, &last).await
        }
        VeeaVerb::Archive(verb) => {
            let mut to = streams::stdout();
            archive(&global.workplace()?.known()?, verb, &mut Out::new(&mut to, global)).await?;
            Ok(Exit::Done)
        }
    }
}

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
