//! What the keys of the Run screen do.

use super::{movement::is_log_alone, prompt};
use crate::{
    run::Stop,
    tui::{effect::Effect, model::Model},
};

pub(super) fn interrupt(model: &mut Model) -> Vec<Effect> {
    model.notice = None;
    if model.on_top.prompts.open.is_some() {
        return prompt::refuse(model);
    }
    if model.is_busy() { stop(model) } else { vec![Effect::Quit] }
}

/// Harder each time.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    let Some(live) = model.runs.active() else {
        model.say("no run is active");
        return Vec::new();
    };
    let stop = if live.run.stop().is_none() { Stop::Drain } else { Stop::Cancel };
    vec![Effect::Stop(stop)]
}

pub(super) fn retry(model: &mut Model, all: bool) -> Vec<Effect> {
    let is_other = model.runs.past().is_some() && model.is_busy();
    let Some(shown) = model.shown() else { return Vec::new() };
    let jobs = if all { shown.all_to_retry() } else { shown.to_retry() };
    // A run that is over goes on with all that is not done, begun or not.
    let everything = all && !shown.is_live && !shown.run.is_complete();
    if jobs.is_empty() && !everything {
        let what = if all { "nothing failed" } else { "this cell needs no retry" };
        model.say(what);
        return Vec::new();
    }
    if is_other {
        model.warn("another run is active");
        return Vec::new();
    }
    let run = shown.run.id().to_owned();
    if !shown.is_live {
        model.runs.start(None);
        model.say("checking whether it can be resumed");
    }
    vec![Effect::Again { run, jobs: (!everything).then_some(jobs) }]
}

pub(super) fn log(model: &mut Model) {
    let is_alone = is_log_alone(model);
    set_alone(model, !is_alone);
}

pub(super) fn set_alone(model: &mut Model, is_alone: bool) {
    if let Some(shown) = model.shown_mut() {
        shown.log.is_alone = is_alone;
        shown.log.back = 0;
    }
}
