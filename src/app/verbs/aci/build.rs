//! `castoff aci build`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    AciContext,
    file::{NewFile, signer},
    shown, stoppable,
};
use crate::{
    aci::{Build, Built, Halt, ImageStore, TreeChanges},
    app::wiring::project::Workplace,
    error::{Error, Exit},
    model::{Failure, FailureKind, Side, bytes},
};

/// What a build found and made.
struct BuiltAci {
    built: Built,
    /// How many paths were added, modified and deleted; none where the image
    /// stands on nothing.
    changes: Option<[usize; 3]>,
    sockets: Vec<String>,
    /// The length of the file in bytes.
    size: u64,
}

impl AciContext {
    pub(super) async fn build(
        &self,
        at: &Workplace,
        folder: PathBuf,
        (path, overwrite): (PathBuf, bool),
        key: Option<&Path>,
    ) -> Result<Exit, Error> {
        let signer = match key {
            Some(key) => Some(signer(&at.services()?, key).await?),
            None => None,
        };
        let is_signed = signer.is_some();
        let (store, file) = (self.store.clone(), path.clone());
        let target = NewFile { path, overwrite, signer };
        let made = stoppable(move |halt| make(&store, &folder, &target, halt)).await?;
        let Some(made) = made else { return Ok(Exit::Stopped) };
        for socket in &made.sockets {
            self.say(format_args!("warning: {socket} is a socket and was left out"));
        }
        let Built { id, size } = &made.built;
        if let Some([added, modified, deleted]) = made.changes {
            self.say(format_args!("{added} added, {modified} modified, {deleted} deleted"));
        }
        self.say(format_args!("{}, gzipped to {}", bytes(*size), bytes(made.size)));
        let count = |place: usize| made.changes.map(|counts| counts[place]);
        let json = json!({
            "image": file, "hash": id.key().as_str(), "id": id.as_str(), "size": size,
            "added": count(0), "modified": count(1), "deleted": count(2), "signed": is_signed,
        });
        self.print(format_args!("image: {}, hash: {}", shown(&file), id.key()), &json)?;
        Ok(Exit::Done)
    }
}

fn make(
    store: &ImageStore,
    folder: &Path,
    target: &NewFile,
    halt: &Halt,
) -> Result<BuiltAci, Failure> {
    target.check()?;
    refuse_inside(folder, target.folder())?;
    let image = Build::of(store, folder, halt)?;
    let (built, size) = target.write(|out| {
        image.write(out).map_err(|error| Failure::from_io(Side::Source, folder.display(), &error))
    })?;
    let count = |changes: &TreeChanges| {
        [changes.added.len(), changes.modified.len(), changes.deleted.len()]
    };
    let sockets = image.sockets().iter().map(ToString::to_string).collect();
    Ok(BuiltAci { built, changes: image.changes().map(count), sockets, size })
}

/// An image that lies in its own tree would hold itself.
fn refuse_inside(folder: &Path, above: &Path) -> Result<(), Failure> {
    let (Ok(rootfs), Ok(above)) = (folder.join("rootfs").canonicalize(), above.canonicalize())
    else {
        return Ok(());
    };
    if above.starts_with(&rootfs) {
        let what = "the image would be written into the tree that it is made from";
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what));
    }
    Ok(())
}
