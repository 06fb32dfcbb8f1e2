//! The signer that a user names: one of the configuration, or a key.

use std::path::{Path, PathBuf};

use crate::{
    app::wiring::{
        keys::{COSIGN_PASSWORD, with_variable},
        signers,
        sinks::NamedSinks,
    },
    error::Error,
    model::{ArtifactKind, SecretSource, SignerKind, SignerName, SignerSpec, Signing},
    sign::read_key,
};

/// A signer, as a user names it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignerChoice {
    /// The name of a signer of the configuration; with one, all else is empty.
    pub(crate) signer: Option<String>,
    /// A file with a private key.
    pub(crate) key: Option<PathBuf>,
    /// The URL of a notary server.
    pub(crate) notary_server: Option<String>,
    /// The folder of notary's keys.
    pub(crate) trust_dir: Option<PathBuf>,
    /// The role at the notary server.
    pub(crate) role: Option<String>,
    /// Whether each platform's manifest is signed too.
    pub(crate) platforms: bool,
    /// How files are signed.
    pub(crate) with: Option<SignerKind>,
    /// The certificate of the key.
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between that one and the root.
    pub(crate) chain: Option<PathBuf>,
    /// Whether the signature of a file holds the file.
    pub(crate) attached: bool,
}

impl SignerChoice {
    /// The signer of what is of a kind; files need not be published.
    ///
    /// # Errors
    ///
    /// Fails where none is named, or one that signs nothing of that kind.
    pub(crate) fn find(&self, known: &NamedSinks, kind: ArtifactKind) -> Result<SignerSpec, Error> {
        match kind {
            ArtifactKind::Image => self.of_images(known),
            ArtifactKind::Files => self.of_files(known),
        }
    }

    /// Whether something is said that is only for files.
    fn is_for_files(&self) -> bool {
        self.certificate.is_some() || self.with.is_some_and(|with| with != SignerKind::Cosign)
    }

    /// The signer: one of the configuration, or one of the command line.
    fn of_images(&self, known: &NamedSinks) -> Result<SignerSpec, Error> {
        if self.is_for_files() {
            return Err(Error::usage(
                "--certificate and --with apply only to files, and no file is named",
            ));
        }
        if let Some(name) = &self.signer {
            return signers::named(known, name);
        }
        let here = &known.folder;
        let key = self.key.as_ref().map(|key| here.join(key));
        let is_notary =
            self.notary_server.is_some() || self.trust_dir.is_some() || self.role.is_some();
        let with = match (key, is_notary) {
            (key, true) => Signing::Notary {
                key,
                server: self.notary_server.clone(),
                trust_dir: self.trust_dir.as_ref().map(|folder| here.join(folder)),
                role: self.role.clone(),
                root_passphrase: SecretSource::usual("notary-root"),
            },
            (Some(key), false) => Signing::Cosign { key, platforms: self.platforms },
            (None, false) => {
                return Err(Error::usage("no signer is named").hint(
                    "give --signer NAME of castoff.toml, --key FILE, or --notary-server URL",
                ));
            }
        };
        let name = match &with {
            Signing::Cosign { key, .. } => stem(key),
            _ => "notary".to_owned(),
        };
        Ok(SignerSpec { passphrase: passphrase(&name), name: SignerName(name), with })
    }

    /// The signer of files: one of the configuration, or one of the command
    /// line's.
    fn of_files(&self, known: &NamedSinks) -> Result<SignerSpec, Error> {
        let is_notary =
            self.notary_server.is_some() || self.trust_dir.is_some() || self.role.is_some();
        if is_notary || self.platforms {
            let what = "--platforms and the options of notary apply only to images, and these \
                        are files";
            return Err(Error::usage(what));
        }
        if let Some(name) = &self.signer {
            return signers::named(known, name);
        }
        let here = &known.folder;
        let key = self.key.as_ref().map(|key| here.join(key)).ok_or_else(|| {
            Error::usage("no signer is named")
                .hint("give --signer NAME of castoff.toml, or --key FILE")
        })?;
        let kind = match self.with {
            Some(with) => with,
            None if self.certificate.is_some() => SignerKind::Cms,
            None => kind_of(&read_key(&key)?),
        };
        let name = key.file_stem().map_or_else(|| "key".into(), |stem| stem.to_string_lossy());
        let passphrase = match kind {
            SignerKind::Cosign => passphrase(&name),
            _ => SecretSource::usual(&name),
        };
        let name = SignerName(name.into_owned());
        let with = match kind {
            SignerKind::Cms => Signing::Cms {
                key,
                certificate: self.certificate.as_ref().map(|path| here.join(path)).ok_or_else(
                    || Error::usage("CMS needs the key's certificate: --certificate FILE"),
                )?,
                chain: self.chain.as_ref().map(|path| here.join(path)),
                detached: !self.attached,
            },
            SignerKind::OpenPgp => Signing::OpenPgp { key },
            SignerKind::Minisign => Signing::Minisign { key },
            _ => Signing::Cosign { key, platforms: false },
        };
        if self.certificate.is_some() && kind != SignerKind::Cms {
            return Err(Error::usage(format!("{kind} uses no certificate")));
        }
        Ok(SignerSpec { name, passphrase, with })
    }
}

/// Where the passphrase of a key comes from of which only the name is known.
pub(crate) fn passphrase(name: &str) -> Vec<SecretSource> {
    with_variable(&SecretSource::usual(name), COSIGN_PASSWORD)
}

/// What a key is called after its file.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "key".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// What a private key signs with where nothing else says so.
fn kind_of(key: &[u8]) -> SignerKind {
    let begins = |with: &[u8]| key.trim_ascii_start().starts_with(with);
    match key.first() {
        _ if begins(b"-----BEGIN PGP ") => SignerKind::OpenPgp,
        _ if begins(b"untrusted comment:") => SignerKind::Minisign,
        // What a binary packet of OpenPGP begins with (RFC 9580, section 4.2).
        Some(first) if first & 0x80 != 0 => SignerKind::OpenPgp,
        _ => SignerKind::Cosign,
    }
}
