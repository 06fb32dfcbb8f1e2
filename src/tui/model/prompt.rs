//! Secrets that a run needs before it begins, and that no other source has.

use std::{collections::VecDeque, fmt, mem};

use secrecy::SecretString;
use tui_input::Input;

use super::Typed;

/// The secrets that are asked for, one after another.
#[derive(Clone, Debug, Default)]
pub struct Prompts {
    /// The one that is being typed.
    pub open: Option<Prompt>,
    /// Those that wait for that, or for what lies over the screen.
    waiting: VecDeque<Prompt>,
}

/// A secret that is asked for.
#[derive(Clone)]
pub struct Prompt {
    /// The number of the question.
    pub asked: u64,
    /// Which secret it is, such as `the passphrase of release-key`.
    pub what: String,
    /// Whether it is no secret: it is shown, and may be left empty.
    pub is_open: bool,
    /// What was typed of it.
    pub input: Input,
    /// Whether nothing was typed when it was to be given.
    pub is_missed: bool,
    /// Whether it was given, and is tried out: until that is over, what is
    /// typed is for nothing else.
    pub is_given: bool,
}

impl Prompts {
    /// Takes in that a secret is asked for.
    pub fn add(&mut self, asked: u64, what: String, is_open: bool) {
        let input = Input::default();
        let (is_missed, is_given) = Default::default();
        self.waiting.push_back(Prompt { asked, what, is_open, input, is_missed, is_given });
    }

    /// Opens the next one, unless one is open.
    pub fn open_next(&mut self) {
        if self.open.as_ref().is_none_or(|open| open.is_given)
            && let Some(next) = self.waiting.pop_front()
        {
            self.open = Some(next);
        }
    }

    /// Closes the one that was given: it was tried out.
    pub fn settle(&mut self) {
        self.open.take_if(|open| open.is_given);
    }

    /// Drops all, and tells their numbers.
    pub fn drop_all(&mut self) -> Vec<u64> {
        let Self { open, waiting } = mem::take(self);
        open.into_iter().chain(waiting).map(|prompt| prompt.asked).collect()
    }
}

impl Prompt {
    /// Takes what was typed; none where that is nothing.
    pub fn enter(&mut self) -> Option<Typed> {
        let typed = self.input.value_and_reset();
        self.is_missed = typed.is_empty() && !self.is_open;
        self.is_given = !self.is_missed;
        self.is_given.then(|| Typed(SecretString::from(typed)))
    }
}

impl fmt::Debug for Prompt {
    /// Without what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, what, .. } = self;
        f.debug_struct("Prompt").field("asked", asked).field("what", what).finish_non_exhaustive()
    }
}
