//! New metadata, before it is signed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{FileMeta, TufKey};

/// How long what names mean is good, and which metadata there is: as notary
/// has it, three years.
const LIFE: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);
/// How long a root is good, as notary has it: ten years.
const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// What names are to mean; nothing: a name is to mean nothing any more.
pub type Meanings = BTreeMap<String, Option<FileMeta>>;

/// The keys of a new root, one for each role.
#[derive(Clone, Debug)]
pub struct RootKeys {
    /// The root's, in its certificate.
    pub root: TufKey,
    /// The one that says what names mean.
    pub targets: TufKey,
    /// The server's for the list of metadata.
    pub snapshot: TufKey,
    /// The server's for what is newest.
    pub timestamp: TufKey,
}

/// The first root of a repository.
#[must_use]
pub fn first_root(keys: &RootKeys, now: Timestamp) -> Value {
    let roles = [
        ("root", &keys.root),
        ("targets", &keys.targets),
        ("snapshot", &keys.snapshot),
        ("timestamp", &keys.timestamp),
    ];
    let by_id: BTreeMap<String, &TufKey> = roles.iter().map(|(_, key)| (key.id(), *key)).collect();
    let roles: BTreeMap<&str, Value> = roles
        .iter()
        .map(|(role, key)| (*role, json!({ "keyids": [key.id()], "threshold": 1 })))
        .collect();
    json!({
        "_type": "Root",
        "consistent_snapshot": false,
        "expires": until(now, ROOT_LIFE),
        "keys": by_id,
        "roles": roles,
        "version": 1,
    })
}

/// The first metadata of a role that names things.
#[must_use]
pub fn first_targets() -> Value {
    json!({
        "_type": "Targets",
        "delegations": { "keys": {}, "roles": [] },
        "expires": "",
        "targets": {},
        "version": 0,
    })
}

/// The same metadata of a role, one version on, where each of `names` means
/// what is beside it. What else is there stays as it is.
#[must_use]
pub fn with_targets(before: Value, names: &BTreeMap<String, FileMeta>, now: Timestamp) -> Value {
    let some = names.iter().map(|(name, meta)| (name.clone(), Some(meta.clone())));
    with_meanings(before, &some.collect(), now)
}

/// The same, where those of `names` that have nothing beside them mean nothing.
#[must_use]
pub fn with_meanings(mut before: Value, names: &Meanings, now: Timestamp) -> Value {
    let targets = object(&mut before["targets"]);
    for (name, meta) in names {
        // What others noted about the name was about what it meant before.
        match meta {
            Some(meta) => drop(targets.insert(name.clone(), meta.to_value())),
            None => drop(targets.remove(name)),
        }
    }
    next(before, now)
}

/// The same list of metadata, one version on, where that of `role` is `meta`.
#[must_use]
pub fn with_metadata(mut before: Value, role: &str, meta: &FileMeta, now: Timestamp) -> Value {
    object(&mut before["meta"]).insert(role.to_owned(), meta.to_value());
    next(before, now)
}

fn next(mut document: Value, now: Timestamp) -> Value {
    let version = document["version"].as_u64().unwrap_or_default();
    document["version"] = json!(version.saturating_add(1));
    document["expires"] = json!(until(now, LIFE));
    document
}

/// Go writes an empty one as `null`.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was just made one")
}

/// In whole seconds: servers write times anew, and leave out what is zero.
fn until(now: Timestamp, life: SignedDuration) -> String {
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    whole.saturating_add(life).map_or_else(|_| whole.to_string(), |until| until.to_string())
}
