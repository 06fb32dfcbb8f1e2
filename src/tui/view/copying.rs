//! What copies of tags would do, shown before they are made.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{over, put, scrolled, typed, widest, wrapped};
use crate::{
    model::{Digest, bytes},
    plan::TransferOutlook,
    tui::{
        look::Role,
        model::{Browse, Copying, Model, short_reference},
        text::safe,
        texts::{message::failure_lines, room},
    },
};

pub(super) fn draw(model: &Model, copying: &Copying, body: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let columns = room(body);
    let (lines, selected) = rows(&model.browse, copying, columns);
    let below = wrapped(&below(copying), columns);
    let wide = widest(lines.iter().chain(&below).map(|(_, line)| line.as_str())).max(40);
    let inside = over(buffer, look, body, "copy", (wide, lines.len() + below.len() + 2));
    let below_height = u16::try_from(below.len()).unwrap_or(u16::MAX).saturating_add(2);
    let height = inside.height.saturating_sub(below_height);
    let last = lines.len().saturating_sub(height.into());
    scrolled(buffer, look, Rect { height, ..inside }, &lines, selected.min(last));
    let mut y = inside.y + height + 1;
    for (role, line) in &below {
        put(buffer, look, (inside.x, y, inside.width), line, look.of(*role));
        y += 1;
    }
    let input = copying.renaming.as_ref().or_else(|| {
        let is_asked = copying.word().is_some() && !copying.is_refused();
        is_asked.then_some(&copying.input)
    });
    if let Some(input) = input.filter(|_| y < inside.bottom()) {
        let at = put(buffer, look, (inside.x, y, inside.width), "> ", look.of(Role::Key));
        typed(buffer, look, (at, y, inside.right().saturating_sub(at)), input);
    }
}

/// The tags, and where the selected one is among the lines.
fn rows(browse: &Browse, copying: &Copying, columns: usize) -> (Vec<(Role, String)>, usize) {
    let mut lines = vec![(Role::Title, format!("Copy to {}:", safe(&copying.to.name)))];
    let mut selected = 0;
    for (row, carry) in copying.what.iter().enumerate() {
        let is_selected = copying.list.selected() == Some(row) && copying.what.len() > 1;
        if is_selected && row > 0 {
            selected = lines.len();
        }
        let outlook = copying.outlooks().get(row);
        let from = safe(browse.named(&carry.tag));
        lines.extend(wrapped(&tag(copying, &from, outlook, is_selected), columns));
    }
    lines.push((Role::Text, String::new()));
    match &copying.outlook {
        None => lines.push((Role::Active, "checking the destination".to_owned())),
        Some(Err(failures)) => lines.extend(wrapped(&failure_lines(failures), columns)),
        Some(Ok(of)) => lines.push((Role::Text, amounts(&of.shown))),
    }
    (lines, selected)
}

fn tag(
    copying: &Copying,
    from: &str,
    outlook: Option<&TransferOutlook>,
    is_selected: bool,
) -> Vec<(Role, String)> {
    let mark = if is_selected { "> " } else { "  " };
    let Some(of) = outlook else { return vec![(Role::Text, format!("{mark}{from}"))] };
    let to = safe(short_reference(&copying.to, &of.name.to_string()));
    let (role, change) = change(of);
    let mut lines =
        vec![(Role::Text, format!("{mark}{from} → {to}")), (role, format!("    {change}"))];
    lines.extend(of.notices.iter().map(|notice| (Role::Warn, format!("    {}", safe(notice)))));
    if let Some(why) = of.refused {
        let hint = "Tab gives it another tag";
        lines.push((Role::Bad, format!("    refused: {why}; {hint}")));
    }
    lines
}

/// What the tag names at the sink, and what it will name.
fn change(of: &TransferOutlook) -> (Role, String) {
    let said = |digest: &Digest, version: Option<&String>| match version {
        Some(version) => format!("{} ({})", digest.short(), safe(version)),
        None => digest.short().to_owned(),
    };
    let after = said(&of.after, of.after_version.as_ref());
    match &of.before {
        None => (Role::Good, format!("new → {after}")),
        Some(before) if *before == of.after => (Role::Dim, format!("{after} (unchanged)")),
        Some(before) => {
            let before = said(before, of.before_version.as_ref());
            (Role::Warn, format!("moves: {before} → {after}"))
        }
    }
}

fn amounts(outlooks: &[TransferOutlook]) -> String {
    let sum = |of: fn(&TransferOutlook) -> u64| bytes(outlooks.iter().map(of).sum());
    format!("send {}, present {}", sum(|of| of.to_send), sum(|of| of.present))
}

/// What is to be typed.
fn below(copying: &Copying) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    lines.extend(copying.wrong.as_ref().map(|wrong| (Role::Bad, safe(wrong))));
    let key = |text: &str| (Role::Key, text.to_owned());
    if copying.renaming.is_some() {
        lines.push(key("type NAME:TAG, or :TAG, and Enter; Esc keeps the name"));
        return lines;
    }
    match (&copying.outlook, copying.word()) {
        (Some(Ok(_)), _) if copying.is_refused() => {
            lines.push(key("Tab changes the name, Esc goes back"));
        }
        (Some(Ok(_)), None) => {
            lines.push(key("Enter or y copies, Tab changes the name, Esc goes back"));
        }
        (Some(Ok(_)), Some(word)) => {
            let moved = copying.outlooks().iter().filter(|of| of.moves()).count();
            let what =
                if moved == 1 { "the tag that moves" } else { "the number of tags that move" };
            let word = safe(word);
            lines.push(key(&format!("type {what}, {word}, and Enter")));
            lines.push(key("Tab changes the name, Esc goes back"));
        }
        _ => lines.push(key("Esc goes back")),
    }
    lines
}
