//! How the fields of manifests are read: as the specification's own reader
//! does, which is that of Go.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The fields of the specification that are not written in lower case alone.
const MIXED: [&str; 13] = [
    "acKind",
    "acVersion",
    "eventHandlers",
    "imageID",
    "imageName",
    "mountPoints",
    "pathWhitelist",
    "readOnly",
    "socketActivated",
    "supplementaryGIDs",
    "userAnnotations",
    "userLabels",
    "workingDirectory",
];
/// Those that are.
const LOWER: [&str; 17] = [
    "annotations",
    "app",
    "count",
    "dependencies",
    "environment",
    "exec",
    "group",
    "isolators",
    "labels",
    "name",
    "path",
    "port",
    "ports",
    "protocol",
    "size",
    "user",
    "value",
];
/// Fields with keys of their makers', not the specification's.
const FREE: [&str; 3] = ["value", "userAnnotations", "userLabels"];

/// A field that may be `null`, which is as if it were not there.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// The same document with the fields of the specification spelled as it spells
/// them: Go reads them in any case, and makers rely on it.
pub(super) fn canonical(document: Value) -> Value {
    match document {
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        Value::Object(fields) => {
            let spelled: Vec<String> = fields.keys().map(|name| spelling(name, &fields)).collect();
            let values = fields.into_iter().map(|(_, value)| value);
            let fields = spelled.into_iter().zip(values).map(|(name, value)| {
                let is_free = FREE.contains(&&*name);
                let value = if is_free { value } else { canonical(value) };
                (name, value)
            });
            Value::Object(fields.collect())
        }
        other => other,
    }
}

/// How the specification spells `name`, unless that is there as well.
fn spelling(name: &str, fields: &Map<String, Value>) -> String {
    let known = MIXED.iter().chain(&LOWER).find(|known| known.eq_ignore_ascii_case(name));
    let known = known.filter(|known| !fields.contains_key(**known));
    known.map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}
