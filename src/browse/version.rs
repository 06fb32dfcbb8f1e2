//! Versions: semantic ones, calendar ones and their variants.

use std::cmp::Ordering;

use super::words::{Word, words};

/// What says that a version comes before the one without it.
const EARLY: [&str; 15] = [
    "alpha",
    "beta",
    "canary",
    "cr",
    "dev",
    "ea",
    "milestone",
    "nightly",
    "pre",
    "prerelease",
    "preview",
    "rc",
    "snapshot",
    "test",
    "unstable",
];

/// A version, such as `1.2.3-rc1`, `v0.9`, `2026.08.01` or `1.10-alpine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagVersion {
    /// The numbers before anything else, without the zeros at the end.
    numbers: Vec<Number>,
    /// What comes before the version itself: `rc1`.
    early: Vec<VersionPart>,
    /// What comes after it: `-2`, `-r3`.
    late: Vec<VersionPart>,
    /// Which variant it is of the same version: `alpine`.
    variant: Vec<VersionPart>,
}

/// Part of what follows on the numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum VersionPart {
    Text(String),
    Number(Number),
}

/// Digits, by their value, however many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number(String);

impl Number {
    pub(super) fn new(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl TagVersion {
    /// The version of a tag; none where it is no version. One with a hash in it
    /// is a build on the way to a version.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        if words(tag).iter().any(|word| matches!(word, Word::Hash(_))) {
            return None;
        }
        let text = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let (numbers, rest) = match numbers.strip_suffix('.') {
            Some(numbers) => (numbers, &text[numbers.len()..]),
            None => (numbers, rest),
        };
        if numbers.is_empty() || numbers.split('.').any(str::is_empty) {
            return None;
        }
        let mut numbers: Vec<Number> = numbers.split('.').map(Number::new).collect();
        while numbers.len() > 1 && numbers.last().is_some_and(|last| last.0.is_empty()) {
            numbers.pop();
        }
        let mut version =
            Self { numbers, early: Vec::new(), late: Vec::new(), variant: Vec::new() };
        version.take(words(rest))?;
        Some(version)
    }

    /// Whether it is the same version, if perhaps another variant.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.rank(other) == Ordering::Equal
    }

    /// Takes in what follows on the numbers; none: it is no version.
    fn take(&mut self, words: Vec<Word>) -> Option<()> {
        let is_number = |at: usize| matches!(words.get(at), Some(Word::Number(_)));
        let is_numbered: Vec<bool> = (0..words.len()).map(|at| is_number(at + 2)).collect();
        let mut to = &mut self.late;
        for (word, is_numbered) in words.into_iter().zip(is_numbered) {
            match word {
                Word::Hash(_) => return None,
                Word::Between(_) => {}
                Word::Number(digits) | Word::Date(digits) => {
                    to.push(VersionPart::Number(Number::new(&digits)));
                }
                Word::Text(text) => {
                    let text = text.to_lowercase();
                    to = match text.as_str() {
                        early if EARLY.contains(&early) => &mut self.early,
                        "a" | "b" | "c" | "m" if is_numbered => &mut self.early,
                        "r" | "rev" | "build" | "p" | "post" => &mut self.late,
                        _ => &mut self.variant,
                    };
                    to.push(VersionPart::Text(text));
                }
            }
        }
        Some(())
    }

    /// Where it stands among versions, whatever variant it is.
    fn rank(&self, other: &Self) -> Ordering {
        let early = match (self.early.is_empty(), other.early.is_empty()) {
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.early.cmp(&other.early),
        };
        self.numbers.cmp(&other.numbers).then(early).then_with(|| self.late.cmp(&other.late))
    }
}

impl Ord for TagVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank(other).then_with(|| self.variant.cmp(&other.variant))
    }
}

impl PartialOrd for TagVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
