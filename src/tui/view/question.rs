//! A question before something is done.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, put, scrolled, widest};
use crate::{
    model::counted,
    tui::{
        look::Role,
        model::{Model, Question},
        texts::{AskedText, question::laid_out},
    },
};

/// Said where a question takes no answer yet.
const DEAF: &str = "keys work in a moment";
/// As wide as it gets.
const MORE: &str = "999 lines more below: use the arrow keys";

pub(super) fn draw(model: &Model, question: &Question, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let (title, text) = laid_out(model, question, body);
    let AskedText { lines, below: keys, .. } = &text;
    let offset = if let Question::Agree(of) = question { of.offset } else { 0 };
    let columns = text.columns().max(widest([MORE, title]));
    let inside = over(buffer, look, body, title, (columns, text.rows()));
    let height = text.room(inside.height);
    scrolled(buffer, look, Rect { height, ..inside }, lines, offset);
    let below = lines.len().saturating_sub(offset + usize::from(height));
    let mut y = inside.y + height;
    if below > 0 {
        let more = format!("{} more below: use the arrow keys", counted(below, "line"));
        put(buffer, look, (inside.x, y, inside.width), &more, look.of(Role::Warn));
    }
    y += 1;
    if model.is_deaf() {
        put(buffer, look, (inside.x, y, inside.width), DEAF, look.of(Role::Dim));
        return;
    }
    for (y, (role, key)) in (y..inside.bottom()).zip(keys) {
        put(buffer, look, (inside.x, y, inside.width), key, look.of(*role));
    }
}
