//! `castoff veea`: Veea image directories.

mod app;
mod asked;
mod chain;
mod listing;
mod released;
mod verify;

pub(crate) use self::chain::task;
use jiff::Timestamp;

use super::out::Out;
use crate::{
    app::wiring::{sealers, signers, sinks::NamedSinks},
    cli::{ArchiveVerb, GlobalArgs, SealTrustArgs, VeeaVerb},
    error::{Error, Exit},
    model::{Failure, FailureKind, Side},
    release_archive::Policy,
    sign::cms::Trust,
    streams,
};

/// Does what was asked of image directories.
pub(crate) async fn veea(global: &GlobalArgs, verb: VeeaVerb) -> Result<Exit, Error> {
    match verb {
        VeeaVerb::Step(step) => {
            let (args, last) = step.split();
            chain::chain(global, &args, last).await
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

/// Whose seals are taken, and whether others are.
struct Taken {
    trust: Option<Trust>,
    unauthorised: bool,
    at: Timestamp,
}

impl Taken {
    /// As a command line says, else as the only CMS signer of the
    /// configuration.
    fn of(known: &NamedSinks, args: &SealTrustArgs) -> Result<Self, Error> {
        let (unauthorised, at) = (args.unauth, args.at.unwrap_or_else(Timestamp::now));
        if let Some(file) = &args.ca {
            return Ok(Self { trust: Some(sealers::roots(file)?), unauthorised, at });
        }
        let signer = match &args.signer {
            Some(name) => Some(signers::named(known, name)?),
            None => asked::only_cms(known),
        };
        let trust = signer.as_ref().map(sealers::trust).transpose()?;
        if trust.is_none() && !unauthorised {
            return Err(Error::usage("nobody is named whose signature is taken")
                .hint("give --ca FILE, or --signer NAME of castoff.toml"));
        }
        Ok(Self { trust, unauthorised, at })
    }

    fn policy(&self) -> Policy<'_> {
        let (trust, unauthorised) = (self.trust.as_ref(), self.unauthorised);
        Policy { trust, unauthorised, now: self.at }
    }
}

/// Does what takes long where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?
}
