//! What several panels are made of.

pub(super) use crate::tui::text::wrapped;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Block, Clear, Widget},
};
use tui_input::Input;

use crate::tui::{
    frame::inner,
    look::{Look, Role},
    text::{fit, safe, width},
};

/// Writes a text into one line of an area, cut where it does not fit. Returns
/// where it ends.
pub(super) fn put(
    buffer: &mut Buffer,
    look: &Look,
    (x, y, columns): (u16, u16, u16),
    text: &str,
    style: Style,
) -> u16 {
    let text = fit(text, columns.into(), look.symbols.ellipsis);
    buffer.set_stringn(x, y, text, columns.into(), style).0
}

/// Shows which characters of a text match a filter. What is wide or cut does
/// not matter: it is a help for the eye.
pub(super) fn highlight(
    buffer: &mut Buffer,
    look: &Look,
    (x, y, columns): (u16, u16, u16),
    places: &[usize],
) {
    for place in places.iter().filter_map(|place| u16::try_from(*place).ok()) {
        if place < columns
            && let Some(cell) = buffer.cell_mut((x + place, y))
        {
            cell.set_style(look.of(Role::Key));
        }
    }
}

/// Writes texts one after another. Returns where they end.
pub(super) fn put_all(
    buffer: &mut Buffer,
    look: &Look,
    (x, y, columns): (u16, u16, u16),
    texts: &[(Role, String)],
) -> u16 {
    let mut at = x;
    let end = x.saturating_add(columns);
    for (role, text) in texts {
        at = put(buffer, look, (at, y, end.saturating_sub(at)), text, look.of(*role));
    }
    at
}

/// Writes what is being typed, with a cursor, scrolled to where that is.
pub(super) fn typed(
    buffer: &mut Buffer,
    look: &Look,
    (x, y, columns): (u16, u16, u16),
    input: &Input,
) {
    let scroll = input.visual_scroll(usize::from(columns.saturating_sub(1)));
    let text: String = safe(input.value()).chars().skip(scroll).collect();
    put(buffer, look, (x, y, columns), &text, look.of(Role::Text));
    let cursor = input.visual_cursor().saturating_sub(scroll);
    let cursor = u16::try_from(cursor).unwrap_or_default().min(columns.saturating_sub(1));
    if let Some(cell) = buffer.cell_mut((x + cursor, y)) {
        cell.set_style(look.of(Role::Selected));
    }
}

/// Writes that something is being typed, and not what.
pub(super) fn unseen(buffer: &mut Buffer, look: &Look, place: (u16, u16, u16), input: &Input) {
    let masked = "*".repeat(input.value().chars().count());
    typed(buffer, look, place, &masked.into());
}

/// Draws a frame with a title, and returns its inside.
pub(super) fn panel(
    buffer: &mut Buffer,
    look: &Look,
    area: Rect,
    title: &str,
    has_keys: bool,
) -> Rect {
    let border = look.of(if has_keys { Role::Focus } else { Role::Border });
    Block::bordered()
        .border_set(look.symbols.border)
        .border_style(border)
        .style(look.of(Role::Text))
        .render(area, buffer);
    let title = format!(" {title} ");
    let room = area.width.saturating_sub(4);
    if area.height > 0 {
        put(buffer, look, (area.x + 2, area.y, room), &title, look.of(Role::Title));
    }
    inner(area)
}

/// Draws a frame of a size over what is there, in the middle.
pub(super) fn over(
    buffer: &mut Buffer,
    look: &Look,
    body: Rect,
    title: &str,
    (columns, rows): (usize, usize),
) -> Rect {
    let columns = u16::try_from(columns + 4).unwrap_or(u16::MAX).min(body.width);
    let rows = u16::try_from(rows + 2).unwrap_or(u16::MAX).min(body.height);
    let area = Rect::new(
        body.x + (body.width - columns) / 2,
        body.y + (body.height - rows) / 2,
        columns,
        rows,
    );
    Clear.render(area, buffer);
    let inside = panel(buffer, look, area, title, true);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// Marks at the right edge of a frame that there is more above or below.
pub(super) fn more(buffer: &mut Buffer, look: &Look, area: Rect, (above, below): (bool, bool)) {
    let x = area.right().saturating_sub(1);
    let (up, down) = look.symbols.more;
    let style = look.of(Role::Focus);
    if above {
        buffer.set_string(x, area.y + 1, up, style);
    }
    if below {
        buffer.set_string(x, area.bottom().saturating_sub(2), down, style);
    }
}

/// Writes lines into an area from one of them on, and marks that there is more.
pub(super) fn scrolled(
    buffer: &mut Buffer,
    look: &Look,
    area: Rect,
    lines: &[(Role, String)],
    offset: usize,
) {
    let height = usize::from(area.height);
    let offset = offset.min(lines.len().saturating_sub(height));
    for (y, (role, line)) in (area.y..area.bottom()).zip(&lines[offset..]) {
        put(buffer, look, (area.x, y, area.width), line, look.of(*role));
    }
    let frame = Rect {
        x: area.x.saturating_sub(2),
        y: area.y.saturating_sub(1),
        width: area.width + 4,
        height: area.height + 2,
    };
    more(buffer, look, frame, (offset > 0, offset + height < lines.len()));
}

/// The widest of some lines.
pub(super) fn widest<'t>(lines: impl IntoIterator<Item = &'t str>) -> usize {
    lines.into_iter().map(width).max().unwrap_or_default()
}
