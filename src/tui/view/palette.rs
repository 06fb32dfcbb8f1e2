//! Commands by name.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, put, typed};
use crate::tui::{
    look::Role,
    model::{Model, Palette},
    text::safe,
};

/// How many offers are in view.
const OFFERS: usize = 12;

pub(super) fn draw(model: &Model, palette: &Palette, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let title = "command: Tab completes, Enter runs it, Esc closes";
    let columns = usize::from(body.width.saturating_sub(12)).min(90);
    let inside = over(buffer, look, body, title, (columns, OFFERS + 2));
    let at = put(buffer, look, (inside.x, inside.y, inside.width), ":", look.of(Role::Key));
    let room = inside.right().saturating_sub(at);
    typed(buffer, look, (at, inside.y, room), &palette.input);
    let mut list = palette.list.clone();
    list.follow(OFFERS);
    for (y, (row, is_selected)) in (inside.y + 2..inside.bottom()).zip(list.view(OFFERS)) {
        let offer = &palette.offers[row];
        let split = inside.width / 3;
        // What was typed before the last word stands above already.
        let word = offer.line.rsplit(' ').next().unwrap_or_default();
        let place = (inside.x, y, split.saturating_sub(1));
        put(buffer, look, place, &safe(word), look.of(Role::Key));
        let place = (inside.x + split, y, inside.width - split);
        put(buffer, look, place, &safe(&offer.help), look.of(Role::Dim));
        if is_selected {
            buffer.set_style(Rect::new(inside.x, y, inside.width, 1), look.of(Role::Selected));
        }
    }
}
