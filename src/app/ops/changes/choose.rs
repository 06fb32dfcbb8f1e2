//! Which tags go: those that are not among the newest of their series.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt, future::try_join, stream};
use globset::{Glob, GlobMatcher};
use jiff::Timestamp;

use crate::{
    app::wiring::sinks::RegistryTrust,
    browse::{Age, Series, dated, shortened},
    error::Error,
    model::{ArtifactKind, Failure, FailureKind, Tag},
    ports::Sweeper,
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// Which tags of a repository may go, as a user says it.
#[derive(Clone, Debug)]
pub(crate) struct CollectionRequest {
    /// The place, with a name behind it or without.
    pub(crate) url: String,
    /// The name, where the place is given without.
    pub(crate) tag: Option<String>,
    /// How many stay of each series.
    pub(crate) keep: Option<usize>,
    /// Patterns of the only tags that may go; empty: all.
    pub(crate) matching: Vec<String>,
    /// What is looked at, where a bucket holds both.
    pub(crate) kind: Option<ArtifactKind>,
    /// The order of the tags.
    pub(crate) sort: TagOrder,
    /// Patterns of tags that stay.
    pub(crate) protect: Vec<String>,
    /// Whether versions, and numbers and dates alone, stay.
    pub(crate) only_development: bool,
    /// How long that stays which no tag ever named.
    pub(crate) grace: Duration,
    /// How registries are trusted.
    pub(crate) trust: RegistryTrust,
}

/// The order of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagOrder {
    /// By version, the oldest first.
    Version,
    /// By when what they name was made, the oldest first.
    Date,
    /// As the place has them.
    Stored,
}

/// Which tags may go.
pub(super) struct RetentionRules {
    keep: usize,
    sort: TagOrder,
    /// None: tags of every name.
    matching: Patterns,
    protect: Patterns,
    only_development: bool,
}

/// Patterns of names of tags, as they were written.
struct Patterns(Vec<(String, GlobMatcher)>);

/// Which tags go, and which stay.
#[derive(Debug, Default)]
pub(crate) struct RetentionChoice {
    /// Those that go, in the order in which they do.
    pub(crate) gone: Vec<Tag>,
    /// Of each series, how many tags there are, and those that stay, the oldest
    /// first.
    pub(crate) series: Vec<(Series, usize, Vec<Tag>)>,
    /// Those that stay since they belong to no series.
    pub(crate) unclassed: Vec<Tag>,
    /// Those that stay since it is not known how old they are.
    pub(crate) undated: Vec<Tag>,
    /// Those that stay since they were to.
    pub(crate) protected: Vec<Tag>,
    /// Those of them that other names lead to, and which do.
    pub(crate) linked: Vec<(Tag, String)>,
    /// The patterns of `--match` and `--protect` that no tag matches.
    pub(crate) idle: Vec<String>,
}

impl RetentionRules {
    pub(super) fn of(request: &CollectionRequest) -> Result<Self, Error> {
        Ok(Self {
            keep: request.keep.unwrap_or_default(),
            sort: request.sort,
            matching: Patterns::of(&request.matching)?,
            protect: Patterns::of(&request.protect)?,
            only_development: request.only_development,
        })
    }

