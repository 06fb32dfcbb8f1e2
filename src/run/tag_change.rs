//! What becomes of a tag, for people.

use crate::{model::Descriptor, plan::Expected};

/// What a tag names, and what it will name: `new → sha256:…`. Where `after` is
/// none, that is known only later.
#[must_use]
pub fn tag_change(before: Option<&Descriptor>, after: Option<&Expected>) -> String {
    let now = before.map(|before| before.digest.to_string());
    let then = after.map(|after| after.digest().map(ToString::to_string));
    match (now, then) {
        (Some(now), Some(Some(then))) if now == then => format!("{now} (unchanged)"),
        (None, Some(None)) => "does not exist".to_owned(),
        (now, then) => {
            let now = now.unwrap_or_else(|| "new".to_owned());
            let then = match then {
                None => "known after it is made".to_owned(),
                Some(None) => "removed".to_owned(),
                Some(Some(then)) => then,
            };
            format!("{now} → {then}")
        }
    }
}
