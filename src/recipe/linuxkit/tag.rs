//! Templates of tags. LinuxKit has Go's; what they know is the hash, so that
//! is all that is understood here.

use crate::model::{Failure, FailureKind, Side};

/// The template that is meant where none is given.
pub(super) const USUAL: &str = "{{.Hash}}";

/// What a template makes of a hash. An action may have spaces around it, and a
/// `-` that eats the white space of the text beside it.
pub(super) fn render(template: &str, hash: &str) -> Result<String, Failure> {
    let (mut made, mut rest, mut eats) = (String::new(), template, false);
    while let Some((text, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}").ok_or_else(|| wrong(template, "{{"))?;
        let Action { eats_before, eats_after } =
            Action::parse(action).ok_or_else(|| wrong(template, &format!("{{{{{action}}}}}")))?;
        made.push_str(trimmed(text, eats, eats_before));
        made.push_str(hash);
        (rest, eats) = (after, eats_after);
    }
    made.push_str(trimmed(rest, eats, false));
    Ok(made)
}

/// `{{.Hash}}`, and what of the text beside it goes.
struct Action {
    eats_before: bool,
    eats_after: bool,
}

impl Action {
    /// What stands between the braces.
    fn parse(text: &str) -> Option<Self> {
        let is_space = |c: char| c.is_ascii_whitespace();
        let (text, eats_before) = match text.strip_prefix('-') {
            Some(rest) if rest.starts_with(is_space) => (rest, true),
            _ => (text, false),
        };
        let (text, eats_after) = match text.strip_suffix('-') {
            Some(rest) if rest.ends_with(is_space) => (rest, true),
            _ => (text, false),
        };
        (text.trim_matches(is_space) == ".Hash").then_some(Self { eats_before, eats_after })
    }
}

fn trimmed(text: &str, start: bool, end: bool) -> &str {
    let is_space = |c: char| c.is_ascii_whitespace();
    let text = if start { text.trim_start_matches(is_space) } else { text };
    if end { text.trim_end_matches(is_space) } else { text }
}

fn wrong(template: &str, action: &str) -> Failure {
    let what = format!("invalid tag template: `{template}` has `{action}`");
    Failure::new(FailureKind::Invalid, Side::Source, what)
        .hint("a template may contain {{.Hash}}, and nothing else in braces")
}
