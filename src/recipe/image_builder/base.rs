//! Builds on another image than the Dockerfile says.
//!
//! The first `FROM` that names an image from outside is the one that is
//! replaced; others stay. The Dockerfile on disk is never changed: what is
//! changed is the text that the builder is given.

use crate::{
    model::{Failure, FailureKind, Side},
    recipe::dockerfile::{replaced, stages},
};

/// The build argument that the base is given as.
pub const ARGUMENT: &str = "BASE_IMAGE";

/// The text of a Dockerfile that is built on what [`ARGUMENT`] says, and
/// otherwise on what it was built on.
///
/// # Errors
///
/// Fails where it cannot be read, and where it is built on no image at all.
pub fn with_base(text: &str) -> Result<String, Failure> {
    let stages = stages(text, "the Dockerfile").map_err(|failure| {
        failure.context("`base` cannot be applied, because the Dockerfile cannot be read")
    })?;
    let external = stages.external(&[]);
    let (Some(first), Some(base)) = (stages.froms.first(), external.first()) else {
        let what = "`base` replaces the first external image of the Dockerfile, which has none";
        return Err(Failure::new(FailureKind::Invalid, Side::Source, what)
            .hint("leave `base` out, or add a FROM with an image"));
    };
    let argument = format!("ARG {ARGUMENT}={}\n", base.from.image);
    let image = format!("${{{ARGUMENT}}}");
    Ok(replaced(text, &[(first.start..first.start, argument), (base.from.span.clone(), image)]))
}
