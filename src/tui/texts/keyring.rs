//! Why the keyring cannot be asked, which takes room on the screen.

use crate::{
    error::advice,
    tui::{
        look::Role,
        model::Model,
        text::{safe, wrapped},
    },
};

/// Why the keyring cannot be asked, and what to do about it.
pub(in crate::tui) fn refusal(model: &Model, columns: u16) -> Vec<(Role, String)> {
    let Some(Err(failure)) = &model.secrets.keyring else { return Vec::new() };
    let mut lines = vec![(Role::Bad, safe(failure))];
    lines.extend(advice(failure).map(|hint| (Role::Text, safe(&hint))));
    wrapped(&lines, columns.into())
}
