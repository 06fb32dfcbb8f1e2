//! Documents with other values in some of their fields.

use serde::Serialize;
use serde_json::{Map, Value};

/// A document with other values in some of its fields.
pub(super) fn rewritten<const N: usize>(raw: &[u8], fields: [(&str, Value); N]) -> Vec<u8> {
    let mut document: Map<String, Value> = serde_json::from_slice(raw).unwrap_or_default();
    for (name, value) in fields {
        document.insert(name.to_owned(), value);
    }
    bytes(&document)
}

/// A document as it is written.
pub(super) fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("descriptors always become JSON")
}
