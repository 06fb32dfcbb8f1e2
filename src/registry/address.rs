//! The address of a registry.

use url::Url;

use crate::model::{Failure, FailureKind, Side};

/// The origin of the registry at `host`, which is `HOST[:PORT]`.
///
/// # Errors
///
/// Fails where that is no host.
pub(super) fn address(scheme: &str, host: &str) -> Result<Url, Failure> {
    let wrong = |why: String| {
        Failure::new(FailureKind::Invalid, Side::Local, why)
            .context(format!("`{host}` is not the host of a registry"))
    };
    let url =
        Url::parse(&format!("{scheme}://{host}/")).map_err(|error| wrong(error.to_string()))?;
    let plain = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    if plain && url.query().is_none() && url.fragment().is_none() {
        Ok(url)
    } else {
        Err(wrong("write HOST[:PORT]".into()))
    }
}
