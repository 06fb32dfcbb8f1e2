//! `castoff sign FILE`: a signature is written beside what is signed.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{glimpse, open_file, shown};
use crate::{
    app::{
        ops::changes::signer::SignerChoice,
        verbs::output::Out,
        wiring::{file_signers, services::Services, sinks::NamedSinks},
    },
    cli::SignArgs,
    error::Error,
    model::{ArtifactKind, Failure, Side},
    ports::blocking,
    sign::file::{self, Content, FileSigner, SignedComment},
};

/// Signs the files that a command line names, or says what would be signed.
pub(crate) async fn sign(
    services: &Services,
    known: &NamedSinks,
    args: &SignArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    if args.tag.is_some() {
        return Err(Error::usage(
            "--tag applies only to published references, and these are files",
        ));
    }
    let spec = SignerChoice::from(args).find(known, ArtifactKind::Files)?;
    let files: Vec<PathBuf> = args.references.iter().map(PathBuf::from).collect();
    for file in &files {
        open_file(file)?;
    }
    let secrets = services.secrets(known.folder.clone());
    let signer = file_signers::signer(services, &spec, &secrets).await?;
    let targets: Vec<PathBuf> = files.iter().map(|file| beside(file, signer.ending())).collect();
    for (file, target) in files.iter().zip(&targets) {
        refuse_other_kinds(target, &*signer)?;
        let (file, target, signer) = (file.clone(), target.clone(), Arc::clone(&signer));
        blocking(move || refuse_another_key(&file, &target, &*signer)).await?;
    }
    for (file, target) in files.into_iter().zip(targets) {
        let line = serde_json::json!({
            "file": file, "signature": target, "kind": spec.kind(), "signer": spec.name,
        });
        let (from, to) = (shown(&file), shown(&target));
        if args.dry_run {
            writeln!(out, "{}", told(out.is_json, &line, || format!("{from}: would write {to}")))?;
            continue;
        }
        let signer = Arc::clone(&signer);
        blocking(move || write(&file, &target, &*signer)).await?;
        writeln!(out, "{}", told(out.is_json, &line, || format!("{from}: signed in {to}")))?;
    }
    Ok(())
}

fn told(is_json: bool, line: &serde_json::Value, text: impl Fn() -> String) -> String {
    if is_json { line.to_string() } else { text() }
}

/// Where the signature of a file lies.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Fails where something lies that is no signature of this kind.
fn refuse_other_kinds(target: &Path, signer: &dyn FileSigner) -> Result<(), Error> {
    match glimpse(target)? {
        Some(bytes) if !signer.is_one(&bytes) => {
            let what = format!("{} exists, and is not a signature of this kind", shown(target));
            Err(Error::refused(what).hint("move it away"))
        }
        _ => Ok(()),
    }
}

/// Fails where another key signed, and its signature would be lost.
fn refuse_another_key(file: &Path, target: &Path, signer: &dyn FileSigner) -> Result<(), Failure> {
    let Some(mut there) = what_is_there(target)? else { return Ok(()) };
    let about =
        SignedComment { name: file.display().to_string(), at: crate::app::wiring::clock::now() };
    file::refuse_another(signer, &mut there, &mut open_file(file)?, &about)
}

/// What lies where a signature is to lie.
fn what_is_there(target: &Path) -> Result<Option<File>, Failure> {
    match File::open(target) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::from_io(Side::Local, target.display(), &error)),
    }
}

/// Writes a signature whole, or not at all.
fn write(file: &Path, target: &Path, signer: &dyn FileSigner) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::from_io(Side::Local, target.display(), &error);
    let mut content = open_file(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut made = tempfile::Builder::new()
        .prefix(".castoff-")
        // What the user's mask leaves of it: a signature is no secret.
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    let mut out = BufWriter::new(made.as_file_mut());
    let about = SignedComment { name, at: crate::app::wiring::clock::now() };
    let mut there = what_is_there(target)?;
    let there = there.as_mut().map(|there| there as &mut dyn Content);
    file::sign_where(signer, there, &mut content, &about, &mut out)?;
    out.flush().map_err(failed)?;
    drop(out);
    made.as_file().sync_all().map_err(failed)?;
    made.persist(target).map_err(|error| failed(error.error))?;
    Ok(())
}
