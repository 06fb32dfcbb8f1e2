//! The arguments of `castoff sign` and `castoff verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::TrustArgs;
use crate::model::{Platform, SignerKind};

/// `castoff sign`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignArgs {
    /// What to sign: a URL or SINK/NAME with :TAG or @DIGEST, or an existing file.
    #[arg(value_name = "REF", required_unless_present = "generate_key")]
    pub(crate) references: Vec<String>,
    /// Name and tag, if REF has none.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// Sign as this signer of castoff.toml, instead of with the options below.
    #[arg(long, value_name = "NAME", conflicts_with_all = [
        "key", "server", "trust_dir", "role", "certificate", "chain", "attached", "with",
    ])]
    pub(crate) signer: Option<String>,
    /// Sign with this private key: as cosign does, at a notary server, or in the format of --with.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Sign at this notary server.
    #[arg(long = "notary-server", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Refused, with the name of the option for a notary server.
    #[arg(long = "server", value_name = "URL", hide = true)]
    pub(crate) service: Option<String>,
    /// Folder of notary's keys; Docker's by default.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) trust_dir: Option<PathBuf>,
    /// Role that signs at a notary server, such as targets/releases.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// Also sign each platform's manifest.
    #[arg(long)]
    pub(crate) platforms: bool,
    #[command(flatten)]
    pub(crate) file: SignFileArgs,
    /// Show what would be signed, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Make a key pair for cosign instead: NAME.key, encrypted, and NAME.pub.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["references", "signer", "dry_run"])]
    pub(crate) generate_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// How files are signed.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignFileArgs {
    /// Format of a file's signature; by default, that of the key and the other options.
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) with: Option<With>,
    /// Certificate of the key, in PEM; files are then signed with CMS.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Certificates between that one and the root, in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) chain: Option<PathBuf>,
    /// Include the file in its CMS signature.
    #[arg(long, requires = "certificate")]
    pub(crate) attached: bool,
}

/// `castoff verify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// What to verify: a URL or SINK/NAME with :TAG or @DIGEST, or an existing file.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// Name and tag, if REF has none.
    #[arg(short, long, value_name = "NAME:TAG")]
    pub(crate) tag: Option<String>,
    /// Public key or certificate, in PEM; for files also a key of gpg or minisign.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["signer", "server", "service", "certificate"],
        conflicts_with = "certificate",
    )]
    pub(crate) key: Option<PathBuf>,
    /// Signer of castoff.toml: its public key beside the private one, or its notary server.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["key", "certificate"])]
    pub(crate) signer: Option<String>,
    /// Notary server to ask for the digest that the tag must name.
    #[arg(long = "notary-server", value_name = "URL", conflicts_with_all = [
        "key", "signer", "platform", "certificate", "signature",
    ])]
    pub(crate) server: Option<String>,
    /// Refused, with the name of the option for a notary server.
    #[arg(long = "server", value_name = "URL", hide = true)]
    pub(crate) service: Option<String>,
    /// For files: the certificates, in PEM, that the CMS signer's must chain to.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Signature of the file; by default, the one beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
    /// Verify the manifest of this platform, as OS/ARCH[/VARIANT].
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// The formats of file signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum With {
    /// CMS: FILE.p7s, or FILE.p7m if it contains FILE.
    Cms,
    /// OpenPGP, as gpg writes it: FILE.asc.
    #[value(name = "openpgp")]
    OpenPgp,
    /// minisign: FILE.minisig.
    Minisign,
    /// cosign, as cosign sign-blob writes it: FILE.sig.
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
