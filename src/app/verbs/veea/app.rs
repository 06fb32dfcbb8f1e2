//! `castoff veea app`: applications, which consist of images.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use super::{
    options::arches,
    released::{ConfiguredImage, Released},
    seal_trust::SealTrust,
    verify::{check, show},
};
use crate::{
    app::{verbs::output::Out, wiring::sinks::NamedSinks},
    cli::{
        AddImageArgs, AppConfigVerb, AppCreateArgs, AppFolderArgs, AppReleaseArgs, AppVerb,
        RemoveImageArgs, VeeaVerifyArgs,
    },
    error::Error,
    model::{Failure, FailureKind, Side, escape},
    ports::blocking,
    veea::{
        archive::{self, Member},
        recipe::application::{APPLICATION_FILE, AppImage, Application},
    },
};

/// The most that is read of a configuration, in bytes.
const LIMIT: u64 = 1 << 20;

pub(super) async fn app(known: &NamedSinks, verb: AppVerb, out: &mut Out<'_>) -> Result<(), Error> {
    match verb {
        AppVerb::Create(args) => create(&args, out),
        AppVerb::Config(AppConfigVerb::AddImage(args)) => add(&args, out),
        AppVerb::Config(AppConfigVerb::RemoveImage(args)) => remove(&args, out),
        AppVerb::Config(AppConfigVerb::Show(at)) => show_config(&at, out),
        AppVerb::Release(args) => release(known, &args, out).await,
        AppVerb::Verify(args) => verify(known, &args, out).await,
    }
}

fn create(args: &AppCreateArgs, out: &mut Out<'_>) -> Result<(), Error> {
    let file = args.at.folder.join(APPLICATION_FILE);
    if file.exists() {
        let what = format!("{} already exists", file.display());
        return Err(Error::refused(what).hint("change it with castoff veea app config"));
    }
    fs::create_dir_all(&args.at.folder)
        .map_err(|error| Failure::from_io(Side::Local, args.at.folder.display(), &error))?;
    save(&file, &Application::new(args.name.clone(), args.version.clone()))?;
    told(out, &file)
}

fn add(args: &AddImageArgs, out: &mut Out<'_>) -> Result<(), Error> {
    let (file, mut application) = open(&args.at)?;
    if !args.path.is_dir() {
        let what = format!("ERROR: {} does not exist.", args.path.display());
        return Err(Failure::new(FailureKind::NotFound, Side::Local, what).verbatim().into());
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => ConfiguredImage::read(&args.path)?.app,
    };
    let path = between(&args.at.folder.canonicalize()?, &args.path.canonicalize()?);
    application.add(AppImage { name, path, architectures: arches(&args.arch)? })?;
    save(&file, &application)?;
    told(out, &file)
}

fn remove(args: &RemoveImageArgs, out: &mut Out<'_>) -> Result<(), Error> {
    let (file, mut application) = open(&args.at)?;
    application.remove(&args.name, &arches(&args.arch)?)?;
    save(&file, &application)?;
    told(out, &file)
}

fn show_config(at: &AppFolderArgs, out: &mut Out<'_>) -> Result<(), Error> {
    let (_, application) = open(at)?;
    if out.is_json {
        return Ok(out.document(&application)?);
    }
    write!(out, "{}", application.to_yaml())?;
    Ok(())
}

async fn release(
    known: &NamedSinks,
    args: &AppReleaseArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let (_, application) = open(&args.at)?;
    let taken = SealTrust::of(known, &args.trust)?;
    let (name, version) = (&application.name, application.version());
    say(out, format_args!("Building application: {name}"))?;
    let members = members(&application, args, out)?;
    say(out, format_args!("Packaging application"))?;
    say(out, format_args!("Combining release TGZ files"))?;
    for member in &members {
        say(out, format_args!("Unpacking: {}", member.path.display()))?;
    }
    let build = args.at.folder.join("build");
    fs::create_dir_all(&build)
        .map_err(|error| Failure::from_io(Side::Local, build.display(), &error))?;
    let target = build.join(format!("{name}-{version}.tgz"));
    say(out, format_args!("Packing: {}", target.display()))?;
    let place = target.clone();
    let taken = blocking(move || {
        archive::join(&members, &place, taken.policy())?;
        Ok(taken)
    })
    .await?;
    say(out, format_args!("Verifying application\n  Verifying metadata"))?;
    let checked = check(taken, target.clone()).await;
    let found = checked.inspect_err(|_| {
        // It must not be taken for a good one.
        let _ = fs::remove_file(&target);
    })?;
    if out.is_json {
        show(&target, &found, out)?;
    }
    say(out, format_args!("Application complete"))?;
    Ok(())
}

/// The archives of all images.
fn members(
    application: &Application,
    args: &AppReleaseArgs,
    out: &mut Out<'_>,
) -> Result<Vec<Member>, Error> {
    let mut members = Vec::new();
    for AppImage { name, path, architectures } in &application.images {
        let shown = escape(name);
        say(out, format_args!("Processing: {shown} {}", path.display()))?;
        let released = Released::of(&args.at.folder.join(path), args.trust.unauth)?;
        for (arch, path) in released.archives(architectures)? {
            say(out, format_args!("Building: {arch}"))?;
            members.push(Member { name: name.clone(), path });
        }
    }
    Ok(members)
}

async fn verify(known: &NamedSinks, args: &VeeaVerifyArgs, out: &mut Out<'_>) -> Result<(), Error> {
    let taken = SealTrust::of(known, &args.trust)?;
    say(out, format_args!("Verifying application\n  Verifying metadata"))?;
    let found = check(taken, args.file.clone()).await?;
    show(&args.file, &found, out)?;
    Ok(())
}

/// Tells people how it goes.
fn say(out: &mut Out<'_>, line: std::fmt::Arguments<'_>) -> io::Result<()> {
    if out.is_json { Ok(()) } else { writeln!(out, "{}", escape_lines(&line.to_string())) }
}

/// Names are from outside; the ends of lines are ours.
fn escape_lines(text: &str) -> String {
    text.split('\n').map(|line| escape(line).to_string()).collect::<Vec<_>>().join("\n")
}

fn told(out: &mut Out<'_>, file: &Path) -> Result<(), Error> {
    if out.is_json {
        return Ok(out.document(&serde_json::json!({ "file": file }))?);
    }
    writeln!(out, "{}", escape(&file.display().to_string()))?;
    Ok(())
}

fn open(at: &AppFolderArgs) -> Result<(PathBuf, Application), Error> {
    let file = at.folder.join(APPLICATION_FILE);
    let failed = |error: io::Error| {
        let failure = Failure::from_io(Side::Local, file.display(), &error);
        match failure.kind {
            FailureKind::NotFound => failure.hint("create it with castoff veea app create"),
            _ => failure,
        }
    };
    let mut text = String::new();
    File::open(&file)
        .and_then(|opened| opened.take(LIMIT).read_to_string(&mut text))
        .map_err(failed)?;
    let application = Application::parse(&text, &file.display().to_string())?;
    Ok((file, application))
}

/// Writes a configuration whole, or not at all.
fn save(file: &Path, application: &Application) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Local, file.display(), &error);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut made = tempfile::Builder::new()
        .prefix(".castoff-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    made.write_all(application.to_yaml().as_bytes()).map_err(failed)?;
    made.as_file().sync_all().map_err(failed)?;
    made.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The way from one folder to another, both absolute and without links.
fn between(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(same)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}
