//! Licences: which devices and features a partner may use.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{
    image_config::ImageConfig,
    refusal::{invalid, missing},
};
use crate::model::{Failure, Side, VeeaRecipe, bytes};

/// The most bytes of a licence.
const LIMIT: u64 = 256 << 10;
/// The most files that a folder of licences may hold.
const COUNT: usize = 10_000;

/// A licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// Where it lies.
    pub path: PathBuf,
    text: Vec<u8>,
}

impl License {
    /// As it goes into a label.
    pub(super) fn value(&self) -> String {
        let is_line = |text: &&str| !text.chars().any(char::is_control);
        match std::str::from_utf8(&self.text).map(str::trim) {
            Ok(text) if is_line(&text) => text.to_owned(),
            _ => BASE64_STANDARD.encode(&self.text),
        }
    }

    fn allows(&self, what: &str) -> bool {
        let text = String::from_utf8_lossy(&self.text);
        text.split([';', '\n', '\r']).any(|field| field.trim() == what)
    }
}

/// The licences for the devices and features that need one, each once.
pub(super) fn find(recipe: &VeeaRecipe, config: &ImageConfig) -> Result<Vec<License>, Failure> {
    let own = config.licenses.iter().map(|path| recipe.folder.join(path));
    let mut there = Vec::new();
    for path in own.chain(recipe.licenses.clone()) {
        there.extend(read(&path)?);
    }
    let features =
        config.features.iter().filter(|feature| !config.partner_features.contains(feature));
    let (mut found, mut lacking) = (Vec::<License>::new(), Vec::new());
    for what in config.devices.iter().chain(features) {
        match there.iter().find(|license| license.allows(what)) {
            Some(license) if found.contains(license) => {}
            Some(license) => found.push(license.clone()),
            None => lacking.push(format!("ERROR: Unable to find a license for {what}")),
        }
    }
    if lacking.is_empty() {
        return Ok(found);
    }
    let aborting = "ERROR: Missing licenses...aborting".to_owned();
    let all: Vec<String> = lacking.into_iter().chain([aborting]).collect();
    let failure = all[1..].iter().fold(invalid(&all[0]), Failure::because);
    Err(failure
        .verbatim()
        .hint("add its file or folder to docker.secure.arg.licenses, or build with --unauth"))
}

/// The licences at a path: a file, or all files of a folder.
fn read(path: &Path) -> Result<Vec<License>, Failure> {
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => missing(path),
        _ => Failure::from_io(Side::Source, path.display(), error),
    };
    if !fs::metadata(path).map_err(|error| failed(&error))?.is_dir() {
        return Ok(vec![license(path.to_owned())?]);
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| failed(&error))?.take(COUNT) {
        paths.push(entry.map_err(|error| failed(&error))?.path());
    }
    paths.sort();
    paths.into_iter().filter(|path| path.is_file()).map(license).collect()
}

fn license(path: PathBuf) -> Result<License, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let size = fs::metadata(&path)?.len();
        if size > LIMIT {
            return Err(invalid(format!("a licence must not have {}", bytes(size))).into());
        }
        fs::read(&path)
    };
    let text = read().map_err(|error| Failure::from_io(Side::Source, path.display(), &error))?;
    Ok(License { path, text })
}
