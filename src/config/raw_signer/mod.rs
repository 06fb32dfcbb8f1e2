//! `[[signer]]`, and where passphrases come from.

pub(super) mod parts;
mod service;

use self::parts::{is_server, path, read_source};
use super::{
    fields::{At, Fields},
    problem::Problems,
    required::required,
};
use crate::model::{SecretSource, SignerKind, Signing};

/// `[[signer]]`.
pub(super) struct RawSigner {
    pub(super) name: At<String>,
    pub(super) passphrase: Vec<SecretSource>,
    /// None where it is mistaken.
    pub(super) with: Option<Signing>,
}

impl RawSigner {
    pub(super) fn read(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let at = fields.place().clone();
        let name = fields.string("name", problems);
        let before = problems.0.len();
        let kind = fields.parse::<SignerKind>("kind", problems);
        if kind.is_none() && problems.0.len() == before {
            let hint = Some("write it as kind = \"cosign\"".into());
            problems.add(&at, "`signer.kind` is missing", hint);
        }
        let name = required(name, &at, "signer.name", problems);
        // Without both, the other required keys are not known.
        let (name, kind) = (name?, kind?.value);
        let is_cms = kind == SignerKind::Cms;
        let service = is_cms.then(|| fields.string("service", problems)).flatten();
        let (secret, with) = match service {
            Some(service) => ("password", service::read(&mut fields, service, problems)),
            None => ("passphrase", read_signing(&mut fields, kind, &name.value, problems)),
        };
        let passphrase = read_sources(&mut fields, secret, &name.value, problems);
        fields.finish(&[], problems);
        Some(Self { name, passphrase, with })
    }
}

/// What the signers of one kind need.
fn read_signing(
    fields: &mut Fields<'_, '_>,
    kind: SignerKind,
    name: &str,
    problems: &mut Problems,
) -> Option<Signing> {
    let key = path(fields, "key", problems);
    if kind == SignerKind::Notary {
        return Some(Signing::Notary {
            key,
            server: read_server(fields, problems),
            trust_dir: path(fields, "trust_dir", problems),
            role: fields.string("role", problems).map(|role| role.value),
            root_passphrase: {
                let name = format!("{name}-root");
                read_sources(fields, "root_passphrase", &name, problems)
            },
        });
    }
    let at = fields.place().clone();
    let key = required(key, &at, "signer.key", problems);
    match kind {
        SignerKind::Notary | SignerKind::Checksums => None,
        SignerKind::Cosign => {
            let platforms = fields.bool("platforms", problems).unwrap_or_default();
            Some(Signing::Cosign { key: key?, platforms })
        }
        SignerKind::Cms => {
            let certificate = path(fields, "certificate", problems);
            let certificate = required(certificate, &at, "signer.certificate", problems);
            let chain = path(fields, "chain", problems);
            let detached = fields.bool("detached", problems).unwrap_or(true);
            Some(Signing::Cms { key: key?, certificate: certificate?, chain, detached })
        }
        SignerKind::OpenPgp => Some(Signing::OpenPgp { key: key? }),
        SignerKind::Minisign => Some(Signing::Minisign { key: key? }),
    }
}

fn read_server(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<String> {
    let At { value, at } = fields.string("server", problems)?;
    if !is_server(&value) {
        // It is not repeated: there may be a password in it.
        let hint = "write it as server = \"https://notary.example.org\", without user or \
                    password";
        problems.add(&at, "`signer.server` is not the URL of a server", Some(hint.into()));
    }
    Some(value)
}

/// `{ keyring = "…" }` and its like, or a list of them; where nothing is said,
/// what is usual for `name`.
fn read_sources(
    fields: &mut Fields<'_, '_>,
    key: &'static str,
    name: &str,
    problems: &mut Problems,
) -> Vec<SecretSource> {
    match fields.some_tables(key, problems) {
        None => SecretSource::usual(name),
        Some(tables) => {
            let key = format!("signer.{key}");
            tables.into_iter().filter_map(|fields| read_source(fields, &key, problems)).collect()
        }
    }
}
