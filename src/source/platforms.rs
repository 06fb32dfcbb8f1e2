//! Whether two say the same platform.

use super::invalid;
use crate::model::{Failure, ImageConfig, Platform};

/// Reads an image's configuration and the platform that it names.
pub(super) fn config_of(raw: &[u8]) -> Result<(ImageConfig, Platform), Failure> {
    let config: ImageConfig = serde_json::from_slice(raw)
        .map_err(|error| invalid("the image's configuration cannot be read").because(error))?;
    let platform = config.platform().map_err(|error| {
        invalid("the image's configuration has no platform").because(error).hint(
            "build it with `os` and `architecture` in its configuration, such as with the option \
             --platform of crane append",
        )
    })?;
    Ok((config, platform))
}

/// The platform that both `named` from outside and `inside` say, with what
/// only one of them tells.
pub(super) fn agree(named: &Platform, inside: &Platform) -> Result<Platform, Failure> {
    // A name may leave the variant to the image, and an image to its name.
    let is_left_out = named.variant.is_none() || inside.variant.is_none();
    let levels = (named.level(), inside.level());
    let differs =
        levels.0 != levels.1 && !(is_left_out && (levels.0.is_none() || levels.1.is_none()));
    if named.os != inside.os || named.architecture != inside.architecture || differs {
        return Err(invalid(format!("it is named {named}, but its image is for {inside}"))
            .hint(format!("rename it for {inside}, or build the image for {named}")));
    }
    let mut platform = named.clone();
    platform.variant = platform.variant.or_else(|| inside.variant.clone());
    platform.os_version = platform.os_version.or_else(|| inside.os_version.clone());
    if platform.os_features.is_empty() {
        platform.os_features.clone_from(&inside.os_features);
    }
    Ok(platform)
}
