//! What takes the keys before the screen does: a window, a filter that is typed,
//! a secret that a run waits for.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use tui_input::Input;

use super::{Overlay, Prompts, Question};

/// How long no key is pressed before a question that opened was seen.
const REST: SignedDuration = SignedDuration::from_millis(400);

/// What takes the keys before the screen does.
#[derive(Clone, Debug, Default)]
pub struct OnTop {
    /// The window that lies over the screen.
    over: Option<Overlay>,
    /// Those that open as soon as nothing else takes the keys.
    late: VecDeque<Overlay>,
    /// Whether the window opened with what was heard last.
    is_new: bool,
    /// Until when a question that opened takes no answer: a key may have been
    /// pressed for what was there before.
    deaf_until: Option<Timestamp>,
    /// The filter, while it is typed.
    pub(in crate::tui) filter: Option<Input>,
    /// The secrets that a run waits for before it begins.
    pub(in crate::tui) prompts: Prompts,
}

impl OnTop {
    /// The window that lies over the screen.
    #[must_use]
    pub fn over(&self) -> Option<&Overlay> {
        self.over.as_ref()
    }

    /// The window that lies over the screen.
    #[must_use]
    pub fn over_mut(&mut self) -> Option<&mut Overlay> {
        self.over.as_mut()
    }

    /// The window, and those that are still to open.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Overlay> {
        self.over.iter_mut().chain(&mut self.late)
    }

    /// The question that is open.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        match &self.over {
            Some(Overlay::Confirm(question)) => Some(question),
            _ => None,
        }
    }

    /// Opens a window.
    pub fn open(&mut self, window: Overlay) {
        self.over = Some(window);
        self.is_new = true;
    }

    /// Opens a window as soon as nothing else takes the keys: what is typed is
    /// meant for what is there now.
    pub fn open_later(&mut self, window: Overlay) {
        self.late.push_back(window);
    }

    /// Opens a window again after the one that is open.
    pub fn open_after(&mut self, window: Overlay) {
        self.late.push_front(window);
    }

    /// Closes the window, or takes it to change it.
    pub fn take(&mut self) -> Option<Overlay> {
        self.over.take()
    }

    /// Lets a window stay that was taken.
    pub fn keep(&mut self, window: Overlay) {
        self.over = Some(window);
    }

    /// Opens what waits, one at a time, where nothing takes the keys.
    pub fn settle(&mut self, now: Timestamp) {
        if self.over.is_none() && self.filter.is_none() {
            self.prompts.open_next();
            if self.prompts.open.is_none()
                && let Some(next) = self.late.pop_front()
            {
                self.open(next);
            }
        }
        if std::mem::take(&mut self.is_new) && self.question().is_some() {
            self.rouse(now);
        }
    }

    /// Lets the question take no answer until no key was pressed for a moment: one
    /// that comes sooner was meant for something else.
    pub fn rouse(&mut self, now: Timestamp) {
        self.deaf_until = now.checked_add(REST).ok();
    }

    /// Whether what opened takes no answer yet.
    #[must_use]
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        self.deaf_until.is_some_and(|until| now < until)
    }
}
