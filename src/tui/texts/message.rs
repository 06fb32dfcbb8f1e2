//! What did not work, with what to do about it; or what a verb prints.

use ratatui::layout::Rect;

use crate::{
    error::advice,
    model::Failure,
    tui::{
        look::Role,
        text::{safe, wrapped},
    },
};

/// A message in lines that fit into `body`.
pub(in crate::tui) fn lines(
    failures: &[Failure],
    others: &[String],
    body: Rect,
) -> Vec<(Role, String)> {
    let room = usize::from(body.width.saturating_sub(8));
    let mut lines = failure_lines(failures);
    lines.extend(others.iter().map(|line| (Role::Text, safe(line))));
    wrapped(&lines, room)
}

/// What did not work, and what to do about it.
pub(in crate::tui) fn failure_lines(failures: &[Failure]) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    for failure in failures {
        for (place, cause) in failure.causes.iter().map(safe).enumerate() {
            let indent = if place == 0 { "" } else { "  " };
            lines.push((Role::Bad, format!("{indent}{cause}")));
        }
        if let Some(hint) = advice(failure) {
            lines.push((Role::Key, format!("hint: {}", safe(&hint))));
        }
        lines.push((Role::Text, String::new()));
    }
    lines
}
