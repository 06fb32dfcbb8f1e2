//! The partner that an image is released for.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use x509_cert::{
    Certificate,
    der::{DecodePem, Encode},
};

use super::refusal::{invalid, missing};
use crate::model::{Failure, PartnerId, Side, VeeaRecipe, escape};

/// The vendor's folder in the user's home.
const HOME: &str = ".vhc";
/// What the name of a partner's certificate begins and ends with.
const BEFORE: &str = "veea-partner-";
const AFTER: &str = "-cert.pem";
/// The most bytes of a certificate or of what lies beside it.
const LIMIT: u64 = 256 << 10;
/// What the vendor says of a partner: this, and six more fields.
const IDENTIFIER: &str = "PARTNER";

/// A partner, as the labels of an image tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its identity.
    pub id: PartnerId,
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// What the vendor says of the partner:
    /// `PARTNER;ID;FROM,TO;KEY;SHA256;SERVER;SIGNATURE`.
    pub identifier: Option<String>,
    /// The certificate of the server of licences, in DER.
    pub license_server: Option<Vec<u8>>,
    /// The certificate of the authority above that server, in DER.
    pub license_authority: Option<Vec<u8>>,
}

/// The partner of a recipe.
pub(super) fn find(recipe: &VeeaRecipe) -> Result<Partner, Failure> {
    let path = match &recipe.certificate {
        Some(path) => path.clone(),
        None => installed(recipe.partner)?,
    };
    let id = recipe.partner.or_else(|| named(&path)).ok_or_else(nobody)?;
    let certificate = der(&path)?.ok_or_else(|| missing(&path))?;
    let beside = |name: &str| path.with_file_name(name);
    let text = read(&beside(&format!("{BEFORE}{id}-identifier")))?;
    let identifier = text.map(|text| identifier(&text, id)).transpose()?;
    Ok(Partner {
        id,
        certificate,
        identifier,
        license_server: der(&beside("veeahub_license_server.pem"))?,
        license_authority: der(&beside("veeahub_license_authority.pem"))?,
    })
}

fn nobody() -> Failure {
    invalid("No partner ID found. Please use --unauth.")
        .hint("or set a certificate, such as certificate = \"veea-partner-00000033-cert.pem\"")
}

/// The partner that the name of a certificate tells.
fn named(path: &Path) -> Option<PartnerId> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.parse().ok()
}

/// The certificate in the user's home; the only one, or that of `asked`.
fn installed(asked: Option<PartnerId>) -> Result<PathBuf, Failure> {
    let folder = std::env::home_dir().ok_or_else(nobody)?.join(HOME);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(nobody()),
        Err(error) => return Err(Failure::from_io(Side::Local, folder.display(), &error)),
    };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let fits = |path: &PathBuf| named(path).is_some_and(|id| asked.is_none_or(|asked| asked == id));
    let mut found: Vec<PathBuf> = paths.filter(fits).collect();
    found.sort();
    match <[PathBuf; 1]>::try_from(found) {
        Ok([path]) => Ok(path),
        Err(found) if found.is_empty() => Err(nobody()),
        Err(found) => {
            let what = format!("{} has certificates of {} partners", folder.display(), found.len());
            Err(invalid(what).hint("choose one, such as partner = \"00000033\""))
        }
    }
}

fn identifier(text: &[u8], id: PartnerId) -> Result<String, Failure> {
    let text = String::from_utf8_lossy(text).trim().to_owned();
    let fields: Vec<&str> = text.split(';').collect();
    let is_it = fields.len() == 7 && fields[0] == IDENTIFIER && fields[1].parse() == Ok(id);
    if is_it && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let what = format!("`{}` is not an identifier of the partner {id}", escape(&text));
    Err(invalid(what).hint("its form is PARTNER;ID;FROM,TO;KEY;SHA256;SERVER;SIGNATURE"))
}

/// A certificate in PEM, as DER; none where there is none.
fn der(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let Some(text) = read(path)? else { return Ok(None) };
    let read = || Certificate::from_pem(&text)?.to_der();
    read().map(Some).map_err(|error| {
        invalid(format!("it is not a certificate in PEM: {error}")).context(path.display())
    })
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        if fs::metadata(path)?.len() > LIMIT {
            return Err(invalid("it is too large for a certificate").into());
        }
        fs::read(path)
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::from_io(Side::Local, path.display(), &error)),
    }
}
