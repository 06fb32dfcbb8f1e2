//! The signers of what is published, as configured. No secret is in it.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{ArtifactKind, SecretSource, SinkUrl};

/// A signer's name in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignerName(pub String);

/// A signer as configured. Its paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerSpec {
    /// Its name.
    pub name: SignerName,
    /// Where the passphrase of its key, or the password of its user, comes
    /// from: each is asked in turn. A key without a passphrase needs none.
    pub passphrase: Vec<SecretSource>,
    /// How it signs.
    pub with: Signing,
}

/// How a signer signs, and what it needs for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Signing {
    /// A cosign signature beside the image.
    Cosign {
        /// The private key.
        key: PathBuf,
        /// Whether each platform's manifest is signed too.
        platforms: bool,
    },
    /// A target of The Update Framework at a notary server.
    Notary {
        /// The delegation's private key; none: what `trust_dir` has.
        key: Option<PathBuf>,
        /// The server; none: the one that Docker would take.
        server: Option<String>,
        /// The folder of keys; none: Docker's own.
        trust_dir: Option<PathBuf>,
        /// The role that signs; none: `targets/releases` where it is there,
        /// else `targets`.
        role: Option<String>,
        /// Where the passphrase of the root key comes from.
        root_passphrase: Vec<SecretSource>,
    },
    /// A CMS signature (RFC 5652).
    Cms {
        /// The private key.
        key: PathBuf,
        /// The signer's certificate.
        certificate: PathBuf,
        /// Certificates between that one and the root.
        chain: Option<PathBuf>,
        /// Whether the signature is apart from what is signed.
        detached: bool,
    },
    /// A CMS signature that a service makes for the user that is logged in.
    CmsService {
        /// The service's URL.
        service: String,
        /// The login service, `OpenID` Connect.
        issuer: String,
        /// What castoff is called there.
        client: String,
        /// Where that is proven with a secret: where it comes from. Nothing: the
        /// client is public.
        client_secret: Vec<SecretSource>,
        /// The user; none: the one that is set elsewhere, or typed.
        user: Option<String>,
        /// The certificates that the service's must lead to.
        certificate: PathBuf,
        /// Certificates that both servers' may lead to besides the system's.
        ca: Option<PathBuf>,
        /// Whether plain HTTP and any server's certificate are accepted.
        insecure: bool,
    },
    /// A detached `OpenPGP` signature.
    OpenPgp {
        /// The private key.
        key: PathBuf,
    },
    /// A minisign signature.
    Minisign {
        /// The private key.
        key: PathBuf,
    },
    /// No signature: the sums of files alone, unsigned.
    Checksums,
}

/// The sorts of signers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignerKind {
    /// [`Signing::Cosign`].
    Cosign,
    /// [`Signing::Notary`].
    Notary,
    /// [`Signing::Cms`].
    Cms,
    /// [`Signing::OpenPgp`].
    OpenPgp,
    /// [`Signing::Minisign`].
    Minisign,
    /// [`Signing::Checksums`], which no configuration names.
    Checksums,
}

/// A word that names no sort of signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write cosign, notary, cms, openpgp or minisign")]
pub struct ParseSignerKindError;

impl SignerSpec {
    /// The signer that only writes the sums of files, unsigned.
    #[must_use]
    pub fn checksums() -> Self {
        let name = SignerName("SHA256SUMS".to_owned());
        Self { name, passphrase: Vec::new(), with: Signing::Checksums }
    }

    /// Its sort.
    #[must_use]
    pub fn kind(&self) -> SignerKind {
        self.with.kind()
    }

    /// Whether it signs artifacts of a kind.
    #[must_use]
    pub fn fits(&self, kind: ArtifactKind) -> bool {
        self.kind().fits(kind)
    }
}

impl Signing {
    /// The sort of signer.
    #[must_use]
    pub fn kind(&self) -> SignerKind {
        match self {
            Self::Cosign { .. } => SignerKind::Cosign,
            Self::Notary { .. } => SignerKind::Notary,
            Self::Cms { .. } | Self::CmsService { .. } => SignerKind::Cms,
            Self::OpenPgp { .. } => SignerKind::OpenPgp,
            Self::Minisign { .. } => SignerKind::Minisign,
            Self::Checksums => SignerKind::Checksums,
        }
    }

    /// Where else secrets come from that it needs.
    #[must_use]
    pub fn other_secrets(&self) -> &[SecretSource] {
        match self {
            Self::Notary { root_passphrase, .. } => root_passphrase,
            Self::CmsService { client_secret, .. } => client_secret,
            _ => &[],
        }
    }

    /// The same, with each of its paths changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Cosign { key, platforms } => Self::Cosign { key: change(key), platforms },
            Self::Notary { key, server, trust_dir, role, root_passphrase } => {
                let (key, trust_dir) = (key.map(&change), trust_dir.map(&change));
                Self::Notary { key, server, trust_dir, role, root_passphrase }
            }
            Self::Cms { key, certificate, chain, detached } => Self::Cms {
                key: change(key),
                certificate: change(certificate),
                chain: chain.map(&change),
                detached,
            },
            Self::CmsService {
                service,
                issuer,
                client,
                client_secret,
                user,
                certificate,
                ca,
                insecure,
            } => {
                let (certificate, ca) = (change(certificate), ca.map(change));
                Self::CmsService {
                    service,
                    issuer,
                    client,
                    client_secret,
                    user,
                    certificate,
                    ca,
                    insecure,
                }
            }
            Self::OpenPgp { key } => Self::OpenPgp { key: change(key) },
            Self::Minisign { key } => Self::Minisign { key: change(key) },
            Self::Checksums => Self::Checksums,
        }
    }
}

impl SignerKind {
    /// Whether a signer of this sort signs artifacts of `kind`. What CMS
    /// signs, release archives, is no artifact yet.
    #[must_use]
    pub fn fits(self, kind: ArtifactKind) -> bool {
        match self {
            Self::Cosign | Self::Notary => kind == ArtifactKind::Image,
            Self::OpenPgp | Self::Minisign | Self::Checksums => kind == ArtifactKind::Files,
            Self::Cms => false,
        }
    }

    /// Whether a signer of this sort signs artifacts of `kind` at a sink.
    #[must_use]
    pub fn signs_at(self, kind: ArtifactKind, url: &SinkUrl) -> bool {
        let is_held = match self {
            Self::Cosign => url.holds_signatures(),
            Self::Notary => matches!(url, SinkUrl::Registry { .. }),
            Self::OpenPgp | Self::Minisign | Self::Checksums => url.holds_sums(),
            Self::Cms => false,
        };
        is_held && self.fits(kind)
    }

    /// Its word in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cosign => "cosign",
            Self::Notary => "notary",
            Self::Cms => "cms",
            Self::OpenPgp => "openpgp",
            Self::Minisign => "minisign",
            Self::Checksums => "checksums",
        }
    }
}

impl std::str::FromStr for SignerKind {
    type Err = ParseSignerKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Cosign, Self::Notary, Self::Cms, Self::OpenPgp, Self::Minisign];
        all.into_iter().find(|kind| kind.word() == text).ok_or(ParseSignerKindError)
    }
}

impl fmt::Display for SignerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for SignerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::escape(&self.0).fmt(f)
    }
}
