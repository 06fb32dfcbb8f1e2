//! One cell of a run's table: a symbol and a word, and as much besides as
//! there is room for.

use jiff::Timestamp;

use crate::{
    model::{FailureKind, bytes},
    tui::{
        look::{Look, Role},
        model::{Cell, Standing},
        text::{rate, span, width},
    },
};

/// The text of a cell that is at most so wide.
pub(super) fn text(
    cell: &Cell,
    moved: f64,
    now: Timestamp,
    look: &Look,
    columns: usize,
) -> (Role, String) {
    let symbols = look.symbols;
    let (role, symbol) = match cell.standing {
        Standing::Done => (Role::Good, symbols.done),
        Standing::Waiting => (Role::Dim, symbols.waiting),
        Standing::Stopped => (Role::Warn, symbols.stopped),
        Standing::Blocked => (Role::Warn, symbols.blocked),
        Standing::Running => (Role::Active, turning(symbols.running, now)),
        Standing::Again => (Role::Warn, symbols.again),
        Standing::Failed => (Role::Bad, symbols.failed),
    };
    let words = words(cell, moved, now);
    let fits = words.iter().map(|word| format!("{symbol} {word}"));
    let text = fits.into_iter().find(|text| width(text) <= columns);
    (role, text.unwrap_or_else(|| symbol.to_owned()))
}

fn turning(symbols: &'static [&'static str], now: Timestamp) -> &'static str {
    let turn = usize::try_from(now.as_millisecond() / 250).unwrap_or_default();
    symbols[turn % symbols.len()]
}

/// What is said in words, the longest first.
fn words(cell: &Cell, moved: f64, now: Timestamp) -> Vec<String> {
    let share = format!("{}/{}", cell.done, cell.jobs);
    let is_one = cell.jobs == 1;
    let mut words = match cell.standing {
        Standing::Done if is_one => done(cell),
        Standing::Done => vec![format!("{} of {}", cell.done, cell.jobs), share],
        Standing::Waiting if cell.done == 0 => vec!["waiting".to_owned(), "wait".to_owned()],
        Standing::Waiting => vec![share],
        Standing::Stopped => vec!["stopped".to_owned(), "stop".to_owned()],
        Standing::Blocked => vec!["blocked".to_owned(), "held".to_owned()],
        Standing::Running => running(cell, moved),
        Standing::Again => again(cell, now),
        Standing::Failed => {
            let why = cell.failed.map_or("failed", kind);
            vec![format!("failed: {why}"), why.to_owned(), "failed".to_owned(), "fail".to_owned()]
        }
    };
    words.retain(|word| !word.is_empty());
    words
}

fn done(cell: &Cell) -> Vec<String> {
    let moved = cell.bytes;
    let there = moved.present + moved.mounted;
    if moved.sent > 0 {
        return vec![format!("sent {}", bytes(moved.sent)), "sent".to_owned(), "done".to_owned()];
    }
    if cell.reused || there > 0 {
        return vec!["present".to_owned(), "there".to_owned()];
    }
    vec!["done".to_owned()]
}

fn running(cell: &Cell, moved: f64) -> Vec<String> {
    let (done, total) = cell.progress;
    let attempt = if cell.attempt > 1 { format!(" #{}", cell.attempt) } else { String::new() };
    if let Some((done, known)) = cell.steps.filter(|(_, known)| *known > 0) {
        let percent = format!("{}%", u64::from(done) * 100 / u64::from(known));
        let steps = format!("{done}/{known}");
        return vec![
            format!("step {steps} {percent}{attempt}"),
            format!("{steps} {percent}"),
            steps,
        ];
    }
    let Some(percent) = (u128::from(done) * 100).checked_div(u128::from(total)) else {
        return vec![format!("running{attempt}"), format!("work{attempt}"), "work".to_owned()];
    };
    let percent = format!("{}%", percent.min(100));
    let mut words = vec![format!("{percent}{attempt}"), percent.clone()];
    if moved >= 1.0 {
        words.insert(0, format!("{percent}{attempt} {}", rate(moved)));
    }
    words
}

/// When the next attempt begins, and which it will be.
fn again(cell: &Cell, now: Timestamp) -> Vec<String> {
    let wait = cell.until.map(|until| span(until.duration_since(now))).unwrap_or_default();
    let next = cell.attempt + 1;
    vec![format!("retry in {wait} #{next}"), format!("{wait} #{next}"), wait, format!("#{next}")]
}

/// A word for a kind of failure.
pub(super) fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unauthorized => "no login",
        FailureKind::Forbidden => "forbidden",
        FailureKind::NotFound => "not found",
        FailureKind::RateLimited => "too fast",
        FailureKind::Server => "server",
        FailureKind::Network => "network",
        FailureKind::Timeout => "timeout",
        FailureKind::Conflict => "conflict",
        FailureKind::Integrity => "wrong digest",
        FailureKind::Build => "build",
        FailureKind::Changed => "changed",
        FailureKind::Storage => "disk",
        FailureKind::Protocol => "protocol",
        FailureKind::Plain => "plain HTTP",
        FailureKind::Invalid => "invalid",
        FailureKind::Internal => "internal",
    }
}
