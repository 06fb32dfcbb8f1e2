//! Commands by name.

use super::actions::act;
use crate::{
    keymap::{self, Action, BINDINGS},
    tui::{
        effect::Effect,
        model::{Model, Notice},
    },
};

/// Does what a line says: an action of this screen, or a verb of the command
/// line.
pub(super) fn run(model: &mut Model, line: &str) -> Vec<Effect> {
    let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
    match name {
        "" => return Vec::new(),
        "theme" if !arguments.is_empty() => {
            return vec![Effect::Theme(arguments.trim().to_owned())];
        }
        "q" | "q!" => return act(model, Action::Quit),
        // So that a test can see what a panic leaves behind.
        "panic" if cfg!(debug_assertions) && arguments.is_empty() => panic!("asked to"),
        _ => {}
    }
    let is_verb = model.verbs.iter().any(|verb| verb.name == name);
    match keymap::named(name) {
        Some(action) if arguments.is_empty() && (is_here(model, action) || !is_verb) => {
            go_where_it_is(model, action);
            act(model, action)
        }
        _ => {
            model.notice = Some(Notice::Looking);
            vec![Effect::Verb(line.to_owned())]
        }
    }
}

fn is_here(model: &Model, action: Action) -> bool {
    let here = model.screen.scope();
    BINDINGS.iter().any(|binding| binding.action == action && binding.scope.covers(here))
}

/// What belongs to another screen is done there.
fn go_where_it_is(model: &mut Model, action: Action) {
    if !is_here(model, action) {
        let scope = BINDINGS.iter().find(|binding| binding.action == action);
        let screens = crate::tui::model::SCREENS.into_iter();
        let screen = scope.and_then(|at| screens.into_iter().find(|of| of.scope() == at.scope));
        model.screen = screen.unwrap_or(model.screen);
    }
}
