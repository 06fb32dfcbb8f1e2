//! The one order of tags, for lists, the console and what is removed.

use std::cmp::Ordering;

use super::{
    version::{Number, Version},
    words::{Word, words},
};

/// Where a tag stands among others: versions first, the oldest before the
/// newer, then those that differ in numbers and dates, then the others by
/// their letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age {
    version: Option<Version>,
    /// What tags have in common that differ only in a number, a date or a
    /// hash.
    shape: String,
    /// The numbers and dates.
    numbers: Vec<Number>,
    tag: String,
}

/// Tags of which one follows on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// Versions.
    Versions,
    /// What differs only in a number, a date or a hash: what they have in
    /// common, with `*` for that.
    Numbered(String),
}

impl std::fmt::Display for Series {
    /// For people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Versions => f.write_str("versions"),
            Self::Numbered(shape) => {
                f.write_str(&shape.replace("*date*", "*").replace("*hash*", "*"))
            }
        }
    }
}

impl Age {
    /// Where `tag` stands.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let (mut shape, mut numbers) = (String::new(), Vec::new());
        for word in words(tag) {
            match word {
                Word::Number(digits) => {
                    numbers.push(Number::new(&digits));
                    shape.push('*');
                }
                Word::Date(digits) => {
                    // A date without a time is the beginning of the day.
                    numbers.push(Number::new(&format!("{digits:0<14}")));
                    shape.push_str("*date*");
                }
                Word::Hash(_) => shape.push_str("*hash*"),
                Word::Text(text) => shape.push_str(&text),
                Word::Between(between) => shape.push_str(between),
            }
        }
        Self { version: Version::of(tag), shape, numbers, tag: tag.to_owned() }
    }

    /// Whether `tag` is a version.
    #[must_use]
    pub fn is_version(tag: &str) -> bool {
        Version::of(tag).is_some()
    }

    /// The version that the tag is, if it is one.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// The series that the tag belongs to. A number alone, such as a build's,
    /// is no version that others may be compared with.
    #[must_use]
    pub fn series(&self) -> Option<Series> {
        if self.version.is_some() && self.is_dotted() {
            return Some(Series::Versions);
        }
        self.is_numbered().then(|| Series::Numbered(self.shape.clone()))
    }

    /// Whether it is something that was released: a version, or a number or a
    /// date alone.
    #[must_use]
    pub fn is_release(&self) -> bool {
        self.version.is_some() || self.is_date()
    }

    /// Whether `other` stands at the same place, so that only their dates tell
    /// which is newer.
    #[must_use]
    pub fn is_level(&self, other: &Self) -> bool {
        self.rank(other) == Ordering::Equal
    }

    /// The order in which the newest versions come first, and other tags by
    /// their letters.
    #[must_use]
    pub fn newest_first(&self, other: &Self) -> Ordering {
        match (&self.version, &other.version) {
            (Some(_), Some(_)) => other.cmp(self),
            _ if self.version.is_none() && other.version.is_none() && self.shape == other.shape => {
                other.numbers.cmp(&self.numbers).then_with(|| self.tag.cmp(&other.tag))
            }
            _ => self.cmp(other),
        }
    }

    /// Whether it begins with at least two numbers.
    fn is_dotted(&self) -> bool {
        let text = self
            .tag
            .trim_start_matches(['v', 'V'])
            .trim_start_matches(|c: char| c.is_ascii_digit());
        text.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    fn is_date(&self) -> bool {
        self.shape.strip_suffix("*date*").is_some_and(str::is_empty)
    }

    /// Whether a number, a date or a hash stands for itself, and is not the end
    /// of a word such as `python3`.
    fn is_numbered(&self) -> bool {
        let words = words(&self.tag);
        let of = |at: usize| at.checked_sub(1).and_then(|at| words.get(at));
        let short = |text: &str| text.len() <= 2 || text == "build" || text == "rev";
        words.iter().enumerate().any(|(at, word)| match word {
            Word::Number(_) if matches!(of(at), Some(Word::Between(""))) => {
                matches!(at.checked_sub(2).and_then(|at| words.get(at)), Some(Word::Text(text)) if short(text))
            }
            Word::Number(_) | Word::Date(_) | Word::Hash(_) => true,
            _ => false,
        })
    }

    fn rank(&self, other: &Self) -> Ordering {
        match (&self.version, &other.version) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => {
                self.shape.cmp(&other.shape).then_with(|| self.numbers.cmp(&other.numbers))
            }
        }
    }
}

impl Ord for Age {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank(other).then_with(|| self.tag.cmp(&other.tag))
    }
}

impl PartialOrd for Age {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
