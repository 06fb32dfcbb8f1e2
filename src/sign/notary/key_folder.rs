//! Private keys in Docker's trust folder, each in a file that is named by its
//! public half.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Gun, pin_file::write};
use crate::{
    model::{Failure, Side},
    sign::{PrivateKey, read_key},
};

/// The folder of keys.
#[derive(Clone, Debug)]
pub struct KeyFolder {
    folder: PathBuf,
}

impl KeyFolder {
    /// The keys below the trust folder.
    #[must_use]
    pub fn new(trust: &Path) -> Self {
        Self { folder: trust.join("private") }
    }

    /// The file of the key with this id.
    #[must_use]
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.key"))
    }

    /// Whether there is a key with this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.path(id).exists()
    }

    /// The id of a key for `role`, of `gun` where that is said; none where
    /// there is none. Of several, the first, as Docker takes it.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub fn find(&self, role: &str, gun: Option<&Gun>) -> Result<Option<String>, Failure> {
        let failed =
            |error: &io::Error| Failure::from_io(Side::Local, self.folder.display(), error);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| failed(&error))?.path();
            let id = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
            let is_key = path.extension().is_some_and(|extension| extension == "key");
            if let Some(id) = id.filter(|_| is_key)
                && is_for(&path, role, gun)
            {
                found.push(id);
            }
        }
        Ok(found.into_iter().min())
    }

    /// Writes a key, encrypted. The key of a root is for all names.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be written.
    pub fn keep(
        &self,
        id: &str,
        role: &str,
        gun: Option<&Gun>,
        der: &[u8],
        passphrase: &[u8],
    ) -> Result<PathBuf, Failure> {
        let path = self.path(id);
        let failed = |error: crate::sign::KeyError| error.at(path.display());
        let sealed = PrivateKey::encrypt(der, passphrase).map_err(failed)?;
        let block = pem::Pem::new("ENCRYPTED PRIVATE KEY", sealed);
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let text = pem::encode_config(&block, config);
        write(&path, with_headers(&text, role, gun).as_bytes())?;
        Ok(path)
    }
}

/// Whether a key file says that its key is for `role`, and of `gun`.
fn is_for(path: &Path, role: &str, gun: Option<&Gun>) -> bool {
    let block = read_key(path).ok().and_then(|text| pem::parse(text.as_slice()).ok());
    block.is_some_and(|block| {
        let headers = block.headers();
        headers.get("role") == Some(role)
            && gun.is_none_or(|gun| headers.get("gun") == Some(gun.as_str()))
    })
}

/// A key in PEM, with what it is for before its content. The crate would take
/// no name of a registry that has a port.
fn with_headers(text: &str, role: &str, gun: Option<&Gun>) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let gun = gun.map(|gun| format!("gun: {gun}\n")).unwrap_or_default();
    format!("{first}\n{gun}role: {role}\n\n{rest}")
}
