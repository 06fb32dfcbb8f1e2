//! The line below all: the keys that matter here, what is typed, or what was
//! just said.

use ratatui::buffer::Buffer;

use super::widgets::{put, put_all};
use crate::{
    keymap::BINDINGS,
    tui::{
        areas::Areas,
        look::Role,
        model::Model,
        text::{safe, width},
    },
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let (look, area) = (&model.look, areas.footer);
    let place = (area.x + 1, area.y, area.width.saturating_sub(2));
    if let Some(input) = &model.filter {
        let (x, y, columns) = place;
        let at = put(buffer, look, place, "/", look.of(Role::Key));
        let room = columns.saturating_sub(at - x);
        let scroll = input.visual_scroll(usize::from(room.saturating_sub(1)));
        let text: String = safe(input.value()).chars().skip(scroll).collect();
        put(buffer, look, (at, y, room), &text, look.of(Role::Text));
        let cursor = u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or(0);
        if let Some(cell) = buffer.cell_mut((at + cursor.min(room.saturating_sub(1)), y)) {
            cell.set_style(look.of(Role::Selected));
        }
        return;
    }
    if let Some((is_bad, notice)) = &model.notice {
        let role = if *is_bad { Role::Warn } else { Role::Text };
        put(buffer, look, place, &safe(notice), look.of(role));
        return;
    }
    put_all(buffer, look, place, &hints(model, usize::from(place.2)));
}

/// The keys of this screen and then those of all, as many as there is room
/// for. Help is always among them.
fn hints(model: &Model, room: usize) -> Vec<(Role, String)> {
    let here = model.screen.scope();
    let mut hints: Vec<(bool, String, &str)> = Vec::new();
    for binding in BINDINGS.iter().filter(|binding| binding.scope.covers(here)) {
        let key = model.keys.keys(binding.action).first();
        if let (Some(short), Some(key)) = (binding.short, key) {
            let is_needed =
                matches!(binding.action, crate::keymap::Action::Help | crate::keymap::Action::Quit);
            hints.push((is_needed, key.to_string(), short));
        }
    }
    let size = |hints: &[(bool, String, &str)]| -> usize {
        hints.iter().map(|(_, key, short)| width(key) + width(short) + 3).sum()
    };
    while size(&hints) > room {
        let Some(place) = hints.iter().rposition(|(is_needed, ..)| !is_needed) else { break };
        hints.remove(place);
    }
    let texts = |(_, key, short): (bool, String, &str)| {
        [(Role::Key, key), (Role::Dim, format!(" {short}  "))]
    };
    hints.into_iter().flat_map(texts).collect()
}
