//! Passphrases and passwords, from wherever the configuration says that they
//! come.
//!
//! A [`SecretSource`] is data and can be written down; a [`Secret`] cannot: it
//! is zeroed when it is dropped, has no `Serialize`, and its `Debug` shows
//! nothing. No error text, log line or argument here has one in it.
//!
//! What may wait for a human or for another program is bounded: the keyring by
//! [`Keyring`], a command by a time limit. Only a prompt waits, and it is for
//! before a run.

mod attempt;
mod command;
mod keyring;
mod login;
mod prompt;
mod stores;

use std::{
    collections::HashMap,
    env::VarError,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Hint, Remedy, SecretSource, Side, escape},
};

pub use keyring::Keyring;
pub use login::Questions;
pub use prompt::{Ask, NoPrompt, Terminal};
pub use secrecy::{ExposeSecret, SecretString as Secret};
pub use stores::{KeyringKind, ParseWhichError, SERVICE, Which};

/// What was found, which several may share.
#[derive(Clone, Default)]
pub struct FoundSecret {
    secrets: Arc<Mutex<HashMap<Vec<SecretSource>, Secret>>>,
    /// The user of a typed password that is found from these.
    users: Arc<Mutex<HashMap<Vec<SecretSource>, String>>>,
}

/// Finds secrets, and remembers what it found, so that it prompts only once.
pub struct Secrets {
    keyring: Arc<Keyring>,
    /// Where variables are, and what commands are started with.
    environment: Environment,
    ask: Arc<dyn Ask>,
    /// The folder that commands run in.
    root: PathBuf,
    found: FoundSecret,
    /// Whether the user wants no more prompts.
    is_refused: AtomicBool,
}

impl Secrets {
    /// Secrets from `keyring`, from variables of `environment`, from the prompt
    /// `ask`, and from commands that run in `root`.
    #[must_use]
    pub fn new(
        keyring: Arc<Keyring>,
        environment: Environment,
        ask: Arc<dyn Ask>,
        root: PathBuf,
    ) -> Self {
        let (found, is_refused) = Default::default();
        Self { keyring, environment, ask, root, found, is_refused }
    }

    /// The same, with what was found before.
    #[must_use]
    pub fn with(self, found: FoundSecret) -> Self {
        Self { found, ..self }
    }

    /// The secret that the first of `sources` has; `what` says to people which
    /// one is meant, such as `the passphrase of release-key`.
    ///
    /// # Errors
    ///
    /// Fails where no source has it, and tells what each of them said. The
    /// failure is a [`FailureKind::NotFound`].
    pub async fn find(&self, what: &str, sources: &[SecretSource]) -> Result<Secret, Failure> {
        Ok(self.find_from(what, what, sources).await?.0)
    }

    /// The same, and which source had it; none where it is remembered. A
    /// prompt asks `question`.
    async fn find_from<'s>(
        &self,
        what: &str,
        question: &str,
        sources: &'s [SecretSource],
    ) -> Result<(Secret, Option<&'s SecretSource>), Failure> {
        let known = self.known().get(sources).cloned();
        if let Some(secret) = known {
            return Ok((secret, None));
        }
        let mut said = Vec::new();
        for source in sources {
            match self.ask_one(question, source).await {
                Ok(Some(secret)) => {
                    self.known().insert(sources.to_vec(), secret.clone());
                    return Ok((secret, Some(source)));
                }
                Ok(None) => said.push(format!("{source}: none found")),
                Err(failure) => {
                    tracing::warn!("{what}: {source}: {failure}");
                    let hint = failure
                        .hint
                        .iter()
                        .filter_map(Hint::words)
                        .map(|hint| format!(" ({hint})"));
                    said.push(format!("{source}: {failure}{}", hint.collect::<String>()));
                }
            }
        }
        Err(missing(what, sources, said))
    }

    /// Forgets a secret that turned out to be wrong, so that it is asked for
    /// again.
    pub fn forget(&self, sources: &[SecretSource]) {
        self.known().remove(sources);
    }

    async fn ask_one(&self, what: &str, source: &SecretSource) -> Result<Option<Secret>, Failure> {
        match source {
            SecretSource::Keyring(name) => self.keyring.get(name).await,
            SecretSource::Env(name) => from_env(&self.environment, name),
            SecretSource::Command(command) => {
                command::run(command, &self.environment, &self.root).await.map(Some)
            }
            SecretSource::Prompt => self.prompt(what).await,
        }
    }

    /// Prompts the user, unless they wanted no more before.
    async fn prompt(&self, what: &str) -> Result<Option<Secret>, Failure> {
        self.check_patience()?;
        self.ask.ask(what).await.map_err(|error| self.not_given(&error))
    }

    /// The same, for what is no secret.
    async fn prompt_openly(&self, what: &str) -> Result<Option<String>, Failure> {
        self.check_patience()?;
        self.ask.ask_openly(what).await.map_err(|error| self.not_given(&error))
    }

    fn check_patience(&self) -> Result<(), Failure> {
        if self.is_refused.load(Ordering::Relaxed) { Err(refused()) } else { Ok(()) }
    }

    fn not_given(&self, error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::Interrupted {
            self.is_refused.store(true, Ordering::Relaxed);
            return refused();
        }
        Failure::from_error(FailureKind::NotFound, Side::Local, error)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<SecretSource>, Secret>> {
        self.found.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The source that would answer first, as far as can be told without asking
/// for a secret; `keyring` tells whether the keyring has a name.
pub fn first_to_answer<'s>(
    sources: &'s [SecretSource],
    environment: &Environment,
    keyring: impl Fn(&str) -> bool,
) -> Option<&'s SecretSource> {
    sources.iter().find(|source| match source {
        SecretSource::Keyring(name) => keyring(name),
        SecretSource::Env(name) => environment.has(name),
        SecretSource::Command(_) | SecretSource::Prompt => true,
    })
}

fn refused() -> Failure {
    Failure::new(FailureKind::NotFound, Side::Local, "it was not given")
}

/// An empty variable is none. The end of a line belongs to the file that it
/// was read from, and to no secret.
fn from_env(environment: &Environment, name: &str) -> Result<Option<Secret>, Failure> {
    match environment.get(name) {
        Ok(mut value) => {
            value.truncate(value.trim_end_matches(['\r', '\n']).len());
            Ok(Some(value).filter(|value| !value.is_empty()).map(Secret::from))
        }
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Failure::new(FailureKind::Invalid, Side::Local, "it is not UTF-8 text"))
        }
    }
}

fn missing(what: &str, sources: &[SecretSource], said: Vec<String>) -> Failure {
    let failure = Failure::new(
        FailureKind::NotFound,
        Side::Local,
        format!("{} is not available", escape(what)),
    );
    let failure = said.into_iter().fold(failure, Failure::because);
    let hint = sources.iter().find_map(|source| match source {
        SecretSource::Keyring(name) => Some(Remedy::StoreSecret { name: name.clone() }),
        _ => None,
    });
    failure.hint(hint.unwrap_or(Remedy::ListSecrets))
}
