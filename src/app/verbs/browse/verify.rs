//! `castoff verify`: whether what a reference names is signed.

use std::io::Write;

use crate::{
    app::{
        verbs::{files, output::Out},
        wiring::{
            notary::{meant, reader},
            references::{LocatedReference, Reference, find},
            services::Services,
            signers::{self, public_key, read_public, wrong},
            sinks::NamedSinks,
        },
    },
    browse::tree,
    cli::VerifyArgs,
    error::Error,
    model::{ArtifactKind, Descriptor, SignerSpec, Signing, escape},
    ports::{Shelf, Subject, Verified},
    sign::{PublicKey, cosign, notary::Notary},
};

/// Checks a signature, and tells what it says.
pub(super) async fn verify(
    services: &Services,
    known: &NamedSinks,
    args: &VerifyArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let VerifyArgs { reference, tag, trust, platform, .. } = args;
    if args.certificate.is_some() || args.signature.is_some() {
        return Err(Error::usage("--certificate and --signature apply only to files"));
    }
    let signer = args.signer.as_ref().map(|name| signers::named(known, name)).transpose()?;
    let notary = notary(services, args, signer.as_ref())?;
    let (beside, is_both) = (tag.as_deref(), notary.is_some());
    let what = Reference { beside, is_both, ..Reference::new(reference, None, trust) };
    if let Some(notary) = notary {
        if platform.is_some() {
            return Err(Error::usage("a notary server signs tags, not platforms"));
        }
        let verified = tagged(&notary, find(services, known, &what).await?).await?;
        return print(args, out, &verified);
    }
    let LocatedReference { spec, kind, repository, tag, shelf, mut root } =
        find(services, known, &what).await?;
    if kind == ArtifactKind::Files {
        let name = spec.url.public_name(&repository);
        let subject = Subject { node: root, name, tags: tag.into_iter().collect() };
        let verified = files::verify_sums(known, args, &subject, &*shelf).await?;
        return print(args, out, &verified);
    }
    let key = key(args, signer.as_ref())?;
    if let Some(asked) = platform {
        root = of_platform(&*shelf, &root, asked).await?;
    }
    let name = spec.url.public_name(&repository);
    let subject = Subject { node: root, name, tags: Vec::new() };
    let verified = cosign::verify(&subject, &*shelf, &key).await.map_err(wrong)?;
    print(args, out, &verified)
}

fn print(args: &VerifyArgs, out: &mut Out<'_>, verified: &Verified) -> Result<(), Error> {
    if out.is_json {
        out.document(verified)?;
    } else {
        writeln!(out, "{}", escape(&args.reference))?;
        writeln!(out, "  signed   {}", verified.digest)?;
        writeln!(out, "  by key   {}", verified.by)?;
        writeln!(out, "  as       {}", escape(&verified.name))?;
    }
    Ok(())
}

/// The notary server that is asked; none: a key is.
fn notary(
    services: &Services,
    args: &VerifyArgs,
    signer: Option<&SignerSpec>,
) -> Result<Option<Notary>, Error> {
    if let Some(server) = &args.server {
        let with = Signing::Notary {
            key: None,
            server: Some(server.clone()),
            trust_dir: None,
            role: None,
            root_passphrase: Vec::new(),
        };
        return Ok(reader(services, &with)?);
    }
    Ok(signer.map(|signer| reader(services, &signer.with)).transpose()?.flatten())
}

/// What the notary server says that a tag means.
async fn tagged(notary: &Notary, found: LocatedReference) -> Result<Verified, Error> {
    let LocatedReference { spec, repository, tag, root, .. } = found;
    let tag = tag.ok_or_else(|| Error::usage("notary signs tags, not digests"))?;
    let name = spec.url.public_name(&repository);
    Ok(meant(notary, &name, &tag, &root.digest).await.map_err(wrong)?)
}

fn key(args: &VerifyArgs, signer: Option<&SignerSpec>) -> Result<PublicKey, Error> {
    let path = match (&args.key, signer) {
        (Some(path), _) => path.clone(),
        (None, Some(signer)) => public_key(signer).ok_or_else(|| {
            Error::usage(format!("{} has no public key beside its private key", signer.name))
                .hint("give the public key: castoff verify REF --key FILE")
        })?,
        (None, None) => return Err(Error::usage("no key is given")),
    };
    Ok(read_public(&path)?)
}

async fn of_platform(
    shelf: &dyn Shelf,
    root: &Descriptor,
    asked: &crate::model::Platform,
) -> Result<Descriptor, Error> {
    let manifests = tree(shelf, root).await?.manifests.into_iter().map(|of| of.manifest);
    let mut fitting =
        manifests.filter(|node| node.platform.as_ref().is_some_and(|of| of.matches(asked)));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("{asked} matches several; add the variant")))
        }
        _ => {
            let what = format!("{} has no manifest for {asked}", root.digest);
            Err(Error::refused(what).hint("castoff inspect lists its platforms"))
        }
    }
}
