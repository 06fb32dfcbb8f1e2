//! Why the keyring cannot be asked, which takes room on the screen.

use super::{
    look::Role,
    model::Model,
    text::{safe, wrapped},
};
use crate::error::advice;

/// Why the keyring cannot be asked, and what to do about it.
pub(super) fn refusal(model: &Model, columns: u16) -> Vec<(Role, String)> {
    let Some(failure) = &model.secrets.failure else { return Vec::new() };
    let mut lines = vec![(Role::Bad, safe(failure))];
    lines.extend(advice(failure).map(|hint| (Role::Text, safe(&hint))));
    wrapped(&lines, columns.into())
}
