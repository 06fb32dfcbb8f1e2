//! Secrets that are typed before a run.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use crate::tui::{
    model::Model,
    msg::{Effect, Msg},
};

/// Asks as soon as nothing else takes the keys, so that nothing is typed into
/// it that was meant for something else.
pub(super) fn settle(model: &mut Model) {
    if model.overlay.is_none() && model.filter.is_none() {
        model.prompts.open_next();
    }
}

/// Closes a prompt after its secret was tried, as `msg` tells.
pub(super) fn heed(model: &mut Model, msg: &Msg) {
    if matches!(msg, Msg::Began { .. } | Msg::Failed { .. } | Msg::Told { .. } | Msg::Ended) {
        model.prompts.settle();
    }
}

/// Keys, while a secret is typed, or is tried out.
pub(super) fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompts.open else { return Vec::new() };
    match key.code {
        KeyCode::Esc => return refuse(model),
        _ if prompt.is_given => {}
        KeyCode::Enter => {
            let asked = prompt.asked;
            if let Some(secret) = prompt.enter() {
                return vec![Effect::Answer { asked, secret: Some(secret) }];
            }
        }
        _ => {
            if prompt.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                prompt.is_missed = false;
            }
        }
    }
    Vec::new()
}

/// Gives no answer to any prompt.
pub(super) fn refuse(model: &mut Model) -> Vec<Effect> {
    let asked = model.prompts.drop_all().into_iter();
    asked.map(|asked| Effect::Answer { asked, secret: None }).collect()
}
