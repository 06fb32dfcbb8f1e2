//! `castoff verify FILE`: whether a file is what was signed.

use std::{
    io::{Cursor, Write},
    path::{Path, PathBuf},
};

use super::{glimpse, open_file, shown, sign::beside};
use crate::{
    app::{
        verbs::output::Out,
        wiring::{sealers, signers, sinks::NamedSinks},
    },
    cli::VerifyArgs,
    error::Error,
    model::{Failure, FailureKind, Side, SignerKind, SignerSpec, Signing, escape},
    ports::{Shelf, Subject, Verified, blocking},
    sign::{
        cms::{CmsTrust, Verifier},
        cosign::BlobVerifier,
        file::{FileVerified, FileVerifier},
        minisign::MinisignVerifier,
        openpgp::OpenPgpVerifier,
        read_key, sums,
    },
};

/// What signatures are called that lie beside a file.
const ENDINGS: [&str; 5] = ["p7s", "p7m", "asc", "minisig", "sig"];

/// Checks a signature, and tells what it says.
pub(crate) async fn verify(
    known: &NamedSinks,
    args: &VerifyArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    if args.tag.is_some() || args.platform.is_some() {
        return Err(Error::usage("--tag and --platform apply only to images, and this is a file"));
    }
    let file = PathBuf::from(&args.reference);
    let (kind, told) = match &args.signature {
        Some(path) => checked(known, args, &file, path).await?,
        None => one_beside(known, args, &file).await?,
    };
    if out.is_json {
        let mut document = serde_json::to_value(&told).unwrap_or_default();
        document["file"] = args.reference.clone().into();
        document["kind"] = kind.word().into();
        return Ok(out.document(&document)?);
    }
    writeln!(out, "{}", escape(&args.reference))?;
    writeln!(out, "  signed   with {kind}")?;
    writeln!(out, "  by       {}", escape(&told.by))?;
    if let Some(at) = told.at {
        writeln!(out, "  at       {at}")?;
    }
    if let Some(comment) = &told.comment {
        writeln!(out, "  says     {}", escape(comment))?;
    }
    Ok(())
}

