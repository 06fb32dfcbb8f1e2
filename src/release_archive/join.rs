//! Applications: the archives of several images in one.

use std::{
    collections::{BTreeMap, btree_map},
    io,
    path::{Path, PathBuf},
};

use super::{
    Part, Policy, Verified, VerifiedImage, damaged,
    hashed::finished,
    invalid,
    layout::{Expected, Place, entries},
    verify,
    write::{Output, Prefix, mtime},
    wrong,
};
use crate::{
    archive::{Caps, Decoder, TarReader, open_plain},
    model::{Failure, FailureKind, PersistentUuid, Side, VeeaArch, escape},
};

/// An archive that goes into an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What its image is called in the application.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

/// A file of a member that goes into the application.
struct Piece<'a> {
    member: &'a Path,
    part: Part,
}

/// Joins the archives of images, each of which is checked first, and tells what
/// was in each. It is written beside `target`, and put there when all is done.
/// Blocks.
///
/// # Errors
///
/// Fails where an archive is not right, where two images have one name, where
/// an image is there twice for one architecture, or with two service files, and
/// where nothing can be written. Nothing is left then.
pub fn join(
    members: &[Member],
    target: &Path,
    policy: Policy<'_>,
) -> Result<Vec<VerifiedImage>, Failure> {
    let mut all = Vec::new();
    for member in members {
        let Verified { images, .. } = verify(&member.path, policy)?;
        all.extend(images.into_iter().map(|image| (member, image)));
    }
    if all.is_empty() {
        return Err(invalid("an application has at least one image"));
    }
    refuse_conflicts(&all)?;
    let pieces = pieces(&all);
    let names = |place: Place| {
        let of_place = move |name: &&String| Place::of(name) == Some(place);
        pieces.keys().filter(of_place).cloned().collect::<Vec<_>>()
    };
    let order = entries(names(Place::Service), names(Place::Image), names(Place::Metadata));
    let newest = all.iter().map(|(_, image)| mtime(&image.metadata)).max().unwrap_or_default();
    let mut out = Output::begin(target, newest, Prefix::Dot)?;
    for entry in &order {
        match (entry, pieces.get(entry.name())) {
            (Expected::File(_, name), Some(piece)) => copy(name, piece, &mut out)?,
            _ => out.folder(entry.name()).map_err(|error| out.failed(&error))?,
        }
    }
    out.put()?;
    Ok(all.into_iter().map(|(_, image)| image).collect())
}

type Found<'a> = (&'a Member, VerifiedImage);

fn refuse_conflicts(all: &[Found<'_>]) -> Result<(), Failure> {
    let mut names: BTreeMap<&str, PersistentUuid> = BTreeMap::new();
    let mut seen: BTreeMap<(PersistentUuid, VeeaArch), &Member> = BTreeMap::new();
    let mut services: BTreeMap<PersistentUuid, &Found<'_>> = BTreeMap::new();
    for found @ (member, image) in all {
        let uuid = image.metadata.about.persistent_uuid;
        let arch = image.metadata.about.architecture;
        let name = escape(&member.name).to_string();
        if *names.entry(&member.name).or_insert(uuid) != uuid {
            let what = format!("two images are named `{name}`");
            return Err(conflict(what, member).hint("use another name for one of them with --name"));
        }
        if let Some(other) = seen.insert((uuid, arch), member) {
            let what = format!("`{name}` has two images for {arch}");
            return Err(conflict(what, member).because(other.path.display()));
        }
        match services.entry(uuid) {
            btree_map::Entry::Vacant(place) => drop(place.insert(found)),
            btree_map::Entry::Occupied(other) => {
                let (other, its) = other.get();
                if its.metadata.service != image.metadata.service {
                    let what =
                        format!("`{name}` has two swarm service files; it can have only one");
                    return Err(conflict(what, member)
                        .because(other.path.display())
                        .hint("release all its architectures from the same configuration"));
                }
            }
        }
    }
    Ok(())
}

fn conflict(what: String, member: &Member) -> Failure {
    invalid(what).because(member.path.display())
}

/// All files of the application, each once, and where they come from.
fn pieces<'a>(all: &'a [Found<'a>]) -> BTreeMap<String, Piece<'a>> {
    let mut pieces = BTreeMap::new();
    for (member, image) in all {
        let mut add = |name: &str, part: Part| {
            pieces.insert(name.to_owned(), Piece { member: &member.path, part });
        };
        let service = &image.metadata.service;
        let conf = Part { digest: service.digest.clone(), size: service.size };
        add(&service.path, conf);
        add(&image.metadata.image.path, image.metadata.image.archive.clone());
        add(&image.path, image.sealed.clone());
    }
    pieces
}

/// Copies a file from its archive, and makes sure that it is the one that was
/// checked.
fn copy(name: &str, piece: &Piece<'_>, out: &mut Output) -> Result<(), Failure> {
    let Piece { member, part } = piece;
    let failed = |error: &io::Error| {
        let known = Failure::find_in(error);
        let other = || Failure::from_error(FailureKind::Storage, Side::Local, error);
        damaged(known.unwrap_or_else(other)).context(member.display())
    };
    let changed = || wrong("it changed while it was read").context(member.display());
    let file = open_plain(member)
        .map_err(|error| Failure::from_io(Side::Local, member.display(), &error))?;
    let shown = member.display().to_string();
    let decoder = Decoder::new(file, &shown, Caps::default()).map_err(|error| failed(&error))?;
    let mut tar = TarReader::new(decoder, &shown);
    while let Some(entry) = tar.next_entry().map_err(|error| failed(&error))? {
        if entry.name != name {
            continue;
        }
        if entry.size != part.size {
            return Err(changed());
        }
        let mut content = crate::archive::Hashed::new(&mut tar);
        out.file(name, part.size, &mut content).map_err(|error| failed(&error))?;
        return if finished(content).0 == *part { Ok(()) } else { Err(changed()) };
    }
    Err(changed())
}
