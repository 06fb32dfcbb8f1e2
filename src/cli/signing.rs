//! What `castoff sign` and `castoff verify` understand.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::TrustArgs;
use crate::model::{Platform, SignerKind};

/// `castoff sign`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignArgs {
    /// What is signed, each as a URL or SINK/NAME with :TAG or @DIGEST, or as a file that is there.
    #[arg(value_name = "REF", required_unless_present = "generate_key")]
    pub(crate) references: Vec<String>,
    /// The name and tag, where REF names only the place.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// A signer of castoff.toml. Without one, the options below say who signs.
    #[arg(long, value_name = "NAME", conflicts_with_all = [
        "key", "server", "trust_dir", "role", "certificate", "chain", "attached", "with",
    ])]
    pub(crate) signer: Option<String>,
    /// Signs with this private key: as cosign does, at a notary server, or as --with says.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Signs at this notary server.
    #[arg(long = "notary-server", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// What is not a notary server.
    #[arg(long = "server", value_name = "URL", hide = true)]
    pub(crate) service: Option<String>,
    /// The folder of notary's keys; otherwise Docker's own.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) trust_dir: Option<PathBuf>,
    /// The role that signs at a notary server, such as targets/releases.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// Also signs each platform's manifest.
    #[arg(long)]
    pub(crate) platforms: bool,
    #[command(flatten)]
    pub(crate) file: SignFileArgs,
    /// Shows what would be signed, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Makes a key pair instead, in the form of cosign: NAME.key, encrypted, and NAME.pub.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["references", "signer", "dry_run"])]
    pub(crate) generate_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// How files are signed.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignFileArgs {
    /// How files are signed; otherwise, what the key and the other options are for.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) with: Option<With>,
    /// The certificate of the key, in PEM: files are signed with CMS.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between that one and the root, in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) chain: Option<PathBuf>,
    /// Puts what is signed into the CMS signature.
    #[arg(long, requires = "certificate")]
    pub(crate) attached: bool,
}

/// `castoff verify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// What is looked at: a URL or SINK/NAME, with :TAG or @DIGEST, or a file that is there.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// The name and tag, where REF names only the place.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// A public key or a certificate, in PEM; for files also one of gpg or minisign.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["signer", "server", "service", "certificate"],
        conflicts_with = "certificate",
    )]
    pub(crate) key: Option<PathBuf>,
    /// A signer of castoff.toml, whose public key lies beside the private one, or one of a notary
    /// server.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["key", "certificate"])]
    pub(crate) signer: Option<String>,
    /// A notary server, which says what the tag means.
    #[arg(long = "notary-server", value_name = "URL", conflicts_with_all = [
        "key", "signer", "platform", "certificate", "signature",
    ])]
    pub(crate) server: Option<String>,
    /// What is not a notary server.
    #[arg(long = "server", value_name = "URL", hide = true)]
    pub(crate) service: Option<String>,
    /// For files: the certificates, in PEM, that a CMS signer's must lead to.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// The signature of a file; otherwise, the one that lies beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
    /// The signature of this platform's manifest, as OS/ARCH[/VARIANT].
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// How files are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum With {
    /// A CMS signature, FILE.p7s, or FILE.p7m with FILE within.
    Cms,
    /// A signature as of gpg, FILE.asc.
    #[value(name = "openpgp")]
    OpenPgp,
    /// A minisign signature, FILE.minisig.
    Minisign,
    /// A signature as of cosign sign-blob, FILE.sig.
    Cosign,
}

impl From<With> for SignerKind {
    fn from(with: With) -> Self {
        match with {
            With::Cms => Self::Cms,
            With::OpenPgp => Self::OpenPgp,
            With::Minisign => Self::Minisign,
            With::Cosign => Self::Cosign,
        }
    }
}
