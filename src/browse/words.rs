//! A tag taken apart into words and numbers.

/// A part of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Digits alone.
    Number(String),
    /// What stands for a commit or a tree.
    Hash(String),
    /// A year, a month and a day, and a time, as digits.
    Date(String),
    /// Anything else.
    Text(String),
    /// What stands between words: `.`, `-`, `_`, or nothing.
    Between(&'static str),
}

/// Names of architectures; numbers in them do not count.
const ARCHITECTURES: [&str; 21] = [
    "386", "amd64", "arm", "arm32v5", "arm32v6", "arm32v7", "arm64", "arm64v8", "armel", "armhf",
    "armv5", "armv6", "armv7", "i386", "i686", "mips64le", "ppc64le", "riscv64", "s390x", "x64",
    "x86",
];

/// What says that the digits that follow are a commit's.
const OF_COMMITS: [&str; 3] = ["sha", "git", "commit"];

/// What digits alone are taken for, where they may be a short hash: one of 27
/// has no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    /// A number.
    Number,
    /// A hash, if there are enough.
    Hash,
}

/// The words of a tag, in order.
pub(super) fn words(tag: &str) -> Vec<Word> {
    words_with(tag, Digits::Number)
}

/// The same, where it is known what digits alone are.
pub(super) fn words_with(tag: &str, digits_are: Digits) -> Vec<Word> {
    let (mut words, mut rest) = (Vec::new(), tag);
    while !rest.is_empty() {
        if let Some(between) = [".", "-", "_"].into_iter().find(|of| rest.starts_with(of)) {
            words.push(Word::Between(between));
            rest = &rest[1..];
            continue;
        }
        let is_commit = is_commit_next(&words);
        if let Some(length) = date(rest, &words).filter(|_| !is_commit) {
            words.push(Word::Date(digits(&rest[..length])));
            rest = &rest[length..];
            continue;
        }
        if let Some(after) = rest.strip_prefix("x86_64") {
            words.push(Word::Text("x86_64".to_owned()));
            rest = after;
            continue;
        }
        let length = rest.find(['.', '-', '_']).unwrap_or(rest.len());
        let digits_are = if is_commit { Digits::Hash } else { digits_are };
        split(&rest[..length], digits_are, &mut words);
        rest = &rest[length..];
    }
    words
}

fn is_commit_next(before: &[Word]) -> bool {
    matches!(before, [.., Word::Text(text), Word::Between(_)] if OF_COMMITS.contains(&text.as_str()))
}

/// Adds what stands between two separators.
fn split(text: &str, digits_are: Digits, words: &mut Vec<Word>) {
    let may_be = digits_are == Digits::Hash && is_long_number(text);
    if is_hash(text) || may_be {
        return words.push(Word::Hash(text.to_owned()));
    }
    if ARCHITECTURES.contains(&text) && text != "386" {
        return words.push(Word::Text(text.to_owned()));
    }
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.bytes().position(|b| b.is_ascii_digit() != is_digit);
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        if rest.len() < text.len() {
            words.push(Word::Between(""));
        }
        let word = word.to_owned();
        words.push(if is_digit { Word::Number(word) } else { Word::Text(word) });
        rest = after;
    }
}

/// Seven or more hexadecimal digits, some of them letters, as commits and trees
/// are named; git writes a `g` before them.
fn is_hash(text: &str) -> bool {
    let hex = text.strip_prefix('g').filter(|rest| rest.len() >= 7).unwrap_or(text);
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let has_digit = hex.bytes().any(|b| b.is_ascii_digit());
    let has_letter = hex.bytes().any(|b| b.is_ascii_lowercase()) || hex.len() < text.len();
    let is_whole = matches!(hex.len(), 40 | 64);
    (7..=64).contains(&hex.len())
        && hex.bytes().all(is_hex)
        && (is_whole || has_digit && has_letter)
}

fn is_long_number(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// How long the date is that `text` begins with, if it does: `20260801`,
/// `2026-08-01` and `2026_08_01`, each with or without a time. Dots make it a
/// version.
fn date(text: &str, before: &[Word]) -> Option<usize> {
    if matches!(before, [.., Word::Number(_) | Word::Hash(_), Word::Between(".")]) {
        return None;
    }
    let bytes = text.as_bytes();
    let run = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let is_end = |at: usize| bytes.get(at).is_none_or(|b| !b.is_ascii_alphanumeric());
    if matches!(run, 8 | 12 | 14) && is_day(&text[..8]) {
        let after = &text[run..];
        return (is_end(run) || time(after) > 0).then(|| run + time(after));
    }
    let between = bytes.get(4).filter(|b| matches!(b, b'-' | b'_'))?;
    let is_dashed = run == 4
        && bytes.get(7) == Some(between)
        && text.get(..10).is_some_and(|text| is_day(&digits(text)))
        && digits(&text[..10]).len() == 8;
    let after = text.get(10..)?;
    (is_dashed && (is_end(10) || time(after) > 0)).then(|| 10 + time(after))
}

/// How long the time of day is that follows on a date, such as `T12-30-00Z`.
fn time(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['T', 't']) else { return 0 };
    let length =
        rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.')).count();
    let length = rest[..length].trim_end_matches(['-', '_', '.']).len();
    if digits(&rest[..length]).len() < 4 {
        return 0;
    }
    1 + length + usize::from(rest[length..].starts_with(['Z', 'z']))
}

/// Whether digits are a year, a month and a day.
pub(super) fn is_day(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    matches!(
        (number(0..4), number(4..6), number(6..8)),
        (Some(1990..=2199), Some(1..=12), Some(1..=31))
    )
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
