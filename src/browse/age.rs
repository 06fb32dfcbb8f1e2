//! The one order of tags, for lists, the console and what is removed.

use std::cmp::Ordering;

use super::{
    other_date::{are_of_a_day, dotted, has_other_date, is_other_date, is_plain},
    version::{Number, TagVersion},
    words::{Digits, Word, words_with},
};

/// What a number counts that follows on it at once, as in `pr12` or `rc1`. Any
/// other word and its number are one name.
const COUNTED: [&str; 13] =
    ["b", "build", "ci", "job", "mr", "n", "p", "pr", "r", "rc", "rev", "run", "v"];

/// Where a tag stands among others: versions first, the oldest before the
/// newer, then those that differ in numbers and dates, then the others by
/// their letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age {
    version: Option<TagVersion>,
    /// What tags have in common that differ only in a number, a date or a
    /// hash.
    shape: String,
    /// The numbers and dates.
    numbers: Vec<Number>,
    /// What digits alone are taken for.
    digits: Digits,
    tag: String,
}

/// Tags of which one follows on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// Versions.
    Versions,
    /// What differs only in a number, a date or a hash: what they have in
    /// common, with `N`, `DATE` or `HASH` for that.
    Numbered(String),
}

impl std::fmt::Display for Series {
    /// For people: `nightly-DATE`, `sha-HASH`, `build-N`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Versions => f.write_str("versions"),
            Self::Numbered(shape) => f.write_str(shape),
        }
    }
}

impl Age {
    /// Where `tag` stands.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        Self::read(tag, Digits::Number)
    }

    /// The same, where digits alone that may be a hash are one; none where there
    /// are no such digits. Its series tells whether others have hashes there.
    #[must_use]
    pub fn of_hash(tag: &str) -> Option<Self> {
        let is_other = words_with(tag, Digits::Hash) != words_with(tag, Digits::Number);
        is_other.then(|| Self::read(tag, Digits::Hash))
    }

    fn read(tag: &str, digits_are: Digits) -> Self {
        let (mut shape, mut numbers) = (String::new(), Vec::new());
        for word in words_with(tag, digits_are) {
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
        // A date is no version, however many digits it has.
        let is_version = shape != "*date*" && digits_are == Digits::Number;
        let version = TagVersion::of(tag).filter(|_| is_version);
        Self { version, shape, numbers, digits: digits_are, tag: tag.to_owned() }
    }

    /// Whether `tag` is a version.
    #[must_use]
    pub fn is_version(tag: &str) -> bool {
        TagVersion::of(tag).is_some()
    }

    /// The version that the tag is, if it is one.
    #[must_use]
    pub fn version(&self) -> Option<&TagVersion> {
        self.version.as_ref()
    }

    /// The series that the tag belongs to. A number alone, such as a build's,
    /// is no version that others may be compared with.
    #[must_use]
    pub fn series(&self) -> Option<Series> {
        if self.has_other_date() {
            return None;
        }
        if self.version.is_some() && self.is_dotted() {
            return Some(Series::Versions);
        }
        self.shape_of_series().map(Series::Numbered)
    }

    /// The series without an order by numbers, since in this one a day or
    /// a month comes before the year.
    #[must_use]
    pub fn unordered(&self) -> Option<Series> {
        self.has_other_date().then(|| self.shape_of_series())?.map(Series::Numbered)
    }

    /// What it has before its third number, where these may be a day, a month and
    /// a year as well as a version: `13.12.17`. Only its fellows tell.
    #[must_use]
    pub fn day_or_version(&self) -> Option<&str> {
        let (start, numbers) = dotted(&self.tag)?;
        let is_it = is_other_date(numbers[0], numbers[1], numbers[2]) && is_plain(numbers);
        is_it.then(|| &self.tag[..start])
    }

    /// Whether it is a version, and no day in any order.
    #[must_use]
    pub fn is_surely_version(&self) -> bool {
        let is_day = dotted(&self.tag).is_some_and(|(_, [first, second, third])| {
            are_of_a_day(first, second, third) || are_of_a_day(third, second, first)
        });
        self.series() == Some(Series::Versions) && !is_day
    }

    fn has_other_date(&self) -> bool {
        self.digits == Digits::Number && has_other_date(&self.tag)
    }

    fn shape_of_series(&self) -> Option<String> {
        shape_of_series(words_with(&self.tag, self.digits))
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

/// What a tag has in common with its series; none where no number, date or hash
/// in it stands for itself rather than being part of a name, such as `jdk17` or
/// `python3.11`.
fn shape_of_series(words: Vec<Word>) -> Option<String> {
    let (mut shape, mut is_counted, mut is_of_name) = (String::new(), false, false);
    let mut before: Option<Word> = None;
    for word in words {
        match &word {
            Word::Date(_) => shape.push_str("DATE"),
            Word::Hash(_) => shape.push_str("HASH"),
            Word::Number(digits) if is_of_name => shape.push_str(digits),
            Word::Number(_) => shape.push('N'),
            Word::Text(text) => shape.push_str(text),
            Word::Between(between) => shape.push_str(between),
        }
        match &word {
            Word::Number(_) if is_of_name => {}
            Word::Date(_) | Word::Hash(_) | Word::Number(_) => is_counted = true,
            Word::Text(text) => is_of_name = !COUNTED.contains(&text.as_str()),
            // `3` and `11` of `python3.11` are one.
            Word::Between(".") if matches!(before, Some(Word::Number(_))) => {}
            Word::Between("") => {}
            Word::Between(_) => is_of_name = false,
        }
        before = Some(word);
    }
    is_counted.then_some(shape)
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
