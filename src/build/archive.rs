//! Images that need no build: an archive from elsewhere, put where an archive
//! of this machine would lie.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    archive::{Caps, Decoder, TarReader},
    model::{Digest, Failure, FailureKind, Platform, Side},
    ports,
    recipe::{
        Cache,
        image_builder::{self, WebFile},
    },
    source::copy_hashed,
};

/// The most bytes of a document within an archive.
const LIMIT: u64 = 4 << 20;
/// What it is called until its platform is known.
const NEW: &str = ".new";

/// Fetches an archive into a folder of its own, where it is named for its
/// platform.
pub(super) async fn fetched(file: &WebFile, cache: &Cache, caps: Caps) -> Result<PathBuf, Failure> {
    let scratch = tempfile::tempdir();
    let scratch = scratch
        .map_err(|error| Failure::from_io(Side::Local, std::env::temp_dir().display(), &error))?;
    let new = scratch.path().join(NEW);
    image_builder::archive(file, cache.network(), &new, caps.inflated).await?;
    let path = new.clone();
    let looked = blocking(move || Ok((digest(&path)?, platform(&path, caps)?))).await;
    let (digest, platform) =
        looked.map_err(|failure| failure.context(image_builder::shown(&file.url)))?;
    let words: Vec<&str> = platform.words().collect();
    let name = format!("{}.tar", words.join("."));
    let put = async |folder: &Path| {
        let to = folder.join(name);
        let moved = blocking(move || fs::copy(new, to)).await;
        moved.map(drop)
    };
    Ok(cache.get(&format!("archive {digest}"), put).await?.folder.clone())
}

fn digest(path: &Path) -> io::Result<Digest> {
    Ok(copy_hashed(&mut File::open(path)?, &mut io::sink())?.finish())
}

/// What the first image of an archive is for.
fn platform(path: &Path, caps: Caps) -> io::Result<Platform> {
    let manifest = document(path, caps, "manifest.json")?;
    let name = manifest.pointer("/0/Config").and_then(Value::as_str);
    let name = name.ok_or_else(|| invalid("its manifest.json lists no image"))?;
    let config = document(path, caps, name)?;
    let word = |key| config.get(key).and_then(Value::as_str);
    let (os, architecture) = (word("os").unwrap_or("linux"), word("architecture"));
    let architecture = architecture.ok_or_else(|| invalid("its image has no platform"))?;
    Platform::new(os, architecture, word("variant")).map_err(|error| invalid(&error.to_string()))
}

/// A document within an archive.
fn document(path: &Path, caps: Caps, name: &str) -> io::Result<Value> {
    let shown = path.display().to_string();
    let mut tar = TarReader::new(Decoder::new(File::open(path)?, &shown, caps)?, &shown);
    while let Some(entry) = tar.next_entry()? {
        if entry.name == name {
            let mut text = Vec::new();
            (&mut tar).take(LIMIT).read_to_end(&mut text)?;
            return serde_json::from_slice(&text)
                .map_err(|_| invalid("one of its documents is not JSON"));
        }
    }
    Err(invalid("it is not an archive written by docker save"))
}

fn invalid(what: &str) -> io::Error {
    io::Error::other(Failure::new(FailureKind::Invalid, Side::Source, what))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let failed = |error: io::Error| match Failure::find_in(&error) {
        Some(failure) => failure,
        None => Failure::from_error(FailureKind::Storage, Side::Local, &error),
    };
    ports::blocking(move || work().map_err(failed)).await
}
