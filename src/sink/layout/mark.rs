//! `oci-layout`, the file that marks a folder as a layout.

use serde_json::Value;

use crate::model::{Failure, FailureKind, Side};

/// What it is called.
pub(super) const NAME: &str = "oci-layout";

/// What is in it.
pub(super) const CONTENT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// Fails where a layout is of another version than castoff writes. A file that
/// cannot be read says nothing, and is written again with the index.
pub(super) fn check(bytes: &[u8]) -> Result<(), Failure> {
    let parsed: Option<Value> = serde_json::from_slice(bytes).ok();
    match parsed.as_ref().and_then(|mark| mark.get("imageLayoutVersion")?.as_str()) {
        Some(version) if !version.starts_with("1.") => {
            let what = format!("its layout version is `{version}`; castoff writes 1.0.0");
            Err(Failure::new(FailureKind::Invalid, Side::Sink, what)
                .hint("use another folder or file"))
        }
        _ => Ok(()),
    }
}
