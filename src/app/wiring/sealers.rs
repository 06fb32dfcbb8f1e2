//! The signers of documents, before a run: keys are opened, and a user of a
//! signing service is logged in there, so that a wrong password refuses before
//! anything is made.

use std::{fs::File, io::Read, path::Path, sync::Arc};

use serde::Deserialize;
use url::Url;

use super::{keys::private_key, patience, services::Services};
use crate::{
    login::{LoginSettings, ServiceLogin},
    model::{Failure, FailureKind, SecretSource, Side, SignerSpec, Signing},
    net::{ClientOptions, Http, Patience},
    ports::Sealer,
    secret::{Questions, Secrets},
    sign::{
        SignatureForm,
        cms::{Certificates, Cms, CmsTrust, Service},
        read_key,
    },
};

/// Where others' tools keep a user's name, below the home folder.
const VHC_CONFIG: &str = ".vhc/user-config.yaml";
/// The most that is read of it, in bytes.
const VHC_CONFIG_LIMIT: u64 = 64 << 10;

/// A signer of the configuration that seals documents.
pub(crate) async fn sealer(
    services: &Services,
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Arc<dyn Sealer>, Failure> {
    match &spec.with {
        Signing::Cms { .. } => Ok(Arc::new(key(spec, secrets).await?)),
        Signing::CmsService { .. } => {
            Ok(Arc::new(Box::pin(service(services, spec, secrets)).await?))
        }
        _ => Err(no_cms(spec)),
    }
}

/// A signer with a key of its own.
pub(crate) async fn key(spec: &SignerSpec, secrets: &Secrets) -> Result<Cms, Failure> {
    let Signing::Cms { key, certificate, chain, detached } = &spec.with else {
        return Err(no_cms(spec));
    };
    let (own, chain) = (read_key(certificate)?, chain.as_deref().map(read_key).transpose()?);
    let private = private_key(spec, key, SignatureForm::Asn1, secrets).await?;
    let chain = chain.as_ref().map(|chain| chain.as_slice());
    Certificates::of_key(private.public(), &own, chain)
        .and_then(|all| Cms::new(private, all, !detached, crate::app::wiring::clock::now()))
        .map_err(|error| error.at(certificate.display()))
}

/// A signer that is a service, with its user logged in.
pub(crate) async fn service(
    services: &Services,
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Service, Failure> {
    let Signing::CmsService { service, issuer, client, client_secret, user, ca, insecure, .. } =
        &spec.with
    else {
        return Err(no_cms(spec));
    };
    let (trust, idle) = (trust(spec)?, services.engine.idle_timeout);
    let http = Arc::new(Http::new(&ClientOptions {
        insecure: *insecure,
        ca: ca.clone(),
        connect_timeout: services.engine.connect_timeout,
        idle_timeout: idle,
        // All of it together has to end within the time of one answer.
        patience: Patience { attempts: 1, ..patience::patience(&services.engine) },
        ..ClientOptions::on(services.network.clone())
    })?);
    let (service, issuer) = (url(service)?, url(issuer)?);
    let client_secret = match &client_secret[..] {
        [] => None,
        sources => {
            Some(secrets.find(&format!("the client secret of {}", spec.name), sources).await?)
        }
    };
    let usual = user.clone().map_or_else(vhc_user, |user| Ok(Some(user)))?;
    let questions = questions(spec, usual.as_deref());
    let sources = &spec.passphrase;
    let (user, password) = secrets.find_login(&questions, usual.as_deref(), sources).await?;
    let client = client.clone();
    let settings = LoginSettings { issuer, client, client_secret, user, password, patience: idle };
    let login = ServiceLogin::begin(Arc::clone(&http), settings).await.map_err(|failure| {
        secrets.forget(sources);
        refused(failure, sources)
    })?;
    Ok(Service::new(http, service, login, trust, idle))
}

/// The certificates of a signer's seals: its own, or those that a
/// service's must lead to.
pub(crate) fn trust(spec: &SignerSpec) -> Result<CmsTrust, Failure> {
    let (Signing::Cms { certificate, .. } | Signing::CmsService { certificate, .. }) = &spec.with
    else {
        return Err(no_cms(spec));
    };
    roots(certificate)
}

/// Those with certificates that chain to one of a file, in PEM.
pub(crate) fn roots(path: &Path) -> Result<CmsTrust, Failure> {
    CmsTrust::roots(&read_key(path)?).map_err(|error| error.at(path.display()))
}

/// What `vhc` asks, in its words.
fn questions(spec: &SignerSpec, usual: Option<&str>) -> Questions {
    let usual = usual.map(|usual| format!(" [{usual}]")).unwrap_or_default();
    Questions {
        what: format!("the password of {}", spec.name),
        user: format!("  Enter Keycloak Username{usual}"),
        password: "  Enter Keycloak Password".to_owned(),
    }
}

/// Says what else can be done about a password that is not taken.
fn refused(failure: Failure, sources: &[SecretSource]) -> Failure {
    let name = sources.iter().find_map(|source| match source {
        SecretSource::Keyring(name) => Some(name),
        _ => None,
    });
    match name {
        Some(name) if failure.kind == FailureKind::Unauthorized => {
            failure.hint(format!("store the right one with castoff secret set {name}"))
        }
        _ => failure,
    }
}

fn url(text: &str) -> Result<Url, Failure> {
    // It was read once, with the configuration.
    Url::parse(text).map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Local, &error).context(text)
    })
}

fn no_cms(spec: &SignerSpec) -> Failure {
    let what = format!("signer `{}` signs with {}, not with CMS", spec.name, spec.kind());
    Failure::new(FailureKind::Invalid, Side::Local, what)
}

/// A user in the configuration of `vhc`, which is documented nowhere: what it
/// can be told to be, and nothing where it cannot be understood.
#[derive(Default, Deserialize)]
struct VhcConfig {
    #[serde(alias = "keycloak_username", alias = "user", alias = "email")]
    username: Option<String>,
}

fn vhc_user() -> Result<Option<String>, Failure> {
    let Ok(home) = etcetera::home_dir() else { return Ok(None) };
    let path = home.join(VHC_CONFIG);
    let failed = |error: std::io::Error| Failure::from_io(Side::Local, path.display(), &error);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    file.take(VHC_CONFIG_LIMIT).read_to_string(&mut text).map_err(failed)?;
    let options = serde_saphyr::options! { with_snippet: false };
    let config = serde_saphyr::from_str_with_options::<Option<VhcConfig>>(&text, options);
    let user = config.ok().flatten().and_then(|config| config.username);
    Ok(user.filter(|user| !user.is_empty() && !user.chars().any(char::is_control)))
}
