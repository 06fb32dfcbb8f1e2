//! Commands by name.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use super::actions::{act, say};
use crate::{
    keymap::{self, Action, BINDINGS},
    tui::{
        model::{Known, Model, Move, Overlay, Palette},
        msg::Effect,
    },
};

/// Said until it is known what a line would do.
pub(super) const LOOKING: &str = "preparing a plan";

pub(super) fn open(model: &mut Model) {
    model.overlay = Some(Overlay::Palette(Palette::default()));
    complete(model);
}

/// Offers what fits to what was typed.
pub(super) fn complete(model: &mut Model) {
    if let Some(Overlay::Palette(mut palette)) = model.overlay.take() {
        palette.complete(&known(model));
        model.overlay = Some(Overlay::Palette(palette));
    }
}

fn known(model: &Model) -> Known<'_> {
    Known {
        verbs: &model.verbs,
        runs: model.history.runs.iter().rev().map(|row| row.id.as_str()).collect(),
        themes: model.themes.iter().map(String::as_str).collect(),
    }
}

pub(super) fn on_key(model: &mut Model, mut palette: Palette, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            let line = palette.line();
            return run(model, &line);
        }
        KeyCode::Up => palette.list.go(Move::By(-1)),
        KeyCode::Down | KeyCode::BackTab => palette.list.go(Move::By(1)),
        KeyCode::Tab => {
            palette.take_offer();
            palette.complete(&known(model));
        }
        // Nothing is left to be deleted.
        KeyCode::Backspace if palette.input.value().is_empty() => return Vec::new(),
        _ => {
            if palette.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                palette.complete(&known(model));
            }
        }
    }
    model.overlay = Some(Overlay::Palette(palette));
    Vec::new()
}

/// Does what a line says: an action of this screen, or a verb of the command
/// line.
fn run(model: &mut Model, line: &str) -> Vec<Effect> {
    let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
    match name {
        "" => return Vec::new(),
        "theme" if !arguments.is_empty() => {
            return vec![Effect::Theme(arguments.trim().to_owned())];
        }
        "q" | "q!" => return act(model, Action::Quit),
        // So that a test can see what a panic leaves behind.
        "panic" if cfg!(debug_assertions) => panic!("asked to"),
        _ => {}
    }
    let is_verb = model.verbs.iter().any(|verb| verb.name == name);
    match keymap::named(name) {
        Some(action) if arguments.is_empty() && (is_here(model, action) || !is_verb) => {
            go_where_it_is(model, action);
            act(model, action)
        }
        _ => {
            say(model, LOOKING);
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
