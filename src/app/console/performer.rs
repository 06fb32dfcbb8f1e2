//! Does what the console asks for, each in a task of its own, so that the
//! screen never waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    browser::Browser, changes, configured::configured, forecast, prompts::ConsolePrompts,
    runner::Runner, secrets, shared::ConsoleShared, theme::Themes, verbs,
};
use crate::{
    app::{
        ops::{agreement, history, run_label},
        wiring::publisher::publisher,
    },
    error::Error,
    journal::{History, HistoryEntry, Journal, Outputs, ProjectId, RunHead},
    model::{Publisher, Selection},
    plan::JobId,
    tui::{
        Effect, Msg,
        model::{PastRow, Sight},
    },
};

/// How many attempts of a job are read at most, the last ones.
const ATTEMPTS: u32 = 10;

/// What releases of a selection would do, made anew or not.
type Sights = Arc<Mutex<HashMap<(Selection, bool), Sight>>>;

/// Does what the console asks for.
pub(super) struct Performer {
    shared: ConsoleShared,
    prompts: Arc<ConsolePrompts>,
    themes: Themes,
    runner: Runner,
    browser: Browser,
    looking: Option<JoinHandle<()>>,
    sights: Sights,
}

impl Performer {
    pub(super) fn new(shared: ConsoleShared, prompts: Arc<ConsolePrompts>, themes: Themes) -> Self {
        let runner = Runner::new(shared.clone());
        let browser = Browser::new(shared.clone());
        let sights = Sights::default();
        Self { shared, prompts, themes, runner, browser, looking: None, sights }
    }

