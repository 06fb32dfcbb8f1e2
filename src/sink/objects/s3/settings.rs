//! What the environment and its profile say of services like Amazon's, as far
//! as castoff has a say in it. Credentials and the rest are read by the client itself.

use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::profile::Profile;
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side, has_user, is_endpoint},
    net,
};

/// The settings that castoff does not follow, as the environment and as a
/// profile names them, and what decides instead.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    ("AWS_MAX_ATTEMPTS", "max_attempts", "`attempts` of [engine]"),
    ("AWS_RETRY_MODE", "retry_mode", "`attempts` of [engine]"),
    (
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        "request_checksum_calculation",
        "castoff, which sends its own SHA-256,",
    ),
    (
        "AWS_RESPONSE_CHECKSUM_VALIDATION",
        "response_checksum_validation",
        "castoff, which compares digests,",
    ),
];

/// The settings for Amazon's own endpoints that castoff has no form for.
const ENDPOINTS: [&str; 2] = ["use_accelerate_endpoint", "use_dualstack_endpoint"];

/// What the environment and its profile say.
pub(super) struct AwsSettings {
    /// The name of the profile, where the environment has one.
    pub(super) name: Option<String>,
    /// The profile of the configuration files.
    pub(super) profile: Profile,
    /// Where the service is.
    pub(super) endpoint: Option<String>,
    /// The authorities that are trusted, as PEM; none: those of the system.
    pub(super) authorities: Option<Vec<u8>>,
}

impl AwsSettings {
    pub(super) async fn read(environment: &Environment) -> Result<Self, Failure> {
        let name = first(environment, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])?;
        let profile = Profile::read(name.as_deref()).await;
        warn(environment, &profile);
        let authorities = authorities(environment, &profile)?;
        Ok(Self { name, endpoint: endpoint(environment)?, authorities, profile })
    }

    /// Whether the bucket's name goes into the path, as the profile says.
    pub(super) fn is_path_style(&self) -> bool {
        self.profile.get_s3("addressing_style") == Some("path")
    }
}

/// Tells what is set for Amazon's own endpoints, where another is named.
pub(super) fn tell_elsewhere(environment: &Environment) {
    for variable in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        let set = environment.text(variable).unwrap_or_default();
        if set.trim().eq_ignore_ascii_case("true") {
            net::tell_once(format!("{variable} is not used: the endpoint is set"));
        }
    }
}

/// Tells what is set and not followed.
fn warn(environment: &Environment, profile: &Profile) {
    for (variable, key, instead) in ELSEWHERE {
        if environment.raw(variable).is_some() {
            net::tell_once(format!("{variable} is not used: {instead} decides"));
        } else if profile.get(key).is_some() {
            net::tell_once(format!("{key} of the AWS profile is not used: {instead} decides"));
        }
    }
    for key in ENDPOINTS {
        if profile.get_s3(key) == Some("true") {
            net::tell_once(format!(
                "{key} of the AWS profile is not used: set the endpoint in the URL, endpoint=…"
            ));
        }
    }
}

fn endpoint(environment: &Environment) -> Result<Option<String>, Failure> {
    let is_ignored = text(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
    if is_ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let endpoint = first(environment, ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])?;
    if endpoint.as_deref().is_some_and(has_user) {
        let what = "AWS_ENDPOINT_URL has a user before its host, which no bucket service accepts";
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what)
            .hint("set keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or set AWS_PROFILE"));
    }
    if endpoint.as_deref().is_some_and(|of| !is_endpoint(of)) {
        let what = "AWS_ENDPOINT_URL is not the URL of a host";
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what)
            .hint("write http://HOST[:PORT] or https://HOST[:PORT], without parameters"));
    }
    Ok(endpoint)
}

fn authorities(environment: &Environment, profile: &Profile) -> Result<Option<Vec<u8>>, Failure> {
    let named = match text(environment, "AWS_CA_BUNDLE")? {
        Some(path) => Some(("AWS_CA_BUNDLE", path)),
        None => profile.get("ca_bundle").map(|path| ("ca_bundle of the AWS profile", path.into())),
    };
    let Some((name, path)) = named else { return Ok(None) };
    let doing = format!("{name}: {path}");
    let bundle = std::fs::read(&path)
        .map_err(|error| Failure::from_io(Side::Local, doing.clone(), &error))?;
    let mut certificates = CertificateDer::pem_slice_iter(&bundle);
    let first = certificates.next();
    if first.is_none_or(|first| first.is_err()) || certificates.any(|more| more.is_err()) {
        let what = "it does not contain certificates in PEM";
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what).context(doing));
    }
    Ok(Some(bundle))
}

/// The first of some variables that is set.
fn first(environment: &Environment, names: [&str; 2]) -> Result<Option<String>, Failure> {
    for name in names {
        if let Some(value) = text(environment, name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// A variable without white space at its ends; none where it is not set, or
/// empty.
fn text(environment: &Environment, name: &str) -> Result<Option<String>, Failure> {
    let Some(value) = environment.raw(name) else { return Ok(None) };
    let value = value.to_str().map(str::trim).filter(|value| !value.contains(char::is_control));
    let value = value.ok_or_else(|| {
        let what = format!("{name} contains characters that are not allowed");
        Failure::new(FailureKind::Invalid, Side::Local, what)
    })?;
    Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
}
