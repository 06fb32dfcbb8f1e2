//! What the environment says of services like Amazon's, as far as castoff has
//! a say in it. Credentials and the rest are read by the client itself.

use std::env;

use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::model::{Failure, FailureKind, Side};

/// The settings that castoff does not follow, and what decides instead.
const ELSEWHERE: [(&str, &str); 4] = [
    ("AWS_MAX_ATTEMPTS", "`attempts` of [engine]"),
    ("AWS_RETRY_MODE", "`attempts` of [engine]"),
    ("AWS_REQUEST_CHECKSUM_CALCULATION", "castoff, which sends its own SHA-256,"),
    ("AWS_RESPONSE_CHECKSUM_VALIDATION", "castoff, which compares digests,"),
];

/// What the environment says.
pub(super) struct Settings {
    /// The profile of the configuration files.
    pub(super) profile: Option<String>,
    /// Where the service is.
    pub(super) endpoint: Option<String>,
    /// The authorities that are trusted, as PEM; none: those of the system.
    pub(super) authorities: Option<Vec<u8>>,
}

impl Settings {
    pub(super) fn read() -> Result<Self, Failure> {
        for (name, instead) in ELSEWHERE {
            if env::var_os(name).is_some() {
                tracing::warn!("{name} is not used: {instead} decides");
            }
        }
        Ok(Self {
            profile: first(["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])?,
            endpoint: endpoint()?,
            authorities: authorities()?,
        })
    }
}

fn endpoint() -> Result<Option<String>, Failure> {
    let is_ignored = text("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
    if is_ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
}

fn authorities() -> Result<Option<Vec<u8>>, Failure> {
    let name = "AWS_CA_BUNDLE";
    let Some(path) = text(name)? else { return Ok(None) };
    let doing = format!("{name}: {path}");
    let bundle = std::fs::read(&path)
        .map_err(|error| Failure::from_io(Side::Local, doing.clone(), &error))?;
    let mut certificates = CertificateDer::pem_slice_iter(&bundle);
    let first = certificates.next();
    if first.is_none_or(|first| first.is_err()) || certificates.any(|more| more.is_err()) {
        let what = "it does not hold certificates as PEM";
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what).context(doing));
    }
    Ok(Some(bundle))
}

/// The first of some variables that is set.
fn first(names: [&str; 2]) -> Result<Option<String>, Failure> {
    for name in names {
        if let Some(value) = text(name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// A variable without white space at its ends; none where it is not set, or
/// empty.
fn text(name: &str) -> Result<Option<String>, Failure> {
    let Some(value) = env::var_os(name) else { return Ok(None) };
    let value = value.to_str().map(str::trim).filter(|value| !value.contains(char::is_control));
    let value = value.ok_or_else(|| {
        let what = format!("{name} holds characters that it cannot have");
        Failure::new(FailureKind::Invalid, Side::Local, what)
    })?;
    Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
}
