//! Names of secrets: whether the keyring has them, and where they come from.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, over, panel, put, typed, unseen, widest, wrapped};
use crate::{
    model::{SecretStanding, counted},
    tui::{
        areas::Areas,
        look::Role,
        model::{Keeping, Model},
        text::safe,
        texts::keyring::refusal,
    },
};

/// The column that tells whether the keyring has it.
const KEYRING: u16 = 11;
const TITLES: [&str; 4] = ["name", "keyring", "comes from", "for"];

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let (look, secrets) = (&model.around.look, &model.secrets);
    let order = if secrets.missing_first { "missing first" } else { "by name" };
    let mut title = format!("{}, {order}", counted(secrets.rows.len(), "secret"));
    if !secrets.list.filter.is_empty() {
        title = format!("{} of {title} /{}", secrets.list.len(), safe(&secrets.list.filter));
    }
    if let Some(Ok(keyring)) = &secrets.keyring {
        title = format!("{title}, stored in {keyring}");
    }
    let inside = panel(buffer, look, areas.body, &title, true);
    let rows = areas.secrets;
    let columns = columns(rows);
    for ((x, width), title) in columns.iter().zip(TITLES) {
        put(buffer, look, (*x, inside.y, *width), title, look.of(Role::Title));
    }
    if secrets.list.is_empty() {
        let what = match () {
            () if secrets.keyring.is_none() => "asking the keyring",
            () if !secrets.rows.is_empty() => "no match",
            () if matches!(secrets.keyring, Some(Err(_))) => "no secrets are needed",
            () => "no secrets are needed, and none are stored",
        };
        put(buffer, look, (rows.x, rows.y, rows.width), what, look.of(Role::Dim));
    }
    for (y, (row, is_selected)) in (rows.y..).zip(secrets.list.view(rows.height.into())) {
        for ((x, width), (role, text)) in columns.iter().zip(texts(model, &secrets.rows[row])) {
            put(buffer, look, (*x, y, width.saturating_sub(1)), &text, look.of(role));
        }
        if is_selected {
            buffer.set_style(Rect::new(rows.x, y, rows.width, 1), look.of(Role::Selected));
        }
    }
    let below = Rect { y: rows.bottom(), height: inside.bottom() - rows.bottom(), ..inside };
    for (y, (role, line)) in (below.y..below.bottom()).zip(refusal(model, below.width)) {
        put(buffer, look, (below.x, y, below.width), &line, look.of(role));
    }
    let range = secrets.list.range(rows.height.into());
    more(buffer, look, areas.body, (range.start > 0, range.end < secrets.list.len()));
}

fn columns(area: Rect) -> [(u16, u16); 4] {
    let name = (area.width * 2 / 5).min(48);
    let rest = area.width.saturating_sub(name + KEYRING);
    let widths = [name, KEYRING, rest / 2, rest - rest / 2];
    let mut columns = [(0, 0); 4];
    let mut x = area.x;
    for (column, width) in columns.iter_mut().zip(widths) {
        *column = (x, width);
        x += width;
    }
    columns
}

fn texts(model: &Model, row: &SecretStanding) -> [(Role, String); 4] {
    let symbols = model.around.look.symbols;
    let keyring = match row.in_keyring {
        Some(true) => (Role::Good, format!("{} yes", symbols.done)),
        Some(false) => (Role::Dim, "  no".to_owned()),
        None => (Role::Warn, "  unknown".to_owned()),
    };
    let source = match &row.source {
        Some(source) => (Role::Text, safe(source)),
        None => (Role::Bad, "nowhere".to_owned()),
    };
    [(Role::Text, safe(&row.name)), keyring, source, (Role::Dim, safe(&row.needed_by))]
}

/// A secret that is typed.
pub(super) fn keep(model: &Model, keeping: &Keeping, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let room = usize::from(body.width.saturating_sub(12)).min(66);
    let mut lines = Vec::new();
    if !keeping.name.is_empty() {
        lines.push((Role::Title, safe(&keeping.name)));
    }
    lines.push((Role::Text, keeping.question().to_owned()));
    let lines = wrapped(&lines, room);
    let wrong = keeping.wrong.unwrap_or_default();
    let keys = "Enter continues, Esc goes back";
    let columns = widest(lines.iter().map(|(_, line)| line.as_str()).chain([wrong, keys])).max(40);
    let inside = over(buffer, look, body, "store a secret", (columns, lines.len() + 3));
    let mut y = inside.y;
    for (role, line) in &lines {
        put(buffer, look, (inside.x, y, inside.width), line, look.of(*role));
        y += 1;
    }
    let at = put(buffer, look, (inside.x, y, inside.width), "> ", look.of(Role::Key));
    let place = (at, y, inside.right().saturating_sub(at));
    if keeping.is_unseen() {
        unseen(buffer, look, place, &keeping.input);
    } else {
        typed(buffer, look, place, &keeping.input);
    }
    put(buffer, look, (inside.x, y + 1, inside.width), wrong, look.of(Role::Bad));
    put(buffer, look, (inside.x, y + 2, inside.width), keys, look.of(Role::Key));
}
