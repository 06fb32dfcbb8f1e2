//! What is to be released, and what that would do.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, panel, put, put_all, scrolled};
use crate::tui::{
    areas::Areas,
    look::{Look, Role},
    model::{Model, PANES, Pane, Picks},
    text::safe,
    texts::plan::lines,
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let launch = &model.launch;
    for ((pane, picks), area) in PANES.into_iter().zip(&launch.picks).zip(areas.launch.panes) {
        let has_keys = launch.pane == pane;
        let marked = picks.marked().count();
        let filter = match picks.list.filter.as_str() {
            "" => String::new(),
            filter => format!(" /{}", safe(filter)),
        };
        let title = format!("{} {marked} of {}{filter}", pane.title(), picks.entries.len());
        let inside = panel(buffer, &model.around.look, area, &title, has_keys);
        entries(picks, has_keys, &model.around.look, inside, buffer);
        let range = picks.list.range(inside.height.into());
        more(buffer, &model.around.look, area, (range.start > 0, range.end < picks.list.len()));
    }
    let area = areas.launch.panes[Pane::Plan as usize];
    let title = if launch.force { "plan: prepared again" } else { "plan" };
    let inside = panel(buffer, &model.around.look, area, title, launch.pane == Pane::Plan);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    scrolled(buffer, &model.around.look, inside, &lines(model, area), launch.offset);
}

fn entries(picks: &Picks, has_keys: bool, look: &Look, area: Rect, buffer: &mut Buffer) {
    for (y, (row, is_selected)) in (area.y..).zip(picks.list.view(area.height.into())) {
        let entry = &picks.entries[row];
        let mark = if entry.is_marked { look.symbols.marked } else { look.symbols.unmarked };
        let name = if entry.is_marked { Role::Text } else { Role::Dim };
        let texts = [
            (if entry.is_marked { Role::Good } else { Role::Dim }, format!("{mark} ")),
            (name, format!("{}  ", safe(&entry.name))),
            (Role::Dim, safe(&entry.note)),
        ];
        put_all(buffer, look, (area.x, y, area.width), &texts);
        if is_selected && has_keys {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), look.of(Role::Selected));
        }
    }
    if picks.list.is_empty() && area.height > 0 {
        let what = if picks.entries.is_empty() { "none yet" } else { "no match" };
        put(buffer, look, (area.x, area.y, area.width), what, look.of(Role::Dim));
    }
}
