//! Where events go.

use jiff::Timestamp;

use crate::{
    model::Failure,
    run::{Durable, Event, EventKind, Observer, Run, RunLog},
};

/// Where events go: what keeps them, and what watches.
pub(super) struct EventSinks<'a> {
    log: &'a mut dyn RunLog,
    observer: &'a mut dyn Observer,
    now: fn() -> Timestamp,
}

impl<'a> EventSinks<'a> {
    pub(super) fn new(
        log: &'a mut dyn RunLog,
        observer: &'a mut dyn Observer,
        now: fn() -> Timestamp,
    ) -> Self {
        Self { log, observer, now }
    }

    /// Notes an event, and shows it.
    pub(super) fn emit(&mut self, run: &mut Run, event: EventKind) {
        let event = self.note(run, event);
        self.observer.observe(&event, run);
    }

    /// Notes events, and shows them once they would survive a crash.
    pub(super) async fn emit_durable(
        &mut self,
        run: &mut Run,
        events: Vec<EventKind>,
    ) -> Result<(), Failure> {
        let events: Vec<Event> = events.into_iter().map(|event| self.note(run, event)).collect();
        let kept = self.durable().await;
        for event in &events {
            self.observer.observe(event, run);
        }
        kept
    }

    /// Answers once all facts so far would survive a crash, or cannot be kept.
    pub(super) fn durable(&mut self) -> Durable {
        self.log.durable()
    }

    /// Numbers an event, folds it, and hands it to the log.
    fn note(&mut self, run: &mut Run, event: EventKind) -> Event {
        let is_fact = event.is_fact();
        let seq = is_fact.then(|| run.next_seq());
        let event = Event { seq, at: (self.now)(), event };
        run.apply(&event);
        if is_fact {
            self.log.append(&event);
        }
        event
    }
}
