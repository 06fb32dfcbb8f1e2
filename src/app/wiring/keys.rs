//! Private keys, opened with their passphrases before a run, and never in it.

use std::path::Path;

use crate::{
    model::{Failure, FailureKind, SecretSource, Side, SignerSpec, Signing, Unopened},
    secret::{ExposeSecret, Secret, Secrets},
    sign::{Form, KeyError, PrivateKey, read_key},
};

/// Where cosign looks for a passphrase.
pub(crate) const COSIGN_PASSWORD: &str = "COSIGN_PASSWORD";

/// Opens a key file, with its passphrase where it has one.
pub(crate) async fn private_key(
    spec: &SignerSpec,
    path: &Path,
    form: Form,
    secrets: &Secrets,
) -> Result<PrivateKey, Failure> {
    let open =
        move |text: &[u8], passphrase: Option<&[u8]>| PrivateKey::open(text, passphrase, form);
    open_key(spec, path, secrets, open).await
}

/// Reads a key file, and opens it as `open` does, with its passphrase where it
/// has one.
pub(crate) async fn open_key<K: Send + 'static>(
    spec: &SignerSpec,
    path: &Path,
    secrets: &Secrets,
    open: impl Fn(&[u8], Option<&[u8]>) -> Result<K, KeyError> + Clone + Send + 'static,
) -> Result<K, Failure> {
    let text = read_key(path)?;
    match open(&text, None) {
        Ok(key) => return Ok(key),
        Err(KeyError::NoPassphrase) => {}
        Err(error) => return Err(error.at(path.display())),
    }
    let what = format!("the passphrase of {}", spec.name);
    // Where the configuration names sources, they are all that is asked.
    let is_usual = spec.passphrase == SecretSource::usual(&spec.name.0);
    let sources = match &spec.with {
        Signing::Cosign { .. } if is_usual => with_variable(&spec.passphrase, COSIGN_PASSWORD),
        _ => spec.passphrase.clone(),
    };
    let tried = |passphrase: Secret| {
        let (text, open) = (text.clone(), open.clone());
        let opened = tokio::task::spawn_blocking(move || {
            open(&text, Some(passphrase.expose_secret().as_bytes()))
        });
        async move {
            let lost = |error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
            let opened = opened.await.map_err(|error| Unopened::Other(lost(error)))?;
            opened.map_err(|error| error.unopened(path.display()))
        }
    };
    secrets.open(&what, &sources, tried).await
}

/// The same sources and the variable that other tools read: no prompt comes
/// before it.
pub(crate) fn with_variable(sources: &[SecretSource], variable: &str) -> Vec<SecretSource> {
    let mut sources = sources.to_vec();
    let source = SecretSource::Env(variable.to_owned());
    let prompt = sources.iter().position(|source| *source == SecretSource::Prompt);
    if !sources.contains(&source) {
        sources.insert(prompt.unwrap_or(sources.len()), source);
    }
    sources
}
