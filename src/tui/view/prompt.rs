//! A secret that is asked for before a run.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, put, typed, unseen, widest, wrapped};
use crate::tui::{
    look::Role,
    model::{Model, Prompt},
    text::safe,
};

const WHAT_FOR: &str = "This run needs it, and no other source has it. castoff keeps it only for this run and its \
     retries.";
const KEYS: &str = "Enter confirms, Esc cancels";
const GIVEN: &str = "trying it; Esc cancels";

pub(super) fn draw(model: &Model, prompt: &Prompt, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let room = usize::from(body.width.saturating_sub(12)).min(66);
    let lines = [
        (Role::Title, safe(&prompt.what)),
        (Role::Text, String::new()),
        (Role::Text, WHAT_FOR.to_owned()),
    ];
    let lines = wrapped(&lines, room);
    let wrong = if prompt.is_missed { "nothing was typed" } else { "" };
    let columns = widest(lines.iter().map(|(_, line)| line.as_str()).chain([KEYS])).max(40);
    let inside = over(buffer, look, body, "before it begins", (columns, lines.len() + 3));
    let mut y = inside.y;
    for (role, line) in &lines {
        put(buffer, look, (inside.x, y, inside.width), line, look.of(*role));
        y += 1;
    }
    if prompt.is_given {
        put(buffer, look, (inside.x, y, inside.width), GIVEN, look.of(Role::Active));
        return;
    }
    let at = put(buffer, look, (inside.x, y, inside.width), "> ", look.of(Role::Key));
    let draw = if prompt.is_open { typed } else { unseen };
    draw(buffer, look, (at, y, inside.right().saturating_sub(at)), &prompt.input);
    put(buffer, look, (inside.x, y + 1, inside.width), wrong, look.of(Role::Bad));
    put(buffer, look, (inside.x, y + 2, inside.width), KEYS, look.of(Role::Key));
}
