//! Secrets that are typed before a run.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use crate::tui::{effect::Effect, model::Model, msg::Msg};

/// Closes a prompt after its secret was tried, as `msg` tells.
pub(super) fn heed(model: &mut Model, msg: &Msg) {
    if matches!(msg, Msg::Began { .. } | Msg::Failed { .. } | Msg::Told { .. } | Msg::Ended) {
        model.on_top.prompts.settle();
    }
}

/// Keys, while a secret is typed, or is tried out.
pub(super) fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut model.on_top.prompts.open else { return Vec::new() };
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
    let asked = model.on_top.prompts.drop_all().into_iter();
    asked.map(|asked| Effect::Answer { asked, secret: None }).collect()
}
