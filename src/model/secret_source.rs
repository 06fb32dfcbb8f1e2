//! Where a secret comes from. Nothing here holds one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CommandLine, escape};

/// What the environment variables of secrets begin with.
const VARIABLE: &str = "CASTOFF_SECRET_";

/// A place that is asked for a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// The system's keyring, under this name.
    Keyring(String),
    /// An environment variable.
    Env(String),
    /// What a command prints.
    Command(CommandLine),
    /// The user at the terminal, before a run begins.
    Prompt,
}

impl SecretSource {
    /// What is asked, in order, for a secret of which the configuration says
    /// nothing but its name.
    #[must_use]
    pub fn usual(name: &str) -> Vec<Self> {
        let word = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
        let variable = format!("{VARIABLE}{}", word.collect::<String>().to_ascii_uppercase());
        vec![Self::Keyring(name.to_owned()), Self::Env(variable), Self::Prompt]
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyring(name) => write!(f, "keyring `{}`", escape(name)),
            Self::Env(name) => write!(f, "${}", escape(name)),
            Self::Command(command) => write!(f, "command `{command}`"),
            Self::Prompt => f.write_str("prompt"),
        }
    }
}

/// What is known of a secret without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretStanding {
    /// The name in the keyring.
    pub name: String,
    /// What needs it, such as `signer release-key`; empty: nothing that the
    /// configuration knows of.
    #[serde(rename = "for")]
    pub needed_by: String,
    /// Whether the keyring has it; none where it could not be asked.
    pub in_keyring: Option<bool>,
    /// Where it would come from; none: from nowhere.
    pub source: Option<String>,
}
