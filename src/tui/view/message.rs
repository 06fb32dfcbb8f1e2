//! What did not work, or what a verb prints.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, scrolled, widest};
use crate::tui::{look::Role, model::Model, text::safe};

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
    let inside = over(buffer, &model.around.look, body, &title, (columns, lines.len()));
    scrolled(buffer, &model.around.look, inside, lines, offset);
}
