//! Other programs, which see nothing of castoff's secrets: a variable that
//! holds a passphrase is for castoff alone.

mod run;

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use tokio::process::Command;

pub use run::{Bounds, Printed, run};

/// What the names of variables begin with that hold secrets.
const PREFIXES: [&str; 2] = ["CASTOFF_SECRET_", "DOCKER_CONTENT_TRUST_"];
/// What cosign calls the variable of its passphrase.
const COSIGN_PASSWORD: &str = "COSIGN_PASSWORD";
/// What the names of Docker's end with that hold secrets.
const PASSPHRASE: &str = "_PASSPHRASE";

/// The variables that the configuration names as sources of secrets.
static HIDDEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Keeps a variable from all programs that are begun from now on.
pub fn hide(variable: &str) {
    HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).insert(variable.to_owned());
}

/// A program that is about to be begun.
#[must_use]
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let hidden = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, _) in std::env::vars_os() {
        let is_hidden = |name: &str| is_secret(name) || hidden.contains(name);
        if name.to_str().is_some_and(is_hidden) {
            command.env_remove(name);
        }
    }
    command
}

fn is_secret(name: &str) -> bool {
    let [ours, docker] = PREFIXES;
    name.starts_with(ours)
        || name == COSIGN_PASSWORD
        || (name.starts_with(docker) && name.ends_with(PASSPHRASE))
}
