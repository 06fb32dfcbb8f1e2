//! The screens: their order, their names, and their keys.

use crate::keymap::{Action, KeyScope};

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// What is to be released.
    Launch,
    /// A run.
    Run,
    /// What is published.
    Browse,
    /// Runs of the past.
    History,
    /// Passphrases and passwords, by name.
    Secrets,
}

/// The screens, in the order of their numbers.
pub const SCREENS: [Screen; 5] =
    [Screen::Launch, Screen::Run, Screen::Browse, Screen::History, Screen::Secrets];

impl Screen {
    /// The number of its key.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Launch => 1,
            Self::Run => 2,
            Self::Browse => 3,
            Self::History => 4,
            Self::Secrets => 5,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Launch => "Launch",
            Self::Run => "Run",
            Self::Browse => "Browse",
            Self::History => "History",
            Self::Secrets => "Secrets",
        }
    }

    /// Where the keys of this screen are in the table.
    #[must_use]
    pub fn scope(self) -> KeyScope {
        match self {
            Self::Launch => KeyScope::Launch,
            Self::Run => KeyScope::Run,
            Self::Browse => KeyScope::Browse,
            Self::History => KeyScope::History,
            Self::Secrets => KeyScope::Secrets,
        }
    }

    /// The action that leads here.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Self::Launch => Action::Launch,
            Self::Run => Action::Runs,
            Self::Browse => Action::Browse,
            Self::History => Action::History,
            Self::Secrets => Action::Secrets,
        }
    }

    /// The screen so many further, around the end.
    #[must_use]
    pub fn beside(self, step: isize) -> Self {
        let place = SCREENS.iter().position(|screen| *screen == self).unwrap_or_default();
        let count = SCREENS.len().cast_signed();
        SCREENS[(place.cast_signed() + step).rem_euclid(count).cast_unsigned()]
    }
}
