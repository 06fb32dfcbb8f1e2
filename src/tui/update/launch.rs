//! What the keys of the Launch screen do.

use super::agreed::agreed;
use crate::{
    keymap::Action,
    tui::{
        effect::Effect,
        model::{Model, Overlay, Question, Screen},
    },
};

/// Asks what a release of what is marked would do.
pub(super) fn look(model: &mut Model, again: bool) -> Option<Effect> {
    let launch = &mut model.launch;
    launch.asked += 1;
    launch.sight = None;
    launch.offset = 0;
    if launch.unmarked().is_some() {
        return None;
    }
    let (asked, selection, force) = (launch.asked, launch.selection(), launch.force);
    Some(Effect::Look { asked, selection, force, again })
}

/// Goes to a new release of what is marked, and looks what it would do.
pub(super) fn anew(model: &mut Model) -> Vec<Effect> {
    model.screen = Screen::Launch;
    look(model, true).into_iter().collect()
}

/// The configuration may be another now, and so may all that it names.
pub(super) fn reconfigure(model: &mut Model) -> Vec<Effect> {
    let launch = &mut model.launch;
    launch.asked += 1;
    (launch.sight, launch.offset) = (None, 0);
    vec![Effect::Configure { asked: launch.asked }]
}

pub(super) fn mark(model: &mut Model, action: Action) -> Vec<Effect> {
    match (action, model.launch.focus()) {
        (Action::Force, _) => model.launch.force = !model.launch.force,
        (Action::MarkAll, Some(picks)) => picks.toggle_all(),
        (_, Some(picks)) => picks.toggle(),
        (_, None) => return Vec::new(),
    }
    look(model, false).into_iter().collect()
}

pub(super) fn start(model: &mut Model) {
    if let Some(pane) = model.launch.unmarked() {
        return model.warn(format!("nothing is marked among the {}", pane.title()));
    }
    let Some(sight) = &model.launch.sight else {
        return model.warn("still reading the sources");
    };
    if sight.is_refused() {
        return model.warn("this would be refused: see the plan; Ctrl-r refreshes it");
    }
    if !sight.is_complete {
        return model.warn("still asking the sinks");
    }
    if model.is_busy() {
        return model.warn("a run is active; wait for it, or stop it with x");
    }
    model.on_top.open(Overlay::Confirm(Question::Launch));
}

/// Begins the release that was shown.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    let sight = model.launch.sight.as_ref();
    if let Some(plan) = sight.and_then(|sight| sight.plan.clone()) {
        return agreed(model, "launch", plan, None);
    }
    model.say("nothing was done: the plan is being made again");
    Vec::new()
}
