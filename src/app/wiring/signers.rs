//! Signers: their keys are opened before a run, and never in it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{file_signers, keys::private_key, notary, services::Services, sinks::NamedSinks};
use crate::{
    engine::Signers,
    error::Error,
    model::{Failure, FailureKind, Side, SignerSpec, Signing, escape, nearest},
    net::Clock,
    plan::{Job, Plan, Work},
    ports::Signer,
    run::Run,
    secret::Secrets,
    sign::{PublicKey, SignatureForm, cosign::Cosign, read_key, sums::Sums},
};

/// Opens the keys that the rest of `run` needs. Tells of all that cannot be
/// opened, not of the first alone.
pub(crate) async fn open(services: &Services, run: &Run) -> Result<Signers, Error> {
    let plan = run.plan();
    // A check has that signed again which it does not find.
    let is_over = |job: &Job| {
        let checks = plan.jobs().iter().filter(|check| check.after.contains(&job.id));
        run.is_done(job.id) && checks.map(|check| check.id).all(|check| run.is_done(check))
    };
    let is_needed = |spec: &&SignerSpec| {
        plan.jobs().iter().any(|job| {
            matches!(&job.work, Work::Sign { signer, .. } if *signer == spec.name) && !is_over(job)
        })
    };
    let secrets = services.secrets_of(run);
    let (mut signers, mut failures) = (Signers::new(), Vec::new());
    for spec in plan.known_signers().filter(is_needed) {
        match signer(services, spec, &secrets, &names(plan, spec)).await {
            Ok(signer) => {
                signers.insert(spec.name.clone(), signer);
            }
            Err(failure) => failures.push(failure.context(format!("signer `{}`", spec.name))),
        }
    }
    if failures.is_empty() { Ok(signers) } else { Err(failures.into()) }
}

/// What people call all that a signer signs.
fn names(plan: &Plan, spec: &SignerSpec) -> Vec<String> {
    let names = plan.jobs().iter().filter_map(|job| match &job.work {
        Work::Sign { sink, repository, signer, .. } if *signer == spec.name => {
            Some(plan.sink(sink)?.url.public_name(repository))
        }
        _ => None,
    });
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A signer of the configuration.
pub(crate) fn named(known: &NamedSinks, name: &str) -> Result<SignerSpec, Error> {
    let configured = known.config.signers.iter();
    let found = configured.clone().find(|signer| signer.name.0 == *name);
    found.cloned().ok_or_else(|| {
        let error = Error::usage(format!("there is no signer named `{}`", escape(name)));
        match nearest(name, configured.map(|signer| signer.name.0.as_str())) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("add a [[signer]] to castoff.toml, or give --key FILE"),
        }
    })
}

/// The public key that lies beside a private one, as cosign writes them.
pub(crate) fn public_key(spec: &SignerSpec) -> Option<PathBuf> {
    match &spec.with {
        Signing::Cosign { key, .. } => Some(key.with_extension("pub")).filter(|path| path.exists()),
        _ => None,
    }
}

/// Reads a public key, or that of a certificate, in PEM.
pub(crate) fn read_public(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::from_pem(&read_key(path)?, SignatureForm::Asn1)
        .map_err(|error| error.at(path.display()))
}

/// What is not signed is as wrong as what is signed wrongly.
pub(crate) fn wrong(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::NotFound => Failure { kind: FailureKind::Integrity, ..failure },
        _ => failure,
    }
}

/// A signer with its key open, for what is called `names`.
pub(crate) async fn signer(
    services: &Services,
    spec: &SignerSpec,
    secrets: &Secrets,
    names: &[String],
) -> Result<Arc<dyn Signer>, Failure> {
    match &spec.with {
        Signing::Cosign { key, .. } => {
            let key = private_key(spec, key, SignatureForm::Asn1, secrets).await?;
            Ok(Arc::new(Cosign::new(key, services.environment.clone())))
        }
        Signing::Notary { .. } => {
            Ok(Arc::new(notary::signer(services, spec, secrets, names).await?))
        }
        Signing::OpenPgp { .. } | Signing::Minisign { .. } => Ok(Arc::new(Sums::new(
            Some(file_signers::signer(services, spec, secrets).await?),
            Clock::system(),
        ))),
        Signing::Checksums => Ok(Arc::new(Sums::new(None, Clock::system()))),
        Signing::Cms { .. } | Signing::CmsService { .. } => {
            let what =
                "signers of kind cms sign single files with castoff sign, not artifacts".to_owned();
            Err(Failure::new(FailureKind::Invalid, Side::Local, what))
        }
    }
}
