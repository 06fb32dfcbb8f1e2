//! Which secrets are needed, and where each would come from.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    app::wiring::secret_names::{self, Purpose},
    config::Config,
    environment::Environment,
    model::{Failure, SecretSource, SecretStanding, SignerSpec, Signing},
    registry::{Credentials, DockerConfig},
    secret::{Keyring, KeyringKind, first_to_answer},
};

/// What is known of all secrets, and which keyring has them, or why it could not be
/// asked.
pub(crate) struct Standings {
    pub(crate) rows: Vec<SecretStanding>,
    pub(crate) keyring: Result<KeyringKind, Failure>,
}

/// A secret that is needed.
#[derive(Default)]
struct Need {
    by: Vec<String>,
    /// Where a passphrase comes from.
    sources: Vec<SecretSource>,
}

/// What the configuration needs, and what else castoff has in the keyring, in
/// order of their names. No secret is read, and no command is run but
/// Docker's helpers.
pub(crate) async fn standings(
    keyring: &Keyring,
    environment: &Environment,
    config: Option<&Config>,
) -> Standings {
    let mut needs = config.map(needs).unwrap_or_default();
    let asked = keyring.present(needs.keys().cloned().collect()).await;
    let (keyring, present) = match asked {
        Ok((kind, present)) => (Ok(kind), Some(present)),
        Err(failure) => (Err(failure), None),
    };
    for name in present.iter().flatten() {
        needs.entry(name.clone()).or_default();
    }
    let mut rows = Vec::new();
    for (name, need) in needs {
        let in_keyring = present.as_ref().map(|present| present.contains(&name));
        let source = source(&name, &need, present.as_ref(), environment).await;
        rows.push(SecretStanding { name, needed_by: need.by.join(", "), in_keyring, source });
    }
    Standings { rows, keyring }
}

fn needs(config: &Config) -> BTreeMap<String, Need> {
    let mut needs: BTreeMap<String, Need> = BTreeMap::new();
    for signer in &config.signers {
        for (what, sources) in passphrases(signer) {
            // What comes from elsewhere is shown under the name of its owner.
            let named = sources.iter().find_map(|source| match source {
                SecretSource::Keyring(name) => Some(name.clone()),
                _ => None,
            });
            let need = needs.entry(named.unwrap_or_else(|| signer.name.0.clone())).or_default();
            need.by.push(what);
            need.sources = sources.to_vec();
        }
    }
    for sink in &config.sinks {
        if let Some(name) = secret_names::of(&sink.spec.url) {
            needs.entry(name).or_default().by.push(format!("sink {}", sink.spec.name));
        }
    }
    needs
}

/// The passphrases and passwords that a signer may need, each with what it is
/// for.
fn passphrases(signer: &SignerSpec) -> Vec<(String, &[SecretSource])> {
    let mut all = vec![(format!("signer {}", signer.name), &signer.passphrase[..])];
    let other = signer.with.other_secrets();
    match &signer.with {
        Signing::Notary { .. } => {
            all.push((format!("signer {}, its root key", signer.name), other));
        }
        Signing::CmsService { .. } if !other.is_empty() => {
            all.push((format!("signer {}, its client", signer.name), other));
        }
        _ => {}
    }
    all
}

/// Where a secret would come from, as far as that can be told.
async fn source(
    name: &str,
    need: &Need,
    present: Option<&BTreeSet<String>>,
    environment: &Environment,
) -> Option<String> {
    let has = |name: &str| present.is_some_and(|present| present.contains(name));
    let kept = || has(name).then(|| "keyring".to_owned());
    match secret_names::purpose(name) {
        Purpose::Login => {
            let config = DockerConfig { environment: environment.clone() };
            match config.find(name.trim_start_matches("docker://"), None).await {
                Ok(None) => kept(),
                Ok(Some(_)) => Some("Docker's configuration".to_owned()),
                Err(_) => Some("Docker's configuration, which cannot be read".to_owned()),
            }
        }
        Purpose::Keys if environment.raw("AWS_ACCESS_KEY_ID").is_some() => {
            Some("$AWS_ACCESS_KEY_ID".to_owned())
        }
        Purpose::Keys => kept().or_else(|| Some("AWS configuration".to_owned())),
        Purpose::Plain if need.sources.is_empty() => kept(),
        Purpose::Plain => match first_to_answer(&need.sources, environment, has)? {
            SecretSource::Keyring(of) if of == name => Some("keyring".to_owned()),
            source => Some(source.to_string()),
        },
    }
}
