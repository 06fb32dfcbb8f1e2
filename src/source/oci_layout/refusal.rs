//! Why a layout cannot be released.

use super::resolved::{Found, Resolved};
use crate::{
    model::{Failure, Platform, escape},
    ports::Lacking,
    source::invalid,
};

/// The failure of a layout that lacks the file `name`.
pub(super) fn no(name: &str) -> Failure {
    invalid(format!("it has no `{name}`, so it is not an image layout"))
        .hint("use the folder or tar that contains `oci-layout` and `index.json`")
}

/// The failure of a layout that had a platform when it was looked at.
pub(super) fn missing_platform(platform: &Platform) -> Failure {
    invalid(format!("it no longer contains an image for {platform}")).hint("plan the release again")
}

/// The failure of a layout of which no image is all there.
pub(super) fn nothing_whole(resolved: &Resolved) -> Failure {
    match (&resolved.lacking[..], &resolved.missing[..]) {
        ([Lacking { platform, missing }, ..], _) => {
            invalid(format!("the image for {platform} is incomplete: {missing} is missing"))
                .hint(format!("fetch {platform} and save it again"))
        }
        ([], [missing, ..]) => invalid(format!("{missing} is missing"))
            .hint("copy the layout again, with everything that it refers to"),
        ([], []) => invalid("it contains no image").hint("use a layout with at least one image"),
    }
}

/// The failure of two images for one platform.
pub(super) fn twins(first: &Found, second: Option<&str>, platform: &Platform) -> Failure {
    let what = invalid(format!("there are two images for {platform}"));
    match (first.name.as_deref(), second) {
        (Some(first), Some(second)) if first != second => {
            let (first, second) = (first.min(second), first.max(second));
            let (first, second) = (escape(first), escape(second));
            what.because(format!("`{first}` and `{second}`"))
                .hint(format!("choose one, as PATH:{first}"))
        }
        _ => what.hint("use a layout with one image for each platform"),
    }
}
