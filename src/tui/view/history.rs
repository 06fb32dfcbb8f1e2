//! Runs of the past.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, panel, put};
use crate::{
    model::{bytes, counted},
    tui::{
        areas::Areas,
        look::Role,
        model::{Model, PastRow},
        text::{date, safe, span},
    },
};

/// The columns: name, began, took, outcome, jobs, sent; what it released has
/// the rest.
const WIDTHS: [u16; 6] = [21, 17, 9, 15, 9, 11];
const TITLES: [&str; 7] = ["run", "began", "took", "outcome", "jobs", "sent", "what"];

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let (look, history) = (&model.around.look, &model.history);
    let mut title = format!("{}, {}", counted(history.runs.len(), "run"), history.order.name());
    if !history.list.filter.is_empty() {
        title = format!("{} of {title} /{}", history.list.len(), safe(&history.list.filter));
    }
    if !history.damaged.is_empty() {
        title = format!("{title}, {} cannot be read", history.damaged.len());
    }
    let inside = panel(buffer, look, areas.body, &title, true);
    let rows = areas.history;
    let columns = columns(rows);
    for ((x, width), title) in columns.iter().zip(TITLES) {
        put(buffer, look, (*x, inside.y, *width), title, look.of(Role::Title));
    }
    if history.list.is_empty() {
        let what = match () {
            () if !history.is_known => "reading",
            () if history.runs.is_empty() => "no runs yet",
            () => "no match",
        };
        put(buffer, look, (rows.x, rows.y, rows.width), what, look.of(Role::Dim));
    }
    for (y, (row, is_selected)) in (rows.y..).zip(history.list.view(rows.height.into())) {
        for ((x, width), (role, text)) in columns.iter().zip(texts(model, &history.runs[row])) {
            let place = (*x, y, width.saturating_sub(1));
            put(buffer, look, place, &text, look.of(role));
        }
        if is_selected {
            buffer.set_style(Rect::new(rows.x, y, rows.width, 1), look.of(Role::Selected));
        }
    }
    let range = history.list.range(rows.height.into());
    more(buffer, look, areas.body, (range.start > 0, range.end < history.list.len()));
}

/// Where each column begins, and how wide it is. What a narrow screen has no
/// room for is left out.
fn columns(area: Rect) -> [(u16, u16); 7] {
    let mut widths = WIDTHS;
    for spared in [2, 5] {
        if widths.iter().sum::<u16>() + 20 > area.width {
            widths[spared] = 0;
        }
    }
    let mut columns = [(0, 0); 7];
    let mut x = area.x;
    for (column, width) in columns.iter_mut().zip(widths) {
        *column = (x, width);
        x += width;
    }
    columns[6] = (x, area.right().saturating_sub(x));
    columns
}

fn texts(model: &Model, row: &PastRow) -> [(Role, String); 7] {
    let symbols = model.around.look.symbols;
    let (role, symbol) = match row.standing {
        "done" => (Role::Good, symbols.done),
        "running" => (Role::Active, symbols.running[0]),
        "failed" => (Role::Bad, symbols.failed),
        "interrupted" => (Role::Warn, symbols.failed),
        _ => (Role::Warn, symbols.stopped),
    };
    [
        (Role::Text, safe(&row.id)),
        (Role::Dim, date(row.began, &model.around.zone)),
        (Role::Dim, span(row.last.duration_since(row.began))),
        (role, format!("{symbol} {}", row.standing)),
        (Role::Text, format!("{}/{}", row.done, row.jobs)),
        (Role::Dim, bytes(row.sent)),
        (Role::Text, safe(&row.what)),
    ]
}