    /// Chooses among `tags`, which come in the order of their place.
    pub(super) async fn choose(
        &self,
        place: &dyn Sweeper,
        tags: Vec<Tag>,
    ) -> Result<RetentionChoice, Failure> {
        let idle = self.matching.idle(&tags).chain(self.protect.idle(&tags)).collect();
        let mut choice = RetentionChoice { idle, ..RetentionChoice::default() };
        let rolling = rolling(place, &tags).await?;
        let linked = place.linked().await?;
        let link_to = |tag: &Tag| Some((tag.clone(), linked.get(tag)?.clone()));
        choice.linked = tags.iter().filter_map(link_to).collect();
        choice.linked.sort();
        let aged = aged(tags);
        let unordered: HashSet<Series> =
            aged.iter().filter_map(|(age, _)| age.unordered()).collect();
        let days = days(&aged);
        let mut series: BTreeMap<Series, Vec<(Age, Tag)>> = BTreeMap::new();
        let mut follow = Vec::new();
        for (age, tag) in aged {
            let is_named = self.matching.is_match(&tag);
            let is_asked = self.matching.0.is_empty() || is_named;
            let is_kept = self.protect.is_match(&tag)
                || linked.contains_key(&tag)
                || self.only_development && age.is_release();
            match age.series() {
                _ if is_kept || !is_asked => choice.protected.push(tag),
                _ if days.contains(&tag) => choice.unclassed.push(tag),
                _ if rolling.contains_key(&tag) => follow.push(tag),
                Some(of) if !unordered.contains(&of) => {
                    series.entry(of).or_default().push((age, tag));
                }
                // What was named by a pattern needs no series.
                None if is_named && age.unordered().is_none() => choice.gone.push(tag),
                _ => choice.unclassed.push(tag),
            }
        }
        for (series, tags) in series {
            let (ordered, undated) = self.in_order(place, tags).await?;
            let count = ordered.len();
            let (stay, gone) = self.newest(ordered);
            choice.gone.extend(gone);
            // Those of unknown age are told apart.
            choice.undated.extend(undated);
            if count > 0 {
                choice.series.push((series, count, stay));
            }
        }
        let goes = |tag: &Tag| rolling.get(tag).is_some_and(|whole| choice.gone.contains(whole));
        let (gone, stay): (Vec<Tag>, Vec<Tag>) = follow.into_iter().partition(goes);
        choice.gone.extend(gone);
        choice.unclassed.extend(stay);
        Ok(choice)
    }

    /// The tags of a series, the oldest first, and those of which it is not
    /// known where they stand.
    async fn in_order(
        &self,
        place: &dyn Sweeper,
        mut tags: Vec<(Age, Tag)>,
    ) -> Result<(Vec<(Age, Tag)>, Vec<Tag>), Failure> {
        if self.sort == TagOrder::Stored {
            return Ok((tags, Vec::new()));
        }
        tags.sort();
        let is_level = |pair: &[(Age, Tag)]| pair[0].0.is_level(&pair[1].0);
        if self.sort == TagOrder::Version && !tags.windows(2).any(is_level) {
            return Ok((tags, Vec::new()));
        }
        let dates = dates(place, tags.iter().map(|(_, tag)| tag.clone()).collect()).await?;
        let date = |tag: &Tag| dates.get(tag).copied();
        if self.sort == TagOrder::Date {
            let (mut known, unknown): (Vec<_>, Vec<_>) =
                tags.into_iter().partition(|(_, tag)| date(tag).is_some());
            known.sort_by(|(one, a), (other, b)| date(a).cmp(&date(b)).then(one.cmp(other)));
            let unknown = unknown.into_iter().map(|(_, tag)| tag);
            let tied = ties(&mut known, date);
            return Ok((known, unknown.chain(tied).collect()));
        }
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for level in tags.chunk_by(|one, other| one.0.is_level(&other.0)) {
            // One version that is written in two ways is one version.
            let is_open = level.len() > 1 && level[0].0.version().is_none();
            let mut level = level.to_vec();
            if is_open {
                let undated = level.extract_if(.., |(_, tag)| date(tag).is_none());
                unknown.extend(undated.map(|(_, tag)| tag));
            }
            level.sort_by(|(one, a), (other, b)| date(a).cmp(&date(b)).then(one.cmp(other)));
            unknown.extend(ties(&mut level, date));
            known.extend(level);
        }
        Ok((known, unknown))
    }

    /// Those that stay of a series, and those that go, each the oldest first. A
    /// version stays with all its variants.
    fn newest(&self, ordered: Vec<(Age, Tag)>) -> (Vec<Tag>, Vec<Tag>) {
        let (mut kept, mut stay, mut gone) = (Vec::<Age>::new(), Vec::new(), Vec::new());
        for (age, tag) in ordered.into_iter().rev() {
            let is_same = |known: &Age| match (known.version(), age.version()) {
                (Some(known), Some(of)) => known.is_same(of),
                _ => false,
            };
            if kept.iter().any(is_same) {
                stay.push(tag);
            } else if kept.len() < self.keep {
                kept.push(age);
                stay.push(tag);
            } else {
                gone.push(tag);
            }
        }
        stay.reverse();
        gone.reverse();
        (stay, gone)
    }
}

