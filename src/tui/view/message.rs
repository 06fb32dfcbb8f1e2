//! What did not work, with what to do about it; or what a verb prints.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, scrolled, widest};
use crate::{
    model::Failure,
    tui::{
        look::Role,
        model::Model,
        text::{safe, wrap},
    },
};

pub(super) fn draw(
    model: &Model,
    title: &str,
    lines: &[(Role, String)],
    offset: usize,
    body: Rect,
    buffer: &mut Buffer,
) {
    let title = safe(title);
    let columns = widest(lines.iter().map(|(_, line)| line.as_str())).max(title.len());
    let inside = over(buffer, &model.look, body, &title, (columns, lines.len()));
    scrolled(buffer, &model.look, inside, lines, offset);
}

/// A message in lines that fit into `body`.
pub(in crate::tui) fn lines(
    failures: &[Failure],
    others: &[String],
    body: Rect,
) -> Vec<(Role, String)> {
    let room = usize::from(body.width.saturating_sub(8));
    let mut lines: Vec<(Role, String)> = Vec::new();
    let mut add = |role, indent: &str, text: &str| {
        for line in wrap(text, room.saturating_sub(indent.len())) {
            lines.push((role, format!("{indent}{line}")));
        }
    };
    for failure in failures {
        let causes = failure.causes.iter().map(safe);
        for (place, cause) in causes.enumerate() {
            let indent = if place == 0 { "" } else { "  " };
            add(Role::Bad, indent, &cause);
        }
        if let Some(hint) = &failure.hint {
            add(Role::Key, "", &format!("hint: {}", safe(hint)));
        }
        add(Role::Text, "", "");
    }
    for line in others {
        add(Role::Text, "", &safe(line));
    }
    lines
}
