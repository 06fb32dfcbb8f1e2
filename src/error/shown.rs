//! Failures, for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::remedies::advice;
use crate::model::{Failure, escape, without_logins};

/// `error: …`, its causes numbered, and what to do.
pub(super) fn show(failure: &Failure, colors: bool) -> String {
    let styled = |style: Style, text: &str| {
        if colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
    };
    let (first, rest) =
        failure.causes.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    let first = without_logins(first);
    let first = escape(&first);
    let mark = if failure.verbatim { "" } else { "error: " };
    let mut shown = format!("{}{first}", styled(AnsiColor::Red.on_default().bold(), mark));
    for (place, cause) in (1..).zip(rest) {
        let _ = write!(shown, "\n  {place}: {}", escape(&without_logins(cause)));
    }
    if let Some(hint) = advice(failure) {
        let name = styled(AnsiColor::Cyan.on_default(), "hint:");
        let _ = write!(shown, "\n{name} {}", escape(&without_logins(&hint)));
    }
    shown
}
