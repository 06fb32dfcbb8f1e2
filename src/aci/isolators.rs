//! What an image may use and do (App Container specification, "Isolators").
//!
//! Isolators are kept as they are written. Those that the specification knows
//! are checked as its schema does; others are the executor's.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Name, fields::or_default};

/// One isolator, as manifests write it.
#[derive(Deserialize)]
struct Isolator {
    name: Name,
    #[serde(default)]
    value: Value,
}

/// What a resource may be used of.
#[derive(Deserialize)]
struct Amounts {
    #[serde(default, deserialize_with = "or_default")]
    default: bool,
    #[serde(default)]
    request: Value,
    #[serde(default)]
    limit: Value,
}

/// A set of capabilities or system calls.
#[derive(Deserialize)]
struct Set {
    #[serde(default, deserialize_with = "or_default")]
    set: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    errno: String,
}

/// A label of `SELinux`.
#[derive(Deserialize)]
struct Context {
    user: String,
    role: String,
    r#type: String,
    level: String,
}

/// Fails where an isolator is none, and tells why.
pub(super) fn check(isolators: &Value) -> Result<(), String> {
    if isolators.is_null() {
        return Ok(());
    }
    let all: Vec<Isolator> = read(isolators)?;
    let of = |isolator: &Isolator| {
        value(isolator.name.as_str(), &isolator.value)
            .map_err(|why| format!("the isolator `{}`: {why}", isolator.name))
    };
    all.iter().try_for_each(of)
}

fn value(name: &str, value: &Value) -> Result<(), String> {
    match name {
        "os/linux/cpu-shares" => within(value, 2, 262_144),
        "os/linux/oom-score-adj" => within(value, -1000, 1000),
        "os/linux/no-new-privileges" => read::<bool>(value).map(drop),
        "os/linux/capabilities-retain-set" | "os/linux/capabilities-remove-set" => {
            set(value).map(drop)
        }
        "os/linux/seccomp-retain-set" | "os/linux/seccomp-remove-set" => errno(&set(value)?.errno),
        "os/linux/selinux-context" => context(&read(value)?),
        "os/unix/sysctl" => read::<std::collections::BTreeMap<String, String>>(value).map(drop),
        "resource/block-bandwidth" | "resource/block-iops" | "resource/network-bandwidth" => {
            let of = amounts(value)?;
            match (of.default, of.request.is_null()) {
                (false, _) => Err("`default` must be true".to_owned()),
                (_, false) => Err("it takes no `request`".to_owned()),
                _ => Ok(()),
            }
        }
        "resource/cpu" | "resource/memory" if amounts(value)?.default => {
            Err("`default` must be false".to_owned())
        }
        _ => Ok(()),
    }
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

fn within(value: &Value, least: i64, most: i64) -> Result<(), String> {
    match value.as_i64() {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        _ => Err(format!("it must be a number from {least} to {most}")),
    }
}

fn set(value: &Value) -> Result<Set, String> {
    let set: Set = read(value)?;
    if set.set.is_empty() { Err("its set is empty".to_owned()) } else { Ok(set) }
}

fn errno(errno: &str) -> Result<(), String> {
    if errno.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err("its errno is not a name such as EPERM".to_owned())
    }
}

fn context(Context { user, role, r#type, level }: &Context) -> Result<(), String> {
    let is_bad = |part: &&String| part.is_empty() || part.contains(':');
    if level.is_empty() || [user, role, r#type].iter().any(is_bad) {
        return Err("it needs user, role, type and level, without colons".to_owned());
    }
    Ok(())
}

fn amounts(value: &Value) -> Result<Amounts, String> {
    let amounts: Amounts = read(value)?;
    for amount in [&amounts.request, &amounts.limit] {
        let is_good = match amount {
            Value::Null | Value::Number(_) => true,
            Value::String(text) => is_quantity(text),
            _ => false,
        };
        if !is_good {
            return Err(format!("{amount} is not an amount such as 500m or 2Gi"));
        }
    }
    Ok(amounts)
}

/// A number with a unit, as Kubernetes writes them: `30m`, `1G`, `2Gi`, `1e3`.
fn is_quantity(text: &str) -> bool {
    const UNITS: [&str; 15] =
        ["", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "n"];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(end);
    let is_exponent = || {
        let exponent = unit.strip_prefix(['e', 'E']);
        exponent.is_some_and(|exponent| !exponent.is_empty() && exponent.parse::<i32>().is_ok())
    };
    number.parse::<f64>().is_ok() && (UNITS.contains(&unit) || is_exponent())
}

/// Fails where what is said of an app besides what castoff uses is not as the
/// schema has it.
pub(super) fn check_others(other: &Map<String, Value>) -> Result<(), String> {
    let of = |name: &str| other.get(name).unwrap_or(&Value::Null);
    check(of("isolators"))?;
    read::<Option<Vec<i64>>>(of("supplementaryGIDs"))
        .map_err(|error| format!("`supplementaryGIDs`: {error}"))?;
    let handlers: Option<Vec<Handler>> =
        read(of("eventHandlers")).map_err(|error| format!("`eventHandlers`: {error}"))?;
    let mut seen = std::collections::BTreeSet::new();
    for Handler { name, .. } in handlers.iter().flatten() {
        if !matches!(&**name, "pre-start" | "post-stop") {
            return Err(format!(
                "an event handler is named `{}`; it must be pre-start or post-stop",
                crate::model::escape(name)
            ));
        }
        if !seen.insert(name) {
            return Err(format!("the event handler `{name}` is set twice"));
        }
    }
    Ok(())
}

/// What is run before an app or after it.
#[derive(Deserialize)]
struct Handler {
    name: String,
    #[expect(dead_code, reason = "it must be a list of strings")]
    #[serde(default, deserialize_with = "or_default")]
    exec: Vec<String>,
}
