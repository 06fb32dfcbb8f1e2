//! What is removed, all of it, and what is to be typed to agree.

use ratatui::layout::Rect;

use super::{AskedText, room};
use crate::tui::{
    look::Role,
    model::{Browse, TagAt, TagRemoval},
    text::{safe, wrapped},
};

/// So many tags can be seen at once.
const FEW: usize = 6;

/// What is removed, and what is to be typed below it.
pub(in crate::tui) fn laid_out(browse: &Browse, removal: &TagRemoval, body: Rect) -> AskedText {
    let lines = wrapped(&consequences(browse, removal), room(body));
    AskedText { lines, below: confirmation(removal), apart: 2 }
}

fn consequences(browse: &Browse, removal: &TagRemoval) -> Vec<(Role, String)> {
    let mut what: Vec<&TagAt> = removal.what.iter().collect();
    what.sort();
    let title = match what.len() {
        1 => "This tag is removed:".to_owned(),
        count => format!("These {count} tags are removed:"),
    };
    let mut lines = vec![(Role::Title, title)];
    // All of them: what is not shown cannot be agreed to.
    lines.extend(what.iter().map(|tag| (Role::Text, format!("  {}", safe(browse.named(tag))))));
    lines.push((Role::Text, String::new()));
    match &removal.entails {
        None => lines.push((Role::Active, "checking what is removed with it".to_owned())),
        Some(entails) => {
            lines.extend(entails.shown.iter().map(|line| (Role::Warn, safe(line))));
        }
    }
    lines
}

/// What is to be typed.
fn confirmation(removal: &TagRemoval) -> Vec<(Role, String)> {
    let word = safe(removal.word());
    let what = if removal.what.len() == 1 { "the tag" } else { "the number of tags" };
    let mut lines = Vec::new();
    if let Some(wrong) = &removal.wrong {
        lines.push((Role::Bad, format!("`{}` is not `{word}`: nothing was removed", safe(wrong))));
    }
    if removal.what.len() > FEW {
        lines.push((Role::Dim, "the arrow keys and PageDown show the rest".to_owned()));
    }
    if removal.entails.is_some() {
        lines.push((Role::Key, format!("type {what}, {word}, and Enter; Esc goes back")));
    } else {
        lines.push((Role::Key, "Esc goes back".to_owned()));
    }
    lines
}
