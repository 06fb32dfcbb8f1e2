//! Whether two say the same platform.

use super::invalid;
use crate::model::{Failure, ImageConfig, Platform};

/// Reads an image's configuration and the platform that it names.
pub(super) fn config_of(raw: &[u8]) -> Result<(ImageConfig, Platform), Failure> {
    let config: ImageConfig = serde_json::from_slice(raw)
        .map_err(|error| invalid("the image's configuration cannot be read").because(error))?;
    let platform = config
        .platform()
        .map_err(|error| invalid("the image's configuration names no platform").because(error))?;
    Ok((config, platform))
}

/// The platform that both `named` from outside and `inside` say, with what
/// only one of them tells.
pub(super) fn agree(named: &Platform, inside: &Platform) -> Result<Platform, Failure> {
    let variants = (variant(named), variant(inside));
    let differs = matches!(variants, (Some(named), Some(inside)) if named != inside);
    if named.os != inside.os || named.architecture != inside.architecture || differs {
        return Err(invalid(format!("it is named {named}, and the image inside is {inside}"))
            .hint(format!("name it for {inside}, or build the image for {named}")));
    }
    let mut platform = named.clone();
    platform.variant = platform.variant.or_else(|| inside.variant.clone());
    platform.os_version = platform.os_version.or_else(|| inside.os_version.clone());
    if platform.os_features.is_empty() {
        platform.os_features.clone_from(&inside.os_features);
    }
    Ok(platform)
}

/// Whether two are one platform: `arm64` is `arm64/v8`.
pub(super) fn same(a: &Platform, b: &Platform) -> bool {
    a.os == b.os
        && a.architecture == b.architecture
        && variant(a) == variant(b)
        && a.os_version == b.os_version
        && a.os_features == b.os_features
}

/// The variant, where it is not the only one that there is.
fn variant(platform: &Platform) -> Option<&str> {
    let only = platform.architecture == "arm64";
    platform.variant.as_deref().filter(|variant| !(only && *variant == "v8"))
}
