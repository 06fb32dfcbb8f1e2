//! What several kinds of signers are configured with.

use std::path::PathBuf;

use url::Url;

use crate::{
    config::{
        fields::{Either, Fields},
        problem::Problems,
    },
    model::{CommandLine, SecretSource},
};

pub(super) fn path(
    fields: &mut Fields<'_, '_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<PathBuf> {
    fields.string(key, problems).map(|path| PathBuf::from(path.value))
}

/// Whether a text is the URL of a server, and has no password in it.
pub(super) fn is_server(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

pub(in crate::config) fn read_source(
    mut fields: Fields<'_, '_>,
    key: &str,
    problems: &mut Problems,
) -> Option<SecretSource> {
    let at = fields.place().clone();
    let before = problems.0.len();
    let mut found = Vec::new();
    for (key, make) in [
        ("keyring", SecretSource::Keyring as fn(String) -> SecretSource),
        ("env", SecretSource::Env as fn(String) -> SecretSource),
    ] {
        found.extend(fields.string(key, problems).map(|name| make(name.value)));
    }
    let command = fields.either("command", problems);
    let command =
        command.and_then(|command| read_command(command, &format!("{key}.command"), problems));
    found.extend(command.map(SecretSource::Command));
    match fields.bool("prompt", problems) {
        Some(true) => found.push(SecretSource::Prompt),
        Some(false) => problems.add(&at, "`prompt` can only be true", None),
        None => {}
    }
    fields.finish(&[], problems);
    let is_named = |source: &SecretSource| match source {
        SecretSource::Keyring(name) | SecretSource::Env(name) => {
            !name.is_empty() && !name.chars().any(|c| c.is_control() || c == '=')
        }
        SecretSource::Command(_) | SecretSource::Prompt => true,
    };
    if problems.0.len() == before && (found.len() != 1 || !found.iter().all(is_named)) {
        let what = format!("`{key}` must have one of `keyring`, `env`, `command` and `prompt`");
        problems.add(&at, what, Some("write it as { keyring = \"release-key\" }".into()));
    }
    found.pop()
}

/// A text for the shell, or a list of words.
pub(in crate::config) fn read_command(
    command: Either<'_, '_>,
    what: &str,
    problems: &mut Problems,
) -> Option<CommandLine> {
    let at = match command {
        Either::Text(text) => return Some(CommandLine::Shell(text.value)),
        Either::List(list) if !list.value.is_empty() => {
            let words = list.value.into_iter().map(|item| item.value).collect();
            return Some(CommandLine::Arguments(words));
        }
        Either::List(list) => list.at,
        Either::Table(fields) => fields.place().clone(),
    };
    problems.add(&at, format!("`{what}` must be a string or a list of strings"), None);
    None
}
