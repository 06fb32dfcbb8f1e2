//! `castoff veea`: releases for `VeeaHubs`.

mod app;
mod released;
mod verify;

use std::io;

use super::{named::NamedSinks, out::Out, sealers, signers};
use crate::{
    cli::{GlobalArgs, SealTrustArgs, VeeaVerb},
    error::{Error, Exit},
    model::{Failure, FailureKind, Side, SignerKind},
    release_archive::Policy,
    sign::cms::Trust,
};

/// Does what was asked.
pub(super) async fn veea(global: &GlobalArgs, verb: VeeaVerb) -> Result<Exit, Error> {
    let mut to = io::stdout();
    let mut out = Out::new(&mut to, global);
    let known = NamedSinks::of(global)?;
    match verb {
        VeeaVerb::Verify(args) => verify::verify(&known, &args, &mut out).await?,
        VeeaVerb::App(verb) => app::app(&known, verb, &mut out).await?,
    }
    Ok(Exit::Done)
}

/// Whose seals are taken, and whether others are.
struct Taken {
    trust: Option<Trust>,
    unauthorised: bool,
}

impl Taken {
    /// As a command line says, else as the only CMS signer of the
    /// configuration.
    fn of(known: &NamedSinks, args: &SealTrustArgs) -> Result<Self, Error> {
        let unauthorised = args.unauth;
        if let Some(file) = &args.ca {
            return Ok(Self { trust: Some(sealers::roots(file)?), unauthorised });
        }
        let configured = known.0.iter().flat_map(|config| &config.signers);
        let mut configured = configured.filter(|signer| signer.kind() == SignerKind::Cms);
        let signer = match (&args.signer, configured.next(), configured.next()) {
            (Some(name), ..) => Some(signers::named(known, name)?),
            (None, Some(only), None) => Some(only.clone()),
            (None, ..) => None,
        };
        let trust = signer.as_ref().map(sealers::trust).transpose()?;
        if trust.is_none() && !unauthorised {
            return Err(Error::usage("nobody is named whose signature is taken")
                .hint("give --ca FILE, or --signer NAME of castoff.toml"));
        }
        Ok(Self { trust, unauthorised })
    }

    fn policy(&self) -> Policy<'_> {
        let (trust, unauthorised) = (self.trust.as_ref(), self.unauthorised);
        Policy { trust, unauthorised, now: jiff::Timestamp::now() }
    }
}

/// Does what takes long where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?
}
