//! Text on a screen: safe to show, and as wide as its place.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

use super::look::Role;
use crate::model::escape;

/// The text with control and bidirectional characters escaped. Whatever came
/// from outside goes through here.
#[must_use]
pub fn safe(text: impl std::fmt::Display) -> String {
    escape(&text.to_string()).to_string()
}

/// How many columns a text takes.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text, cut to `columns` where it is wider; then it ends in `ellipsis`.
#[must_use]
pub(crate) fn fit<'t>(text: &'t str, columns: usize, ellipsis: &str) -> Cow<'t, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(ellipsis.width());
    let (cut, _) = text.unicode_truncate(room);
    let end = if columns >= ellipsis.width() { ellipsis } else { "" };
    Cow::Owned(format!("{cut}{end}"))
}

/// The text in pieces of at most `columns`, broken between words where that
/// is possible.
#[must_use]
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always one");
        // A word that fits no line begins where it stands.
        let fits = line.width() + 1 + word.width() <= columns || word.width() > columns;
        if line.is_empty() || fits {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        break_last(&mut lines, columns);
    }
    lines
}

/// Breaks a word that is wider than a line.
fn break_last(lines: &mut Vec<String>, columns: usize) {
    while let Some(last) = lines.last()
        && last.width() > columns
    {
        let (cut, _) = last.unicode_truncate(columns);
        // A character wider than the line stays whole.
        let end =
            if cut.is_empty() { last.chars().next().map_or(0, char::len_utf8) } else { cut.len() };
        if end == last.len() {
            return;
        }
        let rest = last[end..].to_owned();
        let place = lines.len() - 1;
        lines[place].truncate(end);
        lines.push(rest);
    }
}

/// A span of time: `850 ms`, `4.2 s`, `1:05`, `2:01:05`.
#[must_use]
pub(crate) fn span(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    match seconds {
        ..0 => "0 s".to_owned(),
        0 if time.as_millis() < 1000 => format!("{} ms", time.as_millis()),
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// A span of time that is a guess, in whole seconds, and at least one.
#[must_use]
pub(crate) fn about(time: SignedDuration) -> String {
    match time.as_secs() {
        ..2 => "1 s".to_owned(),
        seconds @ 2..60 => format!("{seconds} s"),
        _ => span(time),
    }
}

/// A time of day.
#[must_use]
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// A date and a time of day.
#[must_use]
pub(crate) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A rate in bytes a second.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is shown only")]
pub(crate) fn rate(per_second: f64) -> String {
    format!("{}/s", crate::model::bytes(per_second.max(0.0) as u64))
}

/// Lines broken where they are too wide; what follows begins further right.
pub(super) fn wrapped(lines: &[(Role, String)], columns: usize) -> Vec<(Role, String)> {
    let mut all = Vec::new();
    for (role, line) in lines {
        let text = line.trim_start_matches(' ');
        let indent = " ".repeat(line.len() - text.len());
        let pieces = wrap(text, columns.saturating_sub(indent.len()));
        all.extend(pieces.into_iter().map(|piece| (*role, format!("{indent}{piece}"))));
    }
    all
}
