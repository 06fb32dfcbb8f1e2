//! Reading what others wrote as far as it can be read: a wrong type in what is
//! not needed must not lose what is.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// The value, or the usual one where it is of another type.
///
/// # Errors
///
/// Fails where the document itself cannot be read further.
pub fn or_usual<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A list, of which `null` is the empty one: Go writes a list without a place
/// in memory so.
///
/// # Errors
///
/// Fails where it is anything else than a list of such values.
pub fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Vec<T>>::deserialize(from).map(Option::unwrap_or_default)
}

/// Those of the named values that are texts.
///
/// # Errors
///
/// Fails where the document itself cannot be read further.
pub fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    Value::deserialize(from).map(|value| texts_in(&value))
}

/// Those of the named values that are texts.
#[must_use]
pub fn texts_in(values: &Value) -> BTreeMap<String, String> {
    let texts = values.as_object().into_iter().flatten();
    texts.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// Those of a list's values that are names; some servers write one of digits
/// alone as a number.
///
/// # Errors
///
/// Fails where it is no list.
pub fn names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(list(from)?.into_iter().filter_map(name).collect())
}

/// A list that may not be there; `null` is an empty one.
///
/// # Errors
///
/// Fails where it is something else than a list.
pub fn some_list<'de, D>(from: D) -> Result<Option<Vec<Value>>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Some(Option::deserialize(from)?.unwrap_or_default()))
}

/// A name, which some write as a number; none of anything else.
#[must_use]
pub fn name(value: Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whole seconds, however they are written; none where it is no time.
#[must_use]
pub fn seconds(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let life = Duration::try_from_secs_f64(seconds.filter(|seconds| *seconds >= 0.0)?).ok()?;
    Some(life.as_secs())
}
