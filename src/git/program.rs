//! The `git` program, as it is run for repositories elsewhere: it never prompts,
//! runs nothing that the repository brings along, and hears of a password
//! only what it needs.
//!
//! A password is no argument, and stands in no URL and no file. git asks a
//! credential helper for it, which is a fixed line of shell that prints two
//! variables; and it asks that helper only about the host that the password
//! is for, so a redirect to another one gets nothing.

use std::{path::Path, process::Stdio};

use secrecy::ExposeSecret;
use tokio::process::Command;

use super::{Git, Remote};
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
};

/// Where the helper finds what it prints.
const USER: &str = "CASTOFF_GIT_USER";
const PASSWORD: &str = "CASTOFF_GIT_PASSWORD";
/// What git runs to be told a password. No text from outside is in it.
const HELPER: &str = "!f() { test \"$1\" = get && \
                      printf 'username=%s\\npassword=%s\\n' \
                      \"$CASTOFF_GIT_USER\" \"$CASTOFF_GIT_PASSWORD\"; }; f";
/// How many more settings the environment has.
const COUNT: &str = "GIT_CONFIG_COUNT";
/// What is settled however git is set up.
const SETTINGS: [(&str, &str); 5] = [
    ("core.hooksPath", "/dev/null"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    // A server that sends nothing for a minute sends nothing more.
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),
];
/// What would have git tell too much.
const UNWANTED: [&str; 4] = ["GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_CURL_VERBOSE"];
/// How much is shown of what git says, which may be the server's words.
const LINES: usize = 8;
const COLUMNS: usize = 500;
/// The ways to a repository that may be gone.
pub(super) const PROTOCOLS: &str = "file:git:http:https:ssh";
/// Those of them that one repository may lead to in another.
pub(super) const LINKED: &str = "git:http:https:ssh";

impl Git {
    /// Runs `git` in a folder, about a repository, and returns what it prints.
    pub(super) async fn run(
        &self,
        remote: &Remote,
        folder: &Path,
        protocols: &str,
        arguments: &[&str],
    ) -> Result<String, Failure> {
        let doing =
            || format!("git {} of {remote}", arguments.first().copied().unwrap_or_default());
        let mut command = self.program();
        settle(&mut command, &self.environment, remote, protocols);
        command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await;
        let output = output.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::new(
                FailureKind::NotFound,
                Side::Local,
                "the program `git` is not installed",
            )
            .hint("install git"),
            _ => Failure::from_io(Side::Local, doing(), &error),
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
        }
        let said = remote.without_password(String::from_utf8_lossy(&output.stderr).trim_end());
        let lines = said.lines().filter(|line| !line.trim().is_empty()).take(LINES);
        let failure = lines.map(|line| line.chars().take(COLUMNS).collect::<String>()).fold(
            Failure { causes: Vec::new(), ..Failure::new(kind_of(&said), Side::Source, "") },
            Failure::because,
        );
        Err(failure.context(doing()))
    }
}

/// The variables that it is started with.
fn settle(command: &mut Command, environment: &Environment, remote: &Remote, protocols: &str) {
    for name in UNWANTED {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "");
    command.env("GIT_ALLOW_PROTOCOL", protocols).env("SSH_ASKPASS_REQUIRE", "force");
    if environment.raw("SSH_ASKPASS").is_none() {
        command.env("SSH_ASKPASS", "false");
    }
    let mut settings: Vec<(String, &str)> =
        SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    if let (Some(login), Some(url)) = (remote.login(), remote.web()) {
        let origin = url.origin().ascii_serialization();
        // An empty one forgets those that the user has set.
        settings.push(("credential.helper".to_owned(), ""));
        settings.push((format!("credential.{origin}.helper"), HELPER));
        command.env(USER, &login.user).env(PASSWORD, login.password.expose_secret());
    }
    let known = environment.get(COUNT).ok().and_then(|count| count.parse::<usize>().ok());
    let known = known.unwrap_or_default();
    for (place, (name, value)) in (known..).zip(&settings) {
        command.env(format!("GIT_CONFIG_KEY_{place}"), name);
        command.env(format!("GIT_CONFIG_VALUE_{place}"), value);
    }
    command.env(COUNT, (known + settings.len()).to_string());
}

/// What git's words mean: it has one status for all that fails, and says the
/// rest in words, which are English here (`LC_ALL`).
fn kind_of(said: &str) -> FailureKind {
    let any = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match () {
        () if any(&["Authentication failed", "could not read Username", "Permission denied"]) => {
            FailureKind::Unauthorized
        }
        () if any(&["returned error: 403"]) => FailureKind::Forbidden,
        () if any(&["not found", "not our ref", "does not exist", "remote ref", "no such"]) => {
            FailureKind::NotFound
        }
        () if any(&["returned error: 5"]) => FailureKind::Server,
        () if any(&["resolve host", "onnect", "timed out", "hung up", "early EOF", "Timeout"]) => {
            FailureKind::Network
        }
        () if any(&["No space left"]) => FailureKind::Storage,
        () => FailureKind::Invalid,
    }
}
