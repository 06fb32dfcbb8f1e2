//! `castoff sign`: what is published is signed where it is.

use std::{
    fs,
    io::{IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::sinks;
use crate::{
    app::{
        verbs::{files, out::Out, secrets::twice},
        wiring::{
            references::{Found, Reference, find},
            services::World,
            signers,
            sinks::NamedSinks,
        },
    },
    browse::tree,
    cli::{GlobalArgs, SignArgs},
    error::{Error, Exit},
    model::{
        ArtifactKind, Descriptor, Failure, FailureKind, Published, SecretSource, Side, SignerKind,
        SignerName, SignerSpec, Signing,
    },
    plan::{self, Plan, Signee, TagTarget, Work},
    ports::{Shelf, Subject},
    run::Run,
    secret::ExposeSecret,
    sign::{Form, KeyError, PrivateKey, sums},
    streams,
};

/// Plans what a command line says.
pub(super) async fn plan(
    world: &World,
    known: &NamedSinks,
    args: &SignArgs,
) -> Result<Plan, Error> {
    let mut all = Vec::new();
    for text in &args.references {
        let (beside, is_both) = (args.tag.as_deref(), true);
        let what = Reference { beside, is_both, ..Reference::new(text, None, &args.trust) };
        all.push(find(world, known, &what).await?);
    }
    let of_files = all.iter().any(|found| found.kind == ArtifactKind::Files);
    let signer = if of_files { files::signer_of(known, args)? } else { signer_of(known, args)? };
    let mut signings = Vec::new();
    for found in all {
        let subjects = subjects(&found, &signer, args).await?;
        let Found { spec, kind, repository, tag, root, shelf } = found;
        let what = Published { at: spec, kind, repository, tag, root };
        refuse_other_sums(&what, &*shelf).await?;
        signings.push(plan::Signing { what, subjects });
    }
    let specs = sinks(signings.iter().map(|signing| signing.what.at.clone()));
    Ok(plan::signing(std::env::current_dir()?, &signings, signer, specs)?)
}

/// What is signed of what was found; fails where it cannot be.
async fn subjects(
    found: &Found,
    signer: &SignerSpec,
    args: &SignArgs,
) -> Result<Vec<Signee>, Error> {
    let Found { spec, kind, tag, root, .. } = found;
    if !signer.kind().signs_at(*kind, &spec.url) {
        let what = format!("{} signs no {kind} at {}", signer.kind(), spec.url);
        return Err(Error::usage(what));
    }
    if tag.is_none() && signer.kind() != SignerKind::Cosign {
        let what = format!("{} signs under a tag, and that is a digest", signer.kind());
        return Err(Error::usage(what));
    }
    let what = TagTarget::Content(Box::new(root.clone()));
    let mut subjects = vec![Signee::new(what, tag.iter().cloned().collect())];
    if *kind == ArtifactKind::Image {
        subjects.extend(platforms(found, signer, args).await?);
    }
    Ok(subjects)
}

/// The manifests of the platforms, where they are signed too.
async fn platforms(
    found: &Found,
    signer: &SignerSpec,
    args: &SignArgs,
) -> Result<Vec<Signee>, Error> {
    let all = args.platforms || matches!(signer.with, Signing::Cosign { platforms: true, .. });
    if !all || !found.root.is_index() {
        return Ok(Vec::new());
    }
    let branches = tree(&*found.shelf, &found.root).await?.manifests.into_iter();
    let named = |node| TagTarget::Content(Box::new(node));
    Ok(branches.map(|of| Signee::new(named(of.manifest), Vec::new())).collect())
}

/// Fails where sums of files lie beside them that are not theirs: the files are
/// others than were meant, and with other sums in that place nothing would tell.
pub(super) async fn refuse_other_sums(from: &Published, shelf: &dyn Shelf) -> Result<(), Error> {
    // Images have none.
    if from.kind != ArtifactKind::Files {
        return Ok(());
    }
    let name = from.at.url.public_name(&from.repository);
    let tags = from.tag.iter().cloned().collect();
    let subject = Subject { node: from.root.clone(), name, tags };
    match sums::published(&subject, shelf).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(()),
        Err(failure) => Err(failure.hint("release the files again, which writes both").into()),
    }
}

/// What would be signed.
pub(super) fn show(plan: &Plan, out: &mut Out<'_>) -> Result<(), Error> {
    for job in plan.jobs() {
        let Work::Sign { artifact, sink, signer, subjects, .. } = &job.work else { continue };
        for subject in subjects {
            let TagTarget::Content(node) = &subject.what else { continue };
            if out.is_json {
                let line = serde_json::json!({
                    "sink": sink, "what": artifact, "digest": node.digest, "size": node.size,
                    "signer": signer,
                });
                writeln!(out, "{line}")?;
            } else {
                let Descriptor { digest, size, .. } = &**node;
                writeln!(out, "{signer} would sign {digest} of {artifact}, size: {size}")?;
            }
        }
    }
    Ok(())
}

/// A notary server has a flag of its own.
pub(crate) fn refuse_service(service: Option<&str>) -> Result<(), Error> {
    if service.is_none() {
        return Ok(());
    }
    Err(Error::usage("--server names no notary server")
        .hint("give the notary server as --notary-server URL"))
}

/// Tells what was signed: each name with its digest and its size in bytes.
pub(super) fn show_signed(run: &Run, out: &mut impl Write) -> std::io::Result<()> {
    for job in run.plan().jobs().iter().filter(|job| run.is_done(job.id)) {
        let Work::Sign { sink, repository, subjects, .. } = &job.work else { continue };
        let Some(spec) = run.plan().sink(sink) else { continue };
        let name = spec.url.public_name(repository);
        for Signee { what, tags, .. } in subjects {
            let TagTarget::Content(node) = what else { continue };
            let Descriptor { digest, size, .. } = &**node;
            for tag in tags {
                writeln!(out, "{name}:{tag} digest: {digest} size: {size}")?;
            }
            if tags.is_empty() {
                writeln!(out, "{name}@{digest} size: {size}")?;
            }
        }
    }
    Ok(())
}

/// Who signs: a signer of the configuration, or one of the command line's.
fn signer_of(known: &NamedSinks, args: &SignArgs) -> Result<SignerSpec, Error> {
    if args.file.is_given() {
        return Err(Error::usage("--certificate and --with are for files, and none is named"));
    }
    if let Some(name) = &args.signer {
        return signers::named(known, name);
    }
    let here = std::env::current_dir()?;
    let key = args.key.as_ref().map(|key| here.join(key));
    let is_notary = args.server.is_some() || args.trust_dir.is_some() || args.role.is_some();
    let with = match (key, is_notary) {
        (key, true) => Signing::Notary {
            key,
            server: args.server.clone(),
            trust_dir: args.trust_dir.as_ref().map(|folder| here.join(folder)),
            role: args.role.clone(),
            root_passphrase: SecretSource::usual("notary-root"),
        },
        (Some(key), false) => Signing::Cosign { key, platforms: args.platforms },
        (None, false) => {
            return Err(Error::usage("nobody is named who signs")
                .hint("give --signer NAME of castoff.toml, --key FILE, or --notary-server URL"));
        }
    };
    let name = match &with {
        Signing::Cosign { key, .. } => stem(key),
        _ => "notary".to_owned(),
    };
    Ok(SignerSpec { passphrase: passphrase(&name), name: SignerName(name), with })
}

/// Where the passphrase of a key comes from of which only the name is known.
pub(crate) fn passphrase(name: &str) -> Vec<SecretSource> {
    signers::with_variable(&SecretSource::usual(name), signers::COSIGN_PASSWORD)
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "key".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Makes a key pair, and writes it where nothing is.
pub(super) async fn generate(global: &GlobalArgs, path: &Path) -> Result<Exit, Error> {
    let (world, _) = crate::app::wiring::sinks::world(global)?;
    let ending = |ending: &str| PathBuf::from(format!("{}.{ending}", path.display()));
    let (private, public) = (ending("key"), ending("pub"));
    if let Some(there) = [&private, &public].into_iter().find(|path| path.exists()) {
        return Err(Error::refused(format!("{} exists", there.display()))
            .hint("keys are not overwritten; give another name"));
    }
    let secrets = world.secrets(std::env::current_dir()?);
    let what = format!("the new passphrase of {}", private.display());
    let mut sources = passphrase(&stem(&private));
    sources.retain(|source| *source != SecretSource::Prompt);
    let passphrase = match secrets.find(&what, &sources).await {
        Ok(found) => found,
        Err(_) if std::io::stdin().is_terminal() => {
            let typed = tokio::task::spawn_blocking(move || twice(&what)).await;
            typed.map_err(|_| Error::refused("nothing could be read"))??
        }
        Err(failure) => return Err(failure.into()),
    };
    let failed = |error: KeyError| Error::from(error.at(private.display()));
    let der = PrivateKey::generate().map_err(failed)?;
    let sealed = PrivateKey::seal(&der, passphrase.expose_secret().as_bytes()).map_err(failed)?;
    let key = PrivateKey::from_pkcs8(&der, Form::Asn1).map_err(failed)?;
    write_new(&private, 0o600, sealed.as_bytes())?;
    write_new(&public, 0o644, key.public().to_pem().as_bytes())?;
    if !global.quiet {
        let (private, public) = (private.display(), public.display());
        writeln!(streams::stderr(), "wrote {private}, which is encrypted, and {public}")?;
    }
    Ok(Exit::Done)
}

fn write_new(path: &Path, mode: u32, content: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::from_io(Side::Local, path.display(), &error);
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)
}
