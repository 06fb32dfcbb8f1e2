//! What is asked before tags are copied or removed, or a repository is opened
//! by its name.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, over, put, scrolled, typed, widest, wrapped};
use crate::tui::{
    look::Role,
    model::{Asking, Browse, CopyChoice, Model, TagAt, TagRemoval},
    text::safe,
    texts::{removal, room},
};

/// How many names are listed.
const NAMES: usize = 6;

/// The names of tags, the first of many.
fn names(browse: &Browse, what: &[TagAt]) -> Vec<String> {
    let name = |tag| format!("  {}", safe(browse.named(tag)));
    let mut lines: Vec<String> = what.iter().take(NAMES).map(name).collect();
    if what.len() > NAMES {
        lines.push(format!("  and {} more", what.len() - NAMES));
    }
    lines
}

pub(super) fn choice(model: &Model, choice: &CopyChoice, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let names = names(&model.browse, &choice.what).into_iter().map(|name| (Role::Text, name));
    let mut lines = wrapped(&names.collect::<Vec<_>>(), room(body));
    lines.push((Role::Text, String::new()));
    lines.push((Role::Title, "to".to_owned()));
    let sinks: Vec<String> = choice.sinks.iter().map(|sink| format!("  {}", safe(sink))).collect();
    let keys = "Enter selects it, Esc goes back";
    let texts = lines.iter().map(|(_, line)| line.as_str());
    let columns = widest(texts.chain(sinks.iter().map(String::as_str)).chain([keys]));
    let rows = lines.len() + sinks.len() + 2;
    let inside = over(buffer, look, body, "copy", (columns, rows));
    for (y, (role, line)) in (inside.y..inside.bottom()).zip(&lines) {
        put(buffer, look, (inside.x, y, inside.width), line, look.of(*role));
    }
    let top = (inside.y + u16::try_from(lines.len()).unwrap_or(u16::MAX)).min(inside.bottom());
    let height = inside.bottom().saturating_sub(top).saturating_sub(2);
    let mut list = choice.list.clone();
    list.follow(height.into());
    for (y, (row, is_selected)) in (top..).zip(list.view(height.into())) {
        let role = if is_selected { Role::Selected } else { Role::Text };
        put(buffer, look, (inside.x, y, inside.width), &sinks[row], look.of(role));
    }
    let range = list.range(height.into());
    let area = Rect {
        x: inside.x.saturating_sub(2),
        y: top.saturating_sub(1),
        width: inside.width + 4,
        height: height + 2,
    };
    more(buffer, look, area, (range.start > 0, range.end < list.len()));
    let y = inside.bottom().saturating_sub(1);
    put(buffer, look, (inside.x, y, inside.width), keys, look.of(Role::Key));
}

pub(super) fn removal(model: &Model, removal: &TagRemoval, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let text = removal::laid_out(&model.browse, removal, body);
    let inside = over(buffer, look, body, "delete", (text.columns().max(30), text.rows()));
    let height = text.room(inside.height);
    scrolled(buffer, look, Rect { height, ..inside }, &text.lines, removal.offset);
    let mut y = inside.y + height + 1;
    for (role, line) in &text.below {
        put(buffer, look, (inside.x, y, inside.width), line, look.of(*role));
        y += 1;
    }
    if removal.entails.is_some() && y < inside.bottom() {
        let at = put(buffer, look, (inside.x, y, inside.width), "> ", look.of(Role::Key));
        typed(buffer, look, (at, y, inside.right().saturating_sub(at)), &removal.input);
    }
}

pub(super) fn name(model: &Model, asking: &Asking, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let mut lines = vec![(Role::Text, format!("A repository below {}:", safe(&asking.sink.url)))];
    if asking.is_twofold() {
        lines.push((Role::Dim, "NAME of an image, or files NAME".to_owned()));
    }
    let mut after = vec![(Role::Key, "Enter opens it, Esc goes back".to_owned())];
    if let Some(wrong) = &asking.wrong {
        after.insert(0, (Role::Bad, safe(wrong)));
    }
    let (lines, after) = (wrapped(&lines, room(body)), wrapped(&after, room(body)));
    let columns = room(body);
    let rows = lines.len() + after.len() + 2;
    let inside = over(buffer, look, body, "open by name", (columns, rows));
    let input_at = inside.y + u16::try_from(lines.len()).unwrap_or_default();
    let places = (inside.y..input_at).chain(input_at + 2..inside.bottom());
    for (y, (role, line)) in places.zip(lines.iter().chain(&after)) {
        put(buffer, look, (inside.x, y, inside.width), line, look.of(*role));
    }
    let at = put(buffer, look, (inside.x, input_at, inside.width), "> ", look.of(Role::Key));
    typed(buffer, look, (at, input_at, inside.right().saturating_sub(at)), &asking.input);
}
