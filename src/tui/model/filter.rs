//! Which rows a filter shows, the best first, and why.

use std::cmp::Reverse;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{Atom, AtomKind, CaseMatching, Normalization, Pattern},
};

/// What makes a filter a fuzzy one.
const FUZZY: char = '~';

/// A filter: each of its words is to be in a text, `!word` is not, `^word` at
/// its start, `word$` at its end. After `~`, letters anywhere in their order
/// are enough. Capitals count where there are some.
pub struct Filter {
    pattern: Pattern,
    /// The first word that is to be there.
    word: String,
    is_fuzzy: bool,
    matcher: Matcher,
}

impl Filter {
    /// What was typed; none where that is nothing.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let fuzzy = typed.trim_start().strip_prefix(FUZZY);
        let words = fuzzy.unwrap_or(typed);
        if words.trim().is_empty() {
            return None;
        }
        let mut pattern = Pattern::parse(words, CaseMatching::Smart, Normalization::Smart);
        if fuzzy.is_none() {
            pattern.atoms = words.split_whitespace().map(atom).collect();
        }
        let word = words.split_whitespace().find(|word| !word.starts_with('!'));
        let word = word.unwrap_or_default().trim_start_matches(['\'', '^']).trim_end_matches('$');
        Some(Self {
            pattern,
            word: word.to_owned(),
            is_fuzzy: fuzzy.is_some(),
            matcher: Matcher::new(Config::DEFAULT),
        })
    }

    /// Whether letters in their order are enough.
    #[must_use]
    pub fn is_fuzzy(&self) -> bool {
        self.is_fuzzy
    }

    fn score(&mut self, text: &str) -> Option<u32> {
        let mut buffer = Vec::new();
        self.pattern.score(Utf32Str::new(text, &mut buffer), &mut self.matcher)
    }

    /// Where in a text the letters are that match, as places of characters.
    pub fn matched(&mut self, text: &str) -> Vec<usize> {
        let (mut buffer, mut places) = (Vec::new(), Vec::new());
        let text = Utf32Str::new(text, &mut buffer);
        if self.pattern.indices(text, &mut self.matcher, &mut places).is_none() {
            return Vec::new();
        }
        places.into_iter().map(|place| place as usize).collect()
    }

    /// How well a name fits: the less, the better.
    fn rank(&mut self, name: &str) -> (u8, Reverse<u32>) {
        if self.is_fuzzy {
            return (0, Reverse(self.score(name).unwrap_or_default()));
        }
        let has_capitals = self.word.chars().any(char::is_uppercase);
        let name = if has_capitals { name.to_owned() } else { name.to_lowercase() };
        // `v1.2` is 1.2.
        let bare = name.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_numeric()));
        let ranks = [Some(name.as_str()), bare].into_iter().flatten();
        let rank = ranks.filter_map(|name| rank_of(name, &self.word)).min();
        (rank.unwrap_or(u8::MAX), Reverse(0))
    }
}

/// A word that is to be in a text, unless it says otherwise.
fn atom(word: &str) -> Atom {
    let (case, normalization) = (CaseMatching::Smart, Normalization::Smart);
    let parsed = Atom::parse(word, case, normalization);
    match parsed.kind {
        AtomKind::Fuzzy => Atom::new(word, case, normalization, AtomKind::Substring, false),
        _ => parsed,
    }
}

/// All of a name, its beginning, a part that begins like a word, or any other.
fn rank_of(name: &str, word: &str) -> Option<u8> {
    let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let places = name.match_indices(word).map(|(at, _)| {
        let ends = is_apart(name[at + word.len()..].chars().next());
        match (at, is_apart(name[..at].chars().next_back())) {
            (0, _) if name.len() == word.len() => 0,
            (0, _) => 2 - u8::from(ends),
            (_, true) => 4 - u8::from(ends),
            (_, false) => 5,
        }
    });
    places.min()
}

/// Those of `rows` with a text that matches `filter`.
pub(crate) fn matching<T: AsRef<str>>(
    filter: &str,
    rows: impl IntoIterator<Item = usize>,
    mut text: impl FnMut(usize) -> T,
) -> Vec<usize> {
    let Some(mut filter) = Filter::parse(filter) else { return rows.into_iter().collect() };
    rows.into_iter().filter(|&row| filter.score(text(row).as_ref()).is_some()).collect()
}

/// The same, with the names that fit best first.
pub(crate) fn ranked<T: AsRef<str>>(
    filter: &str,
    rows: Vec<usize>,
    mut name: impl FnMut(usize) -> T,
) -> Vec<usize> {
    let Some(mut filter) = Filter::parse(filter) else { return rows };
    let mut rows = rows;
    rows.sort_by_cached_key(|&row| filter.rank(name(row).as_ref()));
    rows
}