/// Checks the signatures of the sums of a release of files, of which one must
/// be right, and all files by them.
pub(crate) async fn verify_sums(
    known: &NamedSinks,
    args: &VerifyArgs,
    subject: &Subject,
    place: &dyn Shelf,
) -> Result<Verified, Error> {
    let (sums, signatures) = sums::published(subject, place).await.map_err(signers::wrong)?;
    let mut last = None;
    for signature in signatures {
        let kind = kind_of(&signature, Path::new(&subject.name))?;
        let checked = verifier(known, args, kind).and_then(|verifier| {
            let (mut signature, mut sums) = (Cursor::new(&signature), Cursor::new(&sums));
            Ok(verifier.verify(&mut signature, &mut sums, crate::app::wiring::clock::now())?)
        });
        match checked {
            Ok(told) => {
                sums::read_through(subject, place).await?;
                let digest = subject.node.digest.clone();
                return Ok(Verified { digest, by: told.by, name: subject.name.clone() });
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| {
        let why = "the checksums of its files are not signed";
        Failure::new(FailureKind::Integrity, Side::Sink, why).context(&subject.name).into()
    }))
}

/// Checks the signature at `path`.
async fn checked(
    known: &NamedSinks,
    args: &VerifyArgs,
    file: &Path,
    path: &Path,
) -> Result<(SignerKind, FileVerified), Error> {
    let mut content = open_file(file)?;
    let mut signature = open_file(path)?;
    let kind = kind_of(&glimpse(path)?.unwrap_or_default(), path)?;
    let verifier = verifier(known, args, kind)?;
    let told = blocking(move || {
        verifier.verify(&mut signature, &mut content, crate::app::wiring::clock::now())
    })
    .await
    .map_err(|failure| failure.context(shown(path)))?;
    Ok((kind, told))
}

/// Checks the signature that lies beside a file; of several, those that what is
/// named can check, of which one must be right.
async fn one_beside(
    known: &NamedSinks,
    args: &VerifyArgs,
    file: &Path,
) -> Result<(SignerKind, FileVerified), Error> {
    let there = ENDINGS.map(|ending| beside(file, ending)).into_iter().filter(|path| path.exists());
    let mut all: Vec<PathBuf> = there.collect();
    if all.len() > 1 {
        all.retain(|path| can_check(known, args, path));
        if all.is_empty() {
            let what = format!("{} has several signatures beside it", shown(file));
            return Err(Error::usage(what).hint("choose one: --signature FILE"));
        }
    }
    let mut last = None;
    for path in &all {
        match checked(known, args, file, path).await {
            Ok(told) => return Ok(told),
            Err(error) => last = Some(error),
        }
    }
    // What is not signed is as wrong as what is signed wrongly.
    Err(last.unwrap_or_else(|| {
        let why = format!("{} has no signature beside it", shown(file));
        Failure::new(FailureKind::Integrity, Side::Local, why).into()
    }))
}

/// Whether a signature is of the kind that what is named can check.
fn can_check(known: &NamedSinks, args: &VerifyArgs, path: &Path) -> bool {
    let begin = glimpse(path).ok().flatten().unwrap_or_default();
    kind_of(&begin, path).and_then(|kind| verifier(known, args, kind)).is_ok()
}

/// What a signature was made with, which it begins with.
fn kind_of(bytes: &[u8], path: &Path) -> Result<SignerKind, Error> {
    let text = bytes.trim_ascii_start();
    let begins = |with: &[u8]| text.starts_with(with);
    let is_cms = begins(b"\x30")
        || begins(b"-----BEGIN CMS")
        || begins(b"-----BEGIN PKCS7")
        || begins(b"-----BEGIN PKCS #7");
    match text.first() {
        _ if begins(b"-----BEGIN PGP ") => Ok(SignerKind::OpenPgp),
        _ if begins(b"untrusted comment:") => Ok(SignerKind::Minisign),
        _ if is_cms => Ok(SignerKind::Cms),
        Some(first) if first & 0x80 != 0 => Ok(SignerKind::OpenPgp),
        Some(first) if first.is_ascii_alphanumeric() => Ok(SignerKind::Cosign),
        _ => {
            let why = format!("{} is not a signature of a known kind", shown(path));
            Err(Failure::new(FailureKind::Integrity, Side::Local, why).into())
        }
    }
}

/// What checks signatures of a kind, by the keys that a command line names.
fn verifier(
    known: &NamedSinks,
    args: &VerifyArgs,
    kind: SignerKind,
) -> Result<Box<dyn FileVerifier>, Error> {
    let signer = args.signer.as_ref().map(|name| signers::named(known, name)).transpose()?;
    if let Some(signer) = signer.as_ref().filter(|signer| signer.kind() != kind) {
        let what = format!(
            "the signature is of kind {kind}, and {} signs with {}",
            signer.name,
            signer.kind()
        );
        return Err(Failure::new(FailureKind::Integrity, Side::Local, what).into());
    }
    match kind {
        SignerKind::Cms => Ok(Box::new(Verifier(trust(args, signer.as_ref())?))),
        SignerKind::OpenPgp => {
            let path = public_key(args, signer.as_ref(), kind)?;
            let opened = OpenPgpVerifier::new(&read_key(&path)?);
            Ok(Box::new(opened.map_err(|error| error.at(path.display()))?))
        }
        SignerKind::Minisign => {
            let path = public_key(args, signer.as_ref(), kind)?;
            let opened = MinisignVerifier::new(&read_key(&path)?);
            Ok(Box::new(opened.map_err(|error| error.at(path.display()))?))
        }
        SignerKind::Cosign | SignerKind::Notary | SignerKind::Checksums => {
            let path = public_key(args, signer.as_ref(), kind)?;
            Ok(Box::new(BlobVerifier(signers::read_public(&path)?)))
        }
    }
}

/// Where the public key lies that signatures of a kind are checked with.
fn public_key(
    args: &VerifyArgs,
    signer: Option<&SignerSpec>,
    kind: SignerKind,
) -> Result<PathBuf, Error> {
    if args.certificate.is_some() {
        return Err(Error::usage(format!("{kind} uses no certificates: give --key FILE")));
    }
    let of_signer = |signer: &SignerSpec| match &signer.with {
        // Both halves are in it, and the public one is not encrypted.
        Signing::OpenPgp { key } => Some(key.clone()),
        Signing::Minisign { key } | Signing::Cosign { key, .. } => {
            Some(key.with_extension("pub")).filter(|path| path.exists())
        }
        _ => None,
    };
    args.key.clone().or_else(|| of_signer(signer?)).ok_or_else(|| {
        Error::usage("the signer has no public key beside its private key")
            .hint("give it: --key FILE")
    })
}

/// The CMS signatures that are accepted.
fn trust(args: &VerifyArgs, signer: Option<&SignerSpec>) -> Result<CmsTrust, Error> {
    if let Some(signer) = signer.filter(|of| matches!(of.with, Signing::CmsService { .. })) {
        return Ok(sealers::trust(signer)?);
    }
    let own = signer.and_then(|signer| match &signer.with {
        Signing::Cms { certificate, .. } => Some(certificate),
        _ => None,
    });
    if let Some(path) = &args.certificate {
        return Ok(CmsTrust::roots(&read_key(path)?).map_err(|error| error.at(path.display()))?);
    }
    let path = args.key.as_ref().or(own).ok_or_else(|| Error::usage("no key is given"))?;
    Ok(CmsTrust::Key(signers::read_public(path)?))
}
