//! The variables that castoff was started with, and what other programs see of
//! them: one that holds a passphrase is for castoff alone.
//!
//! They are read once and handed down as a value, so that a test can say what they
//! are. Some libraries read the environment themselves all the same: the client of
//! buckets (keys, profiles, regions), the stores of the system's certificates, and
//! the look-up of the home folder and of the folder for temporary files.

use std::{
    collections::{BTreeMap, BTreeSet},
    env::VarError,
    ffi::{OsStr, OsString},
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::process::Command;

/// What the names of variables begin with that hold secrets.
const PREFIXES: [&str; 2] = ["CASTOFF_SECRET_", "DOCKER_CONTENT_TRUST_"];
/// What cosign calls the variable of its passphrase.
const COSIGN_PASSWORD: &str = "COSIGN_PASSWORD";
/// What the names of Docker's end with that hold secrets.
const PASSPHRASE: &str = "_PASSPHRASE";

/// The variables that castoff was started with. Its `Debug` shows none of them.
#[derive(Clone)]
pub struct Environment {
    variables: Arc<BTreeMap<OsString, OsString>>,
    /// The names of those that no program is started with. Clones share them: some
    /// are learned late, from the configuration of a run that goes on.
    hidden: Arc<Mutex<BTreeSet<String>>>,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter")]
        let variables = std::env::vars_os();
        Self { variables: Arc::new(variables.collect()), hidden: Arc::default() }
    }

    /// These variables, and no others.
    #[must_use]
    pub fn of<'t>(variables: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: Arc::new(variables.collect()), hidden: Arc::default() }
    }

    /// Keeps variables from all programs that are started from now on with this
    /// environment, or with a clone of it.
    pub fn hide(&self, names: impl IntoIterator<Item = String>) {
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
    }

    /// A variable as it is, empty or not; none where it is not set.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// A variable as text, empty or not.
    ///
    /// # Errors
    ///
    /// Fails where it is not set, or is not UTF-8 text.
    pub fn get(&self, name: &str) -> Result<String, VarError> {
        let value = self.raw(name).ok_or(VarError::NotPresent)?;
        let text = value.to_str().map(str::to_owned);
        text.ok_or_else(|| VarError::NotUnicode(value.to_owned()))
    }

    /// Whether a variable is set, and not empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| !value.is_empty())
    }

    /// The text of a variable; none where it is empty, or not UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).ok().filter(|text| !text.is_empty())
    }

    /// The path that a variable holds; none where it is empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// A program that is about to be started, with all but what is secret.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let is_shown = |name: &str| !is_secret(name) && !hidden.contains(name);
        let shown = self.variables.iter().filter(|(name, _)| name.to_str().is_none_or(is_shown));
        let mut command = Command::new(program);
        command.env_clear().envs(shown);
        command
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

fn is_secret(name: &str) -> bool {
    let [ours, docker] = PREFIXES;
    name.starts_with(ours)
        || name == COSIGN_PASSWORD
        || (name.starts_with(docker) && name.ends_with(PASSPHRASE))
}
