//! The runs that the console knows: the one that this process works on, one that
//! was opened from the past, and one that is about to begin.

use super::{AgreedBefore, RunView};
use crate::run::{Event, Run};

/// The runs that the console knows.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// The one that this process works on, or worked on last.
    live: Option<RunView>,
    /// The one that was opened from the past, which is shown instead.
    past: Option<RunView>,
    /// Whether something was asked for that begins one.
    is_starting: bool,
    /// What was agreed to, until it begins.
    again: Option<AgreedBefore>,
}

impl Runs {
    /// The run that this process works on, or worked on last.
    #[must_use]
    pub fn live(&self) -> Option<&RunView> {
        self.live.as_ref()
    }

    /// The run that was opened from the past.
    #[must_use]
    pub fn past(&self) -> Option<&RunView> {
        self.past.as_ref()
    }

    /// The run that the screen shows.
    #[must_use]
    pub fn shown(&self) -> Option<&RunView> {
        self.past.as_ref().or(self.live.as_ref())
    }

    /// The run that the screen shows.
    #[must_use]
    pub fn shown_mut(&mut self) -> Option<&mut RunView> {
        self.past.as_mut().or(self.live.as_mut())
    }

    /// The run that this process works on now.
    #[must_use]
    pub fn active(&self) -> Option<&RunView> {
        self.live.as_ref().filter(|live| live.is_live)
    }

    /// Whether something was asked for that begins a run.
    #[must_use]
    pub fn is_starting(&self) -> bool {
        self.is_starting
    }

    /// Whether this process works on a run, or is about to.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_starting || self.active().is_some()
    }

    /// Takes in that something was asked for that begins a run, and what is asked
    /// for again where that changed meanwhile.
    pub fn start(&mut self, again: Option<AgreedBefore>) {
        (self.is_starting, self.again) = (true, again);
    }

    /// Takes in that nothing began, and returns what was agreed to.
    pub fn refused(&mut self) -> Option<AgreedBefore> {
        self.is_starting = false;
        self.again.take()
    }

    /// Shows a run that begins, or goes on. After a retry, the cursor stays on
    /// the same cell.
    pub fn begin(&mut self, run: Run, events: &[Event]) {
        let mut live = RunView::replay(events).unwrap_or_else(|| RunView::new(run));
        live.is_live = true;
        if let Some(before) = self.shown().filter(|shown| shown.run.id() == live.run.id()) {
            live.stand_as(before);
        }
        *self = Self { live: Some(live), ..Self::default() };
    }

    /// Takes in what happened in the run that this process works on.
    pub fn take(&mut self, event: &Event) {
        if let Some(live) = &mut self.live {
            live.take(event);
        }
    }

    /// Takes in that this process no longer works on a run.
    pub fn end(&mut self) {
        if let Some(live) = &mut self.live {
            live.is_live = false;
        }
        self.is_starting = false;
    }

    /// Shows a run as a journal tells of it. Returns whether there is one.
    pub fn open(&mut self, events: &[Event]) -> bool {
        let Some(opened) = RunView::replay(events) else { return false };
        let is_live = self.live.as_ref().is_some_and(|live| live.run.id() == opened.run.id());
        self.past = (!is_live).then_some(opened);
        true
    }

    /// Shows no run of the past any more.
    pub fn close_past(&mut self) {
        self.past = None;
    }
}
