//! The keys, from the table of keys.

use crate::{
    keymap::{BINDINGS, KeyScope},
    tui::{look::Role, model::Model},
};

/// The keys of this screen first.
pub(in crate::tui) fn lines(model: &Model) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    for scope in [model.screen.scope(), KeyScope::Lists, KeyScope::Everywhere] {
        if !lines.is_empty() {
            lines.push((Role::Text, String::new()));
        }
        lines.push((Role::Title, scope.title().to_owned()));
        for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
            let keys: Vec<String> =
                model.around.keys.keys(binding.action).iter().map(ToString::to_string).collect();
            let keys = if keys.is_empty() { format!(":{}", binding.name) } else { keys.join(" ") };
            lines.push((Role::Text, format!("  {keys:<17} {}", binding.help)));
        }
    }
    lines
}
