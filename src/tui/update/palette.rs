//! The palette: what is typed, and what fits to it.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use crate::tui::model::{Completions, Model, Overlay, Palette, SelectionMove};

/// Opens it.
pub(super) fn open(model: &mut Model) {
    model.on_top.open(Overlay::Palette(Palette::default()));
    complete(model);
}

/// Offers what fits to what was typed.
pub(super) fn complete(model: &mut Model) {
    if let Some(Overlay::Palette(mut palette)) = model.on_top.take() {
        palette.complete(&known(model));
        model.on_top.keep(Overlay::Palette(palette));
    }
}

fn known(model: &Model) -> Completions<'_> {
    Completions {
        verbs: &model.verbs,
        runs: model.history.runs.iter().rev().map(|row| row.id.as_str()).collect(),
        themes: model.around.themes.iter().map(String::as_str).collect(),
    }
}

/// Takes a key, and returns the line once it is whole.
pub(super) fn on_key(model: &mut Model, mut palette: Palette, key: KeyEvent) -> Option<String> {
    match key.code {
        KeyCode::Esc => return None,
        KeyCode::Enter => return Some(palette.line()),
        KeyCode::Up => palette.list.go(SelectionMove::By(-1)),
        KeyCode::Down | KeyCode::BackTab => palette.list.go(SelectionMove::By(1)),
        KeyCode::Tab => {
            palette.take_offer();
            palette.complete(&known(model));
        }
        // Nothing is left to be deleted.
        KeyCode::Backspace if palette.input.value().is_empty() => return None,
        _ => {
            if palette.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                palette.complete(&known(model));
            }
        }
    }
    model.on_top.keep(Overlay::Palette(palette));
    None
}
