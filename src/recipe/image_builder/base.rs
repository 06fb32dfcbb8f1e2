//! Builds on another image than the Dockerfile says.
//!
//! The first `FROM` that names an image from outside is the one that is
//! replaced; others stay. The Dockerfile on disk is never changed: what is
//! changed is the text that the builder is given.

use parse_dockerfile::{FromInstruction, Instruction};

use crate::model::{Failure, FailureKind, Side};

/// The build argument that the base is given as.
pub const ARGUMENT: &str = "BASE_IMAGE";
/// The image that is no image.
const SCRATCH: &str = "scratch";

/// The text of a Dockerfile that is built on what [`ARGUMENT`] says, and
/// otherwise on what it was built on.
///
/// # Errors
///
/// Fails where it cannot be read, and where it is built on no image at all.
pub fn with_base(text: &str) -> Result<String, Failure> {
    let unreadable = |error: &parse_dockerfile::Error| {
        let what = format!("`base` has no place, since the Dockerfile cannot be read: {error}");
        Failure::new(FailureKind::Invalid, Side::Source, what)
    };
    let mut froms: Vec<FromInstruction<'_>> = Vec::new();
    let instructions = parse_dockerfile::parse_iter(text).map_err(|error| unreadable(&error))?;
    for instruction in instructions {
        if let Instruction::From(from) = instruction.map_err(|error| unreadable(&error))? {
            froms.push(from);
        }
    }
    let external = (0..froms.len()).find(|place| is_external(&froms[*place], &froms[..*place]));
    let (Some(first), Some(external)) = (froms.first(), external) else {
        let what =
            "`base` replaces the first image that the Dockerfile is built on, and there is none";
        return Err(Failure::new(FailureKind::Invalid, Side::Source, what)
            .hint("leave `base` out, or write a FROM with an image"));
    };
    let image = &froms[external].image;
    let (start, replaced) = (first.from.span.start, image.span.clone());
    let (before, between) = (&text[..start], &text[start..replaced.start]);
    let (image, after) = (&image.value, &text[replaced.end..]);
    Ok(format!("{before}ARG {ARGUMENT}={image}\n{between}${{{ARGUMENT}}}{after}"))
}

/// Whether a stage is built on an image from outside: on no stage before it,
/// and not on nothing.
fn is_external(from: &FromInstruction<'_>, before: &[FromInstruction<'_>]) -> bool {
    let image = &from.image.value;
    let is_it = |stage: &FromInstruction<'_>| {
        let alias = stage.as_.as_ref().map(|(_, alias)| &alias.value);
        alias.is_some_and(|alias| alias.eq_ignore_ascii_case(image))
    };
    !image.eq_ignore_ascii_case(SCRATCH) && !before.iter().any(is_it)
}
