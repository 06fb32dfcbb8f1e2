//! The seals that are accepted where archives are checked.

use jiff::Timestamp;

use super::asked;
use crate::{
    app::wiring::{sealers, signers, sinks::NamedSinks},
    cli::SealTrustArgs,
    error::Error,
    release_archive::Policy,
    sign::cms::Trust,
};

/// The seals that are accepted, and whether unsigned archives are.
pub(super) struct SealTrust {
    trust: Option<Trust>,
    unauthorised: bool,
    at: Timestamp,
}

impl SealTrust {
    /// As a command line says, else as the only CMS signer of the
    /// configuration.
    pub(super) fn of(known: &NamedSinks, args: &SealTrustArgs) -> Result<Self, Error> {
        let (unauthorised, at) =
            (args.unauth, args.at.unwrap_or_else(crate::app::wiring::clock::now));
        if let Some(file) = &args.ca {
            return Ok(Self { trust: Some(sealers::roots(file)?), unauthorised, at });
        }
        let signer = match &args.signer {
            Some(name) => Some(signers::named(known, name)?),
            None => asked::only_cms(known),
        };
        let trust = signer.as_ref().map(sealers::trust).transpose()?;
        if trust.is_none() && !unauthorised {
            return Err(Error::usage("no trusted signer is given")
                .hint("give --ca FILE, or --signer NAME of castoff.toml"));
        }
        Ok(Self { trust, unauthorised, at })
    }

    pub(super) fn policy(&self) -> Policy<'_> {
        let (trust, unauthorised) = (self.trust.as_ref(), self.unauthorised);
        Policy { trust, unauthorised, now: self.at }
    }
}
