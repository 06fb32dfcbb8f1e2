//! Which signers sign what is pushed of packages.
//!
//! By notary where a server is named, else by the signers that the command line
//! or castoff.toml names.

use super::passphrase;
use crate::{
    app::wiring::{signers, sinks::NamedSinks},
    environment::Environment,
    error::Error,
    model::{ArtifactKind, Failure, SecretSource, SignerKind, SignerName, SignerSpec, Signing},
    recipe::linuxkit::Publish,
};

/// What the signer of packages is called where castoff.toml names none.
const SIGNER: &str = "notary";
/// What the passphrase of its root key is called.
const ROOT: &str = "notary-root";
/// The notary server that Docker's tools are told to take.
const SERVER: &str = "DOCKER_CONTENT_TRUST_SERVER";
/// Whether Docker's tools sign and look for signatures.
const TRUST: &str = "DOCKER_CONTENT_TRUST";

/// The signers that there are for packages.
pub(super) struct PackageSigners {
    /// Notary, where a server is named.
    pub(super) notary: Option<SignerSpec>,
    /// Those of castoff.toml that sign images otherwise.
    others: Vec<SignerSpec>,
    /// Those that the command line names.
    named: Vec<SignerSpec>,
}

impl PackageSigners {
    /// Those of the environment, of castoff.toml, and those called `named`.
    pub(super) fn of(
        known: &NamedSinks,
        named: &[String],
        environment: &Environment,
    ) -> Result<Self, Error> {
        let named = named.iter().map(|name| signers::named(known, name));
        let named: Vec<SignerSpec> = named.collect::<Result<_, _>>()?;
        if let Some(other) = named.iter().find(|spec| !spec.fits(ArtifactKind::Image)) {
            let what = format!("the signer `{}` signs files, not images", other.name);
            return Err(Error::usage(what).hint("use a signer of kind cosign or notary"));
        }
        let configured = known.config.signers.iter();
        let (notary, others): (Vec<_>, Vec<_>) = configured
            .filter(|spec| spec.fits(ArtifactKind::Image))
            .cloned()
            .partition(|spec| spec.kind() == SignerKind::Notary);
        let notary = match notary.into_iter().next() {
            Some(spec) => Some(with_usual_passphrase(spec)?),
            None if is_server_named(environment) => Some(usual()?),
            None => None,
        };
        Ok(Self { notary, others, named })
    }

    /// Those that sign what is published of a package, where signing was not
    /// turned off.
    pub(super) fn of_package(&self, publish: &Publish, sign: bool) -> Vec<SignerSpec> {
        let notary = self.notary.iter().filter(|_| publish.sign);
        if self.named.is_empty() {
            let others = self.others.iter().filter(|_| publish.sign && self.notary.is_none());
            return notary.chain(others).cloned().collect();
        }
        if !publish.index || !sign {
            return Vec::new();
        }
        let is_new = |spec: &&SignerSpec| self.named.iter().all(|of| of.name != spec.name);
        self.named.iter().chain(notary.filter(is_new)).cloned().collect()
    }
}

/// Whether the environment names a server: by its URL, or as the usual one.
fn is_server_named(environment: &Environment) -> bool {
    let value = |name| environment.text(name).unwrap_or_default();
    !value(SERVER).is_empty()
        || matches!(value(TRUST).as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// Notary as LinuxKit uses it.
fn usual() -> Result<SignerSpec, Failure> {
    Ok(SignerSpec {
        name: SignerName(SIGNER.to_owned()),
        passphrase: passphrase::sources(SIGNER)?,
        with: Signing::Notary {
            key: None,
            server: None,
            trust_dir: None,
            role: None,
            root_passphrase: SecretSource::usual(ROOT),
        },
    })
}

/// A signer that says nothing of its passphrase has it where LinuxKit looks.
fn with_usual_passphrase(spec: SignerSpec) -> Result<SignerSpec, Failure> {
    if spec.passphrase != SecretSource::usual(&spec.name.0) {
        return Ok(spec);
    }
    Ok(SignerSpec { passphrase: passphrase::sources(&spec.name.0)?, ..spec })
}
