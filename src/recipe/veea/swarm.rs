//! The Swarm service file.

use std::{fmt::Write as _, fs, io, path::Path};

use serde_json::Value;

use super::{
    image_config::{FILE as CONFIG, ImageConfig, NodeType},
    refusal::invalid,
};
use crate::model::{Failure, Side, bytes, escape};

/// What it is called.
pub(super) const FILE: &str = "swarm.conf";
/// The most bytes of one that a user wrote.
const LIMIT: u64 = 1 << 20;

/// Words that some readers of YAML take for something else than a string.
const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];

/// The arguments that `docker service create` knows.
const ARGUMENTS: &[&str] = &[
    "cap-add",
    "cap-drop",
    "config",
    "constraint",
    "container-label",
    "credential-spec",
    "detach",
    "dns",
    "dns-option",
    "dns-search",
    "endpoint-mode",
    "entrypoint",
    "env",
    "env-file",
    "generic-resource",
    "group",
    "health-cmd",
    "health-interval",
    "health-retries",
    "health-start-period",
    "health-timeout",
    "host",
    "hostname",
    "init",
    "isolation",
    "label",
    "limit-cpu",
    "limit-memory",
    "limit-pids",
    "log-driver",
    "log-opt",
    "max-concurrent",
    "mode",
    "mount",
    "name",
    "network",
    "no-healthcheck",
    "no-resolve-image",
    "oom-score-adj",
    "placement-pref",
    "publish",
    "quiet",
    "read-only",
    "replicas",
    "replicas-max-per-node",
    "reserve-cpu",
    "reserve-memory",
    "restart-condition",
    "restart-delay",
    "restart-max-attempts",
    "restart-window",
    "rollback-delay",
    "rollback-failure-action",
    "rollback-max-failure-ratio",
    "rollback-monitor",
    "rollback-order",
    "rollback-parallelism",
    "secret",
    "stop-grace-period",
    "stop-signal",
    "sysctl",
    "tty",
    "ulimit",
    "update-delay",
    "update-failure-action",
    "update-max-failure-ratio",
    "update-monitor",
    "update-order",
    "update-parallelism",
    "user",
    "with-registry-auth",
    "workdir",
];

/// The service file of an image.
pub(super) fn generate(config: &ImageConfig) -> String {
    let mut arguments = vec!["--replicas 1".to_owned()];
    let constraint = match config.node_types[..] {
        [NodeType::Men] => Some("node.hostname==${HOSTNAME}"),
        [NodeType::Mn] => Some("node.hostname!=${HOSTNAME}"),
        _ => None,
    };
    arguments.extend(constraint.map(|constraint| format!("--constraint {constraint}")));
    arguments.extend(config.ports.iter().map(|port| format!("--publish {port}")));
    let (app, version) = (scalar(&config.app), scalar(&config.version));
    let name = scalar(&format!("{}{}", config.app, config.version));
    let mut text = format!(
        "docker:\n    service:\n        {app}:\n            tag: {version}\n            repo: ''\n            name: {name}\n            mode: replicated\n            args:\n"
    );
    for argument in arguments {
        let _ = writeln!(text, "                {argument}");
    }
    text
}

/// A string as YAML: in quotes where some reader would take it for a number, a
/// date or a truth.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_version =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.matches('.').count() > 1;
    if text.chars().all(is_plain) && (is_word || is_version) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// The service file that a user wrote, if there is one.
pub(super) fn custom(path: &Path) -> Result<Option<String>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let size = fs::metadata(path)?.len();
        if size > LIMIT {
            return Err(invalid(format!("it has {}, which is too large", bytes(size))).into());
        }
        fs::read(path)
    };
    match read() {
        Ok(found) => match String::from_utf8(found) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(invalid("it is not UTF-8 text").context(path.display())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::from_io(Side::Source, path.display(), &error)),
    }
}

/// What is worth knowing of a service file that a user wrote.
pub(super) fn check(text: &str, config: &ImageConfig, path: &Path) -> Result<Vec<String>, Failure> {
    let options = serde_saphyr::options! { with_snippet: false };
    let read = serde_saphyr::from_str_with_options::<Value>(text, options);
    let value = read.map_err(|error| {
        let line = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
        invalid(format!("{}{line}: it is not YAML: {}", path.display(), error.without_snippet()))
    })?;
    let services = value.pointer("/docker/service").and_then(Value::as_object);
    let Some(services) = services.filter(|services| !services.is_empty()) else {
        return Ok(vec![format!("{}: it has no docker.service", path.display())]);
    };
    let mut warnings = Vec::new();
    for (name, service) in services {
        let about =
            |what: String| format!("{}: service `{}`: {what}", path.display(), escape(name));
        let tag = service.get("tag").map(|tag| tag.as_str().map_or(tag.to_string(), str::to_owned));
        if tag.as_ref().is_some_and(|tag| *tag != config.version) {
            let tag = tag.unwrap_or_default();
            let what = format!("its tag is {}, but {CONFIG} has {}", escape(&tag), config.version);
            warnings.push(about(what));
        }
        let arguments = service.get("args").and_then(Value::as_str).unwrap_or_default();
        let unknown = arguments.split_whitespace().filter_map(|word| word.strip_prefix("--"));
        let unknown = unknown.map(|word| word.split_once('=').map_or(word, |(word, _)| word));
        for word in unknown.filter(|word| !ARGUMENTS.contains(word)) {
            warnings.push(about(format!("Docker has no argument --{}", escape(word))));
        }
    }
    Ok(warnings)
}
