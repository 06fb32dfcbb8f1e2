//! `~/.moby/linuxkit/config.yml`, LinuxKit's own configuration.

use serde::Deserialize;

use crate::model::{CommandLine, Failure, FailureKind, Side};

/// Where it lies, below the user's home.
pub const USER_CONFIG: &str = ".moby/linuxkit/config.yml";

#[derive(Default, Deserialize)]
struct UserConfig {
    pkg: Option<Pkg>,
}

#[derive(Deserialize)]
struct Pkg {
    #[serde(rename = "content-trust-passphrase-command")]
    passphrase_command: Option<CommandLine>,
}

/// The command that prints the passphrase of the signing key. `name` is what
/// the file is called.
///
/// # Errors
///
/// Fails where the file is not understood; other keys of it are none of
/// castoff's.
pub fn passphrase_command(text: &str, name: &str) -> Result<Option<CommandLine>, Failure> {
    let options = serde_saphyr::options! { with_snippet: false };
    let config = serde_saphyr::from_str_with_options::<Option<UserConfig>>(text, options);
    let config = config.map_err(|error| {
        let place = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
        // The text of the file may be a secret; its place is not.
        let what = format!("{name}{place}: it cannot be read");
        Failure::new(FailureKind::Invalid, Side::Local, what).hint(
            "pkg.content-trust-passphrase-command must be a string for the shell, or a list of \
             words",
        )
    })?;
    let command = config.unwrap_or_default().pkg.and_then(|pkg| pkg.passphrase_command);
    Ok(command.filter(|command| match command {
        CommandLine::Shell(line) => !line.trim().is_empty(),
        CommandLine::Arguments(words) => !words.is_empty(),
    }))
}
