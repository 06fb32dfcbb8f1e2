//! How the screen changes.

mod actions;
mod agreed;
mod browse;
mod change;
mod clipboard;
mod command;
mod copying;
mod launch;
mod mouse;
mod movement;
mod naming;
mod overlay;
mod palette;
mod prompt;
mod run;
mod secrets;

use super::{
    areas,
    effect::Effect,
    model::{LogReading, Model, Notice, Overlay, Question, RunView, Screen},
    msg::Msg,
};
use crate::{
    model::{Failure, FailureKind},
    plan::JobId,
    run::{Event, EventKind, Outcome, Run, Stop},
};

/// Takes in one message. Does no I/O and reads no clock.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    prompt::heed(model, &msg);
    let is_known = matches!(msg, Msg::Agree(_) | Msg::Told { .. } | Msg::Failed { .. });
    if is_known && model.notice == Some(Notice::Looking) {
        model.notice = None;
    }
    let mut effects = take(model, msg);
    model.on_top.settle(model.around.now);
    effects.extend(settle(model));
    effects.extend(browse::settle(model));
    effects
}

fn take(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => {
            model.notice = None;
            return overlay::on_key(model, key);
        }
        // Nothing is done on a screen that shows nothing of it.
        Msg::Paste(_) | Msg::Mouse(_) if model.around.is_small() => {}
        Msg::Paste(text) => overlay::on_paste(model, &text),
        Msg::Mouse(event) => return mouse::on_mouse(model, event),
        Msg::Interrupt => return run::interrupt(model),
        Msg::Terminate => return terminate(model),
        Msg::Configured { artifacts, sinks, sinks_there } => {
            model.launch.configure(artifacts, sinks);
            model.browse.configure(sinks_there);
            return launch::look(model, true).into_iter().collect();
        }
        Msg::Began { run, events } => began(model, *run, &events),
        Msg::Happened(event, _) => {
            model.runs.take(&event);
            offer_anew(model, &event.event);
        }
        Msg::Ended => return ended(model),
        Msg::Opened(events) => open(model, &events),
        Msg::Printed { run, attempts } => printed(model, &run, attempts),
        Msg::Agree(of) if of.proposal.shown.is_empty() => return overlay::go_on(model, of),
        Msg::Agree(of) => {
            model.on_top.open_later(Overlay::Confirm(Question::Agree(Box::new(of))));
        }
        Msg::Failed { what, failures } => {
            return failed(model, what, failures).into_iter().collect();
        }
        Msg::Told { title, lines } => {
            let failures = Vec::new();
            model.on_top.open_later(Overlay::Message { title, failures, lines, offset: 0 });
        }
        answer => see(model, answer),
    }
    Vec::new()
}

/// Takes in what was asked for, or what is the case around the console.
fn see(model: &mut Model, answer: Msg) {
    match answer {
        Msg::Tick(now) => model.around.now = now,
        Msg::Resize(columns, rows) => model.around.size = ratatui::layout::Size::new(columns, rows),
        Msg::Seen { asked, sight } if asked == model.launch.asked => model.launch.see(sight),
        Msg::Past(runs, damaged) => model.history.see(runs, damaged),
        Msg::Page { asked, rows } => model.browse.page(asked, rows),
        Msg::Listed { asked, ended } => model.browse.listed(asked, ended, model.around.now),
        Msg::Tried { sink, lines } => {
            model.browse.tried.insert(sink, lines);
        }
        Msg::Looked { asked, found } => model.browse.see(asked, found, model.around.now),
        Msg::Entailed { asked, entails } => change::entailed(model, asked, entails),
        Msg::Foreseen { asked, outlook } => copying::foreseen(model, asked, outlook),
        Msg::Secrets(rows, keyring) => model.secrets.see(rows, keyring.map_err(|why| *why)),
        Msg::Needed { asked, what, is_open } => model.on_top.prompts.add(asked, what, is_open),
        Msg::Theme(theme) => model.around.look.theme = theme,
        Msg::Noted(what) => model.say(what),
        // What was asked about a selection that has changed meanwhile; the rest
        // is taken in above.
        _ => {}
    }
}

/// What the console asks for when it opens.
pub fn begin(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![Effect::ReadPast];
    effects.extend(launch::look(model, false));
    effects.extend(settle(model));
    effects
}

fn began(model: &mut Model, run: Run, events: &[Event]) {
    model.runs.begin(run, events);
    model.notice = None;
    model.screen = Screen::Run;
}

fn ended(model: &mut Model) -> Vec<Effect> {
    model.runs.end();
    // What was asked before leaving is answered by the end of the run.
    if model.is_leaving || model.question() == Some(&Question::Quit) {
        return vec![Effect::Quit];
    }
    // What the sinks hold has changed.
    let mut effects = vec![Effect::ReadPast];
    effects.extend(model.browse.forget_all().into_iter().map(Effect::StopListing));
    effects.extend(launch::look(model, true));
    effects
}

