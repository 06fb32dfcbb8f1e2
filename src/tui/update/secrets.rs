//! The Secrets screen: setting and removing.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use crate::{
    keymap::Action,
    tui::{
        effect::Effect,
        model::{Keeping, Model, Overlay, Question},
    },
};

pub(super) fn act(model: &mut Model, action: Action) {
    let selected = model.secrets.selected();
    let name = selected.map(|row| row.name.clone());
    let kept = selected.and_then(|row| row.in_keyring);
    let window = match (action, name) {
        (Action::NewSecret, _) => Some(Overlay::Keep(Keeping::new(None))),
        (Action::SetSecret, Some(name)) => Some(Overlay::Keep(Keeping::new(Some(name)))),
        (Action::RemoveSecret, Some(name)) if kept == Some(true) => {
            Some(Overlay::Confirm(Question::RemoveSecret(name)))
        }
        (Action::RemoveSecret, Some(name)) => {
            let said = match kept {
                Some(_) => format!("the keyring has no `{name}`"),
                None => format!("it is not known whether a keyring has `{name}`"),
            };
            return model.say(said);
        }
        _ => None,
    };
    if let Some(window) = window {
        model.on_top.open(window);
    }
}

/// Keys, while a secret is typed.
pub(super) fn on_key(model: &mut Model, mut keeping: Keeping, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            model.say("nothing was stored");
            return Vec::new();
        }
        KeyCode::Enter => {
            if let Some((name, secret)) = keeping.enter() {
                return vec![Effect::KeepSecret { name, secret }];
            }
        }
        _ => {
            if keeping.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                keeping.wrong = None;
            }
        }
    }
    model.on_top.keep(Overlay::Keep(keeping));
    Vec::new()
}
