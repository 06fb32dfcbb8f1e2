//! `castoff aci build`.

use std::{
    fs,
    io::{self, BufWriter},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{Bench, shown, stoppable};
use crate::{
    aci::{Build, Built, Halt, ImageStore},
    archive::{GzipWriter, Workers},
    error::{Error, Exit},
    model::{Failure, FailureKind, Side, bytes},
};

/// What a build found and made.
struct Made {
    built: Built,
    /// How many paths were added, modified and deleted; none where the image
    /// stands on nothing.
    changes: Option<[usize; 3]>,
    sockets: Vec<String>,
    /// The length of the file in bytes.
    size: u64,
}

impl Bench {
    pub(super) async fn build(
        &self,
        folder: PathBuf,
        file: PathBuf,
        overwrite: bool,
    ) -> Result<Exit, Error> {
        let store = self.store.clone();
        let target = file.clone();
        let made = stoppable(move |halt| make(&store, &folder, &target, overwrite, halt)).await?;
        let Some(made) = made else { return Ok(Exit::Stopped) };
        for socket in &made.sockets {
            self.say(format_args!("warning: {socket} is a socket, and left out"));
        }
        let Built { id, size } = &made.built;
        let (added, modified, deleted) = match made.changes {
            Some([added, modified, deleted]) => {
                self.say(format_args!("{added} added, {modified} modified, {deleted} deleted"));
                (Some(added), Some(modified), Some(deleted))
            }
            None => (None, None, None),
        };
        self.say(format_args!("{}, gzipped to {}", bytes(*size), bytes(made.size)));
        let json = json!({
            "image": file, "hash": id.key().as_str(), "id": id.as_str(), "size": size,
            "added": added, "modified": modified, "deleted": deleted,
        });
        self.print(format_args!("image: {}, hash: {}", shown(&file), id.key()), &json)?;
        Ok(Exit::Done)
    }
}

fn make(
    store: &ImageStore,
    folder: &Path,
    target: &Path,
    overwrite: bool,
    halt: &Halt,
) -> Result<Made, Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Local, target.display(), &error);
    let is_there = || {
        let what = "target file exists (try --overwrite)";
        Failure::new(FailureKind::Invalid, Side::Local, what).context(target.display())
    };
    if !overwrite && fs::symlink_metadata(target).is_ok() {
        return Err(is_there());
    }
    let above = target.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    refuse_inside(folder, above)?;
    let image = Build::of(store, folder, halt)?;
    let temp = tempfile::Builder::new()
        .prefix(".castoff-")
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(above)
        .map_err(failed)?;
    let out = BufWriter::with_capacity(256 << 10, temp.as_file());
    let mut gzip = GzipWriter::new(out, Workers::shared());
    let built = image
        .write(&mut gzip)
        .map_err(|error| Failure::from_io(Side::Source, folder.display(), &error))?;
    let written = gzip.finish().and_then(|out| out.into_inner().map_err(Into::into));
    let size = written.and_then(fs::File::metadata).map_err(failed)?.len();
    let kept = if overwrite { temp.persist(target) } else { temp.persist_noclobber(target) };
    kept.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => is_there(),
        _ => failed(error.error),
    })?;
    let count = |changes: &crate::aci::Changes| {
        [changes.added.len(), changes.modified.len(), changes.deleted.len()]
    };
    let sockets = image.sockets().iter().map(ToString::to_string).collect();
    Ok(Made { built, changes: image.changes().map(count), sockets, size })
}

/// An image that lies in its own tree would hold itself.
fn refuse_inside(folder: &Path, above: &Path) -> Result<(), Failure> {
    let (Ok(rootfs), Ok(above)) = (folder.join("rootfs").canonicalize(), above.canonicalize())
    else {
        return Ok(());
    };
    if above.starts_with(&rootfs) {
        let what = "the image would lie in the tree that it is made of";
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what));
    }
    Ok(())
}