/// Where each tag stands. Digits alone are a hash where other tags have one in
/// the same place.
fn aged(tags: Vec<Tag>) -> Vec<(Age, Tag)> {
    let ages: Vec<(Age, Tag)> = tags.into_iter().map(|tag| (Age::of(tag.as_str()), tag)).collect();
    let known: HashSet<Series> = ages.iter().filter_map(|(age, _)| age.series()).collect();
    let as_hash = |tag: &Tag| {
        let age = Age::of_hash(tag.as_str())?;
        age.series().is_some_and(|series| known.contains(&series)).then_some(age)
    };
    ages.into_iter().map(|(age, tag)| (as_hash(&tag).unwrap_or(age), tag)).collect()
}

/// The tags that may be days as well as versions, such as `13.12.17`, where
/// nothing tells that they are versions: neither another version, nor two of them
/// that differ in their last number alone, as days of two years seldom do.
fn days(aged: &[(Age, Tag)]) -> HashSet<Tag> {
    let may_be = || aged.iter().filter_map(|(age, tag)| Some((age.day_or_version()?, tag)));
    let mut seen = HashMap::new();
    let differs = |(begin, tag)| seen.insert(begin, tag).is_some();
    if aged.iter().any(|(age, _)| age.is_surely_version()) || may_be().any(differs) {
        return HashSet::new();
    }
    may_be().map(|(_, tag)| tag.clone()).collect()
}

/// Takes out the tags that neither their names nor their dates put in order: what
/// is built reproducibly has one date for ever.
fn ties(ordered: &mut Vec<(Age, Tag)>, date: impl Fn(&Tag) -> Option<Timestamp>) -> Vec<Tag> {
    let is_tied = |(one, a): &(Age, Tag), (other, b): &(Age, Tag)| {
        one.version().is_none() && one.is_level(other) && date(a) == date(b)
    };
    let (mut apart, mut tied) = (Vec::new(), Vec::new());
    for group in ordered.chunk_by(is_tied) {
        let to = if group.len() > 1 { &mut tied } else { &mut apart };
        to.extend(group.iter().cloned());
    }
    *ordered = apart;
    tied.into_iter().map(|(_, tag)| tag).collect()
}

/// The tags that name the same as the newest of the versions that they shorten,
/// with that: `1.27` beside `1.27.3`. They stay and go with it.
async fn rolling(place: &dyn Sweeper, tags: &[Tag]) -> Result<HashMap<Tag, Tag>, Failure> {
    let look = |(short, whole): (Tag, Tag)| async move {
        match try_join(place.resolve(&short), place.resolve(&whole)).await {
            Ok((Some(one), Some(other))) if one.digest == other.digest => Ok(Some((short, whole))),
            Ok(_) => Ok(None),
            Err(failure) if is_odd(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    };
    let found: Vec<Option<(Tag, Tag)>> =
        stream::iter(shortened(tags)).map(look).buffered(PARALLEL).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// When what each tag names was made, as far as that is known.
async fn dates(place: &dyn Sweeper, tags: Vec<Tag>) -> Result<HashMap<Tag, Timestamp>, Failure> {
    let look = |tag: Tag| async move {
        match dated(place, &tag).await {
            Ok(named) => Ok(named.and_then(|named| named.date).map(|date| (tag, date))),
            // What cannot be read has no date.
            Err(failure) if is_odd(&failure) => Ok(None),
            Err(failure) => Err(failure.context(format!("tag `{tag}`"))),
        }
    };
    let found: Vec<Option<(Tag, Timestamp)>> =
        stream::iter(tags).map(look).buffered(PARALLEL).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

fn is_odd(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Invalid | FailureKind::NotFound | FailureKind::Protocol)
}

impl Patterns {
    fn of(patterns: &[String]) -> Result<Self, Error> {
        let matcher = |pattern: &String| {
            let glob = Glob::new(pattern).map_err(Error::usage)?;
            Ok((pattern.clone(), glob.compile_matcher()))
        };
        patterns.iter().map(matcher).collect::<Result<_, _>>().map(Self)
    }

    fn is_match(&self, tag: &Tag) -> bool {
        self.0.iter().any(|(_, of)| of.is_match(tag.as_str()))
    }

    /// Those that none of `tags` matches.
    fn idle(&self, tags: &[Tag]) -> impl Iterator<Item = String> {
        let is_idle = |of: &GlobMatcher| !tags.iter().any(|tag| of.is_match(tag.as_str()));
        self.0.iter().filter(move |(_, of)| is_idle(of)).map(|(text, _)| text.clone())
    }
}
