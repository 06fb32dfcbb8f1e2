//! The keys.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, scrolled, widest};
use crate::tui::{model::Model, texts::help::lines};

pub(super) fn draw(model: &Model, offset: usize, body: Rect, buffer: &mut Buffer) {
    let lines = lines(model);
    let columns = widest(lines.iter().map(|(_, line)| line.as_str()));
    let inside = over(buffer, &model.around.look, body, "keys", (columns, lines.len()));
    scrolled(buffer, &model.around.look, inside, &lines, offset);
}
