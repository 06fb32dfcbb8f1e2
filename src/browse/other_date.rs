//! Dates in tags in which the day or the month comes before the year, and which
//! therefore have no order by numbers.

use super::words::is_day;

/// The three numbers that a tag begins with, parted by dots, and where the third
/// begins.
pub(super) fn dotted(tag: &str) -> Option<(usize, [&str; 3])> {
    let text = tag.trim_start_matches(['v', 'V']);
    let mut parts = text.splitn(3, '.');
    let (first, second, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let third = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let numbers = [first, second, third];
    let is_number = |of: &&str| !of.is_empty() && of.bytes().all(|b| b.is_ascii_digit());
    numbers.iter().all(is_number).then(|| (tag.len() - rest.len(), numbers))
}

/// Whether numbers are written as those of a version are: without zeros before
/// them, and none of them as a whole year.
pub(super) fn is_plain(numbers: [&str; 3]) -> bool {
    numbers.iter().all(|of| of.len() < 4 && (*of == "0" || !of.starts_with('0')))
}

/// Whether a tag has a date in it without an order by numbers: the day
/// or the month comes before the year. One that may be a version is one.
pub(super) fn has_other_date(tag: &str) -> bool {
    if dotted(tag).is_some_and(|(_, numbers)| is_plain(numbers)) {
        return false;
    }
    let numbers: Vec<&str> = tag.split(|c: char| !c.is_ascii_digit()).collect();
    let parted = numbers.windows(3).any(|of| is_other_date(of[0], of[1], of[2]));
    parted || numbers.iter().any(|run| matches!(run.len(), 6 | 8) && is_other_run(run))
}

/// The same of digits that nothing parts: `31122025` and `311225`.
fn is_other_run(run: &str) -> bool {
    let ((first, rest), is_day_last) = (run.split_at(2), run.len() == 8 && is_day(run));
    let (second, year) = rest.split_at(2);
    !is_day_last && is_other_date(first, second, year)
}

/// Whether these are a day, a month and a year, or a month, a day and a year,
/// and not a year, a month and a day.
pub(super) fn is_other_date(first: &str, second: &str, year: &str) -> bool {
    let is_year_first = is_year(first) && (1..=12).contains(&number(second)) && is_short(year);
    are_of_a_day(first, second, year) && !is_year_first
}

/// Whether these may be a day and a month, in any order, and a year.
pub(super) fn are_of_a_day(first: &str, second: &str, year: &str) -> bool {
    is_short(first) && is_short(second) && is_year(year)
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_default()
}

fn is_short(text: &str) -> bool {
    matches!(text.len(), 1 | 2) && (1..=31).contains(&number(text))
}

fn is_year(text: &str) -> bool {
    match text.len() {
        4 => (1990..=2199).contains(&number(text)),
        2 => (15..=30).contains(&number(text)),
        _ => false,
    }
}