    pub(super) async fn attend(mut self, mut asked: mpsc::UnboundedReceiver<Effect>) {
        while let Some(effect) = asked.recv().await {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        let shared = self.shared.clone();
        match effect {
            Effect::Look { asked, selection, force, again } => {
                self.look(asked, selection, force, again);
            }
            Effect::Configure { asked } => self.configure(asked),
            Effect::Agreed { what, plan } => {
                self.forget_sights();
                let plan = Arc::unwrap_or_clone(plan);
                self.runner
                    .begin(what, async move { agreement::task(&shared.services, plan).await });
            }
            Effect::Again { run, jobs } => self.runner.again(run, jobs),
            Effect::Stop(stop) => self.runner.stop(stop),
            Effect::List { asked, place, again } => self.browser.list(asked, place, again),
            Effect::StopListing(asked) => self.browser.stop_list(asked),
            Effect::LookAt { asked, tag, rested } => self.browser.look_at(asked, tag, rested),
            Effect::StopLooking => self.browser.stop_looking(),
            Effect::Compare(before, after) => self.browser.compare(before, after),
            Effect::Consequences { asked, what } => changes::consequences(&shared, asked, what),
            Effect::CopyOutlook { asked, what, to } => {
                changes::outlook(&shared, asked, what, to);
            }
            Effect::ReadSecrets => secrets::read(&shared),
            Effect::KeepSecret { name, secret } => secrets::keep(&shared, name, secret.0),
            Effect::RemoveSecret(name) => secrets::remove(&shared, name),
            Effect::Answer { asked, secret } => {
                self.prompts.answer(asked, secret.map(|typed| typed.0));
            }
            Effect::Verb(line) => verbs::perform(&shared, &mut self.runner, &line),
            Effect::Theme(name) => match self.themes.find(&name) {
                Ok(theme) => shared.tell(Msg::Theme(theme)),
                Err(error) => shared.failed("theme", error),
            },
            Effect::ReadPast => blocking(move || read_past(&shared)),
            Effect::Open(run) => blocking(move || open(&shared, &run)),
            Effect::ReadPrinted { run, jobs } => {
                blocking(move || read_printed(&shared, run, &jobs));
            }
            // These are the terminal's.
            Effect::Clip(_)
            | Effect::Mouse(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    /// Finds out what a release would do; what was asked before is dropped.
    fn look(&mut self, asked: u64, selection: Selection, force: bool, again: bool) {
        if let Some(looking) = self.looking.take() {
            looking.abort();
        }
        if again {
            self.forget_sights();
        }
        let key = (selection.clone(), force);
        let known = self.sights.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(sight) = known {
            return self.shared.tell(Msg::Seen { asked, sight });
        }
        let (shared, sights) = (self.shared.clone(), Arc::clone(&self.sights));
        self.looking = Some(tokio::spawn(async move {
            let tell = |sight| shared.tell(Msg::Seen { asked, sight });
            let sight = forecast::of(&shared, &selection, force, tell).await;
            // What was refused may be mended by the next look.
            if sight.refusals.is_empty() {
                let mut sights = sights.lock().unwrap_or_else(PoisonError::into_inner);
                sights.insert(key, sight.clone());
            }
            shared.tell(Msg::Seen { asked, sight });
        }));
    }

    /// Reads the configuration again. What runs goes on with the one that it
    /// began with.
    fn configure(&mut self, asked: u64) {
        self.forget_sights();
        match self.shared.configured_by(&self.shared.started.options) {
            Ok(shared) => {
                self.shared = shared;
                self.runner.shared = self.shared.clone();
                self.browser.forget(self.shared.clone());
                self.shared.tell(configured(&self.shared.config));
            }
            Err(error) => {
                let refusals = error.failures;
                let sight = Sight { refusals, is_complete: true, ..Sight::default() };
                self.shared.tell(Msg::Seen { asked, sight });
            }
        }
    }

    fn forget_sights(&self) {
        self.sights.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn blocking(work: impl FnOnce() + Send + 'static) {
    // The task that asked hears of it by a message.
    drop(tokio::task::spawn_blocking(work));
}

fn read_past(shared: &ConsoleShared) {
    let history = shared.services.history();
    let entries = match history.entries() {
        Ok(entries) => entries,
        Err(error) => return shared.failed("runs", error.into()),
    };
    let me = publisher(&shared.at.environment);
    let (mut rows, mut damaged) = (Vec::new(), Vec::new());
    for HistoryEntry { project, head, .. } in entries {
        match head {
            Ok(head) => {
                let elsewhere = project.filter(|of| !of.is(&shared.services.project));
                rows.push(row(&history, &head, elsewhere, &me));
            }
            Err(error) => damaged.extend(Error::from(error).failures),
        }
    }
    shared.tell(Msg::Past(rows, damaged));
}

/// A run, with the other project that it is of, and its other publisher.
fn row(history: &History, head: &RunHead, elsewhere: Option<ProjectId>, me: &Publisher) -> PastRow {
    let elsewhere = elsewhere.map(|of| format!("in {}: ", of.root.display()));
    let by = run_label::other_publisher(head, me).map(|by| format!("by {by}: "));
    PastRow {
        id: head.run.clone(),
        began: head.began,
        last: head.last,
        standing: history.standing(head),
        done: head.summary.done,
        jobs: head.jobs,
        sent: head.summary.bytes.sent,
        what: [elsewhere, by, Some(run_label::what(head))].into_iter().flatten().collect(),
    }
}

fn open(shared: &ConsoleShared, run: &str) {
    let services = &shared.services;
    let events = history::named(services, run)
        .and_then(|run| Ok(Journal::read(&services.history().path(&run))?));
    match events {
        Ok(events) => shared.tell(Msg::Opened(events)),
        Err(error) => shared.failed("open", error),
    }
}

fn read_printed(shared: &ConsoleShared, run: String, jobs: &[(JobId, u32)]) {
    let journal = shared.services.history().path(&run);
    let mut attempts = Vec::new();
    for &(job, last) in jobs {
        for attempt in last.saturating_sub(ATTEMPTS).max(1)..=last {
            match Outputs::read(&journal, job, attempt) {
                Ok(lines) => attempts.push(((job, attempt), lines)),
                Err(error) => tracing::warn!(%error, "the output of a job cannot be read"),
            }
        }
    }
    shared.tell(Msg::Printed { run, attempts });
}
