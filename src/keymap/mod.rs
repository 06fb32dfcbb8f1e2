//! What can be done in the console, and with which keys.
//!
//! One table, [`BINDINGS`]: help, footer, palette and configuration are made
//! from it, so none of them can be wrong about a key.

mod table;

use std::str::FromStr;

use crokey::{KeyCombination, KeyCombinationFormat};
use crossterm::event::{KeyCode, KeyModifiers};

pub use table::{Action, BINDINGS, Binding, Scope};

/// One key with its modifiers, such as `ctrl-r`, `R`, `?` or `space`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(KeyCombination);

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key; write a key such as r, R, ctrl-r, space, enter, f5 or pageup")]
pub struct ParseKeyError(String);

/// The keys of every action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of [`BINDINGS`].
    keys: Vec<Vec<Key>>,
}

/// A key that would do two things at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is assigned to both `{first}` and `{second}`")]
pub struct Clash {
    /// The key.
    pub key: Key,
    /// The name of one action.
    pub first: &'static str,
    /// The name of the other.
    pub second: &'static str,
}

impl FromStr for Key {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseKeyError(text.to_owned());
        let last = text.chars().next_back().ok_or_else(wrong)?;
        let letters = &text[..text.len() - last.len_utf8()];
        // A capital letter is the letter with shift, wherever it stands.
        let is_capital =
            last.is_ascii_uppercase() && (letters.is_empty() || letters.ends_with('-'));
        let spelled = if is_capital { format!("shift-{letters}{last}") } else { text.to_owned() };
        let key = crokey::parse(&spelled).map_err(|_| wrong())?;
        if !key.is_ansi_compatible() {
            return Err(wrong());
        }
        Ok(Self::from(key))
    }
}

impl From<KeyCombination> for Key {
    /// Terminals differ in whether `?` comes with shift.
    fn from(key: KeyCombination) -> Self {
        let mut key = key.normalized();
        if let KeyCode::Char(c) = key.codes.first()
            && !c.is_alphabetic()
        {
            key.modifiers.remove(KeyModifiers::SHIFT);
        }
        Self(key)
    }
}

impl From<crossterm::event::KeyEvent> for Key {
    fn from(event: crossterm::event::KeyEvent) -> Self {
        Self::from(KeyCombination::from(event))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        KeyCombinationFormat::default().with_implicit_shift().format(self.0).fmt(f)
    }
}

impl Default for Keymap {
    fn default() -> Self {
        let parse = |key: &&str| key.parse().expect("the table's keys are keys");
        let keys = BINDINGS.iter().map(|binding| binding.keys.iter().map(parse).collect());
        Self { keys: keys.collect() }
    }
}

impl Keymap {
    /// Gives an action other keys. No keys: it can be done by name only.
    pub fn set(&mut self, action: Action, keys: Vec<Key>) {
        self.keys[place(action)] = keys;
    }

    /// The keys of an action.
    #[must_use]
    pub fn keys(&self, action: Action) -> &[Key] {
        &self.keys[place(action)]
    }

    /// What `key` does where `scope` has the say.
    #[must_use]
    pub fn action(&self, scope: Scope, key: Key) -> Option<Action> {
        let bindings = BINDINGS.iter().zip(&self.keys);
        let is_it = |(binding, keys): &(&Binding, &Vec<Key>)| {
            binding.scope.covers(scope) && keys.contains(&key)
        };
        bindings.clone().find(is_it).map(|(binding, _)| binding.action)
    }

    /// The keys that would do two things.
    #[must_use]
    pub fn clashes(&self) -> Vec<Clash> {
        let mut clashes = Vec::new();
        for (place, first) in BINDINGS.iter().enumerate() {
            for (second, keys) in BINDINGS.iter().zip(&self.keys).skip(place + 1) {
                let both = self.keys[place].iter().find(|&key| keys.contains(key));
                if let Some(&key) = both.filter(|_| first.scope.meets(second.scope)) {
                    clashes.push(Clash { key, first: first.name, second: second.name });
                }
            }
        }
        clashes
    }
}

/// The action of that name.
#[must_use]
pub fn named(name: &str) -> Option<Action> {
    BINDINGS.iter().find(|binding| binding.name == name).map(|binding| binding.action)
}

fn place(action: Action) -> usize {
    let is_it = |binding: &Binding| binding.action == action;
    BINDINGS.iter().position(is_it).expect("the table has every action")
}
