//! The line below all: the keys that matter here, what is typed, or what was
//! just said.

use ratatui::buffer::Buffer;

use super::widgets::{put, put_all, typed};
use crate::{
    keymap::{Action, BINDINGS, Binding},
    tui::{
        areas::Areas,
        look::Role,
        model::{BrowsePath, Model},
        text::{safe, width},
    },
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let (look, area) = (&model.around.look, areas.footer);
    let place = (area.x + 1, area.y, area.width.saturating_sub(2));
    if let Some(input) = &model.on_top.filter {
        let (x, y, columns) = place;
        let at = put(buffer, look, place, "/", look.of(Role::Key));
        let room = columns.saturating_sub(at - x);
        typed(buffer, look, (at, y, room), input);
        return;
    }
    if let Some(notice) = &model.notice {
        let role = if notice.is_warning() { Role::Warn } else { Role::Text };
        put(buffer, look, place, &safe(notice.text()), look.of(role));
        return;
    }
    put_all(buffer, look, place, &hints(model, usize::from(place.2)));
}

/// Whether a key does something where one is in what is published.
fn is_of_use(model: &Model, action: Action) -> bool {
    let browse = &model.browse;
    let place = &browse.level().place;
    let is_chosen = || !browse.marks.is_empty() || browse.tag().is_some();
    match action {
        Action::MarkTag | Action::Diff => matches!(place, BrowsePath::Tags(_)),
        Action::Copy => is_chosen(),
        Action::Delete => {
            is_chosen() && !place.sink().is_some_and(|sink| browse.is_read_only(sink))
        }
        Action::OpenName => matches!(place, BrowsePath::Sinks | BrowsePath::Repositories(_)),
        _ => true,
    }
}

/// The keys of this screen and then those of all, as many as there is room
/// for. Help is always among them.
fn hints(model: &Model, room: usize) -> Vec<(Role, String)> {
    let here = model.screen.scope();
    let mut hints: Vec<(bool, String, &str)> = Vec::new();
    let matters =
        |binding: &&Binding| binding.scope.covers(here) && is_of_use(model, binding.action);
    for binding in BINDINGS.iter().filter(matters) {
        let key = model.around.keys.keys(binding.action).first();
        if let (Some(short), Some(key)) = (binding.short, key) {
            let is_needed = matches!(binding.action, Action::Help | Action::Quit);
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