fn open(model: &mut Model, events: &[Event]) {
    if model.runs.open(events) {
        model.screen = Screen::Run;
    }
}

fn printed(model: &mut Model, run: &str, attempts: Vec<((JobId, u32), Vec<String>)>) {
    let Some(shown) = model.shown_mut().filter(|shown| shown.run.id() == run) else { return };
    let again = shown.log.reading == LogReading::AskedAgain;
    shown.log.reading = LogReading::Idle;
    shown.log.printed.extend(attempts);
    shown.log.is_stale = true;
    shown.log.must_read = again;
}

/// Says what did not work. What was agreed to is asked for again where it
/// changed meanwhile.
fn failed(model: &mut Model, what: String, failures: Vec<Failure>) -> Option<Effect> {
    let again = model.runs.refused();
    if let Some(changed) = failures.iter().find(|failure| failure.kind == FailureKind::Changed) {
        ask_anew(model, changed);
        return None;
    }
    let is_moved = failures.iter().any(|failure| failure.kind == FailureKind::Conflict);
    let lines = Vec::new();
    model.on_top.open_later(Overlay::Message { title: what, failures, lines, offset: 0 });
    again.filter(|_| is_moved).map(|again| change::again(model, again))
}

/// A run with a changed source cannot go on, but another can begin.
fn offer_anew(model: &mut Model, event: &EventKind) {
    if let EventKind::JobFinished { outcome: Outcome::Failed { failure }, .. } = event
        && failure.kind == FailureKind::Changed
    {
        ask_anew(model, failure);
    }
}

fn ask_anew(model: &mut Model, changed: &Failure) {
    let is_asked = |of: &Overlay| matches!(of, Overlay::Confirm(Question::Anew(_)));
    if !model.on_top.all_mut().any(|window| is_asked(window)) {
        model.on_top.open_later(Overlay::Confirm(Question::Anew(changed.to_string())));
    }
}

/// Cancels what runs, and leaves when it is over.
fn terminate(model: &mut Model) -> Vec<Effect> {
    model.is_leaving = true;
    let mut effects = prompt::refuse(model);
    effects.push(if model.is_busy() { Effect::Stop(Stop::Cancel) } else { Effect::Quit });
    effects
}

/// Brings into view what is selected, and has its log written.
fn settle(model: &mut Model) -> Option<Effect> {
    let areas = areas::of(model);
    clamp(model, &areas);
    for (picks, height) in model.launch.picks.iter_mut().zip(areas.launch.picks) {
        picks.list.follow(height);
    }
    model.history.list.follow(areas.history.height.into());
    model.secrets.list.follow(areas.secrets.height.into());
    let zone = model.around.zone.clone();
    let screen = model.screen;
    let shown = model.shown_mut()?;
    shown.rows.follow(areas.run.rows.height.into());
    if screen != Screen::Run {
        return None;
    }
    let jobs = shown.selected_jobs().to_vec();
    let is_new = !shown.log.is_about(&jobs, areas.run.log.0);
    if is_new {
        shown.log.keep_only(&jobs);
    }
    shown.write_log(areas.run.log.0, &zone);
    let effect = if is_new || shown.log.must_read { read_printed(shown, jobs) } else { None };
    shown.log.must_read = false;
    effect
}

/// Keeps what is scrolled within its text.
fn clamp(model: &mut Model, areas: &areas::Areas) {
    let scrolled = |model: &mut Model| match model.on_top.over_mut().and_then(Overlay::offset_mut) {
        Some(offset) => std::mem::take(offset),
        None => model.launch.offset,
    };
    let offset = scrolled(model);
    if offset == 0 {
        return;
    }
    let offset = offset.min(areas.most_offset(model));
    match model.on_top.over_mut().and_then(Overlay::offset_mut) {
        Some(of) => *of = offset,
        None => model.launch.offset = offset,
    }
}

/// Asks for what the jobs printed; one question at a time.
fn read_printed(shown: &mut RunView, jobs: Vec<JobId>) -> Option<Effect> {
    if shown.log.reading != LogReading::Idle {
        shown.log.reading = LogReading::AskedAgain;
        return None;
    }
    let counted = jobs.into_iter().map(|job| (job, shown.run.begun(job)));
    let jobs: Vec<_> = counted.filter(|(_, begun)| *begun > 0).collect();
    if jobs.is_empty() {
        return None;
    }
    shown.log.reading = LogReading::Asked;
    Some(Effect::ReadPrinted { run: shown.run.id().to_owned(), jobs })
}
