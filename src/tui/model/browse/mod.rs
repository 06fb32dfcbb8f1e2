//! The Browse screen: what is published, from the sinks down to the layers.
//!
//! It is a path of levels, of which the last is shown. A level is read when it
//! is first shown; what was read is kept, with the time it was.

mod level;
mod looked;
mod marks;
mod place;
mod row;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use level::{Level, LevelReading, Sorting};
pub use looked::{LookCache, TagContent, TagLook, Vouched};
pub use marks::TagMarks;
pub use place::{BrowsePath, RepositoryAt, TagAt, reference, short_reference};
use row::LevelRow;
pub use row::LevelRow as BrowseRow;

use crate::model::{Failure, SinkName, SinkSpec};

/// How many lists that were left are kept.
const KEPT: usize = 16;

/// The Browse screen.
#[derive(Clone, Debug)]
pub struct Browse {
    /// The sinks of the configuration.
    pub sinks: Vec<SinkSpec>,
    /// What the servers of the sinks can do, as far as that was tried, a line
    /// each.
    pub tried: BTreeMap<SinkName, Vec<String>>,
    /// What is known of tags.
    pub memory: LookCache,
    /// The tags that are marked.
    pub marks: TagMarks,
    /// Counts what was asked, so that a late answer is known as such.
    pub asked: u64,
    /// The tag that is looked at now, and the number of the question.
    pub looking: Option<(u64, TagAt)>,
    /// The sinks.
    top: Level,
    /// From there to what is shown.
    path: Vec<Level>,
    /// Lists that were read and left, the last one last.
    kept: Vec<Level>,
}

impl Default for Browse {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Browse {
    /// Takes in the sinks that are configured now. Of others than before
    /// nothing is known.
    pub fn configure(&mut self, sinks: Vec<SinkSpec>) {
        if sinks != self.sinks {
            *self = Self { asked: self.asked + 1, ..Self::new(sinks) };
        }
    }

    /// The sinks, of which nothing is known yet.
    #[must_use]
    pub fn new(sinks: Vec<SinkSpec>) -> Self {
        let mut top = Level::new(BrowsePath::Sinks);
        top.reading = LevelReading::Done;
        top.take(sinks.iter().map(|spec| LevelRow::Sink(Box::new(spec.clone()))).collect());
        Self {
            sinks,
            tried: BTreeMap::new(),
            memory: LookCache::default(),
            marks: TagMarks::default(),
            asked: 0,
            looking: None,
            top,
            path: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// The level that is shown.
    #[must_use]
    pub fn level(&self) -> &Level {
        self.path.last().unwrap_or(&self.top)
    }

    /// The level that is shown.
    #[must_use]
    pub fn level_mut(&mut self) -> &mut Level {
        self.path.last_mut().unwrap_or(&mut self.top)
    }

    /// The places from the sinks to what is shown.
    pub fn places(&self) -> impl Iterator<Item = &BrowsePath> {
        std::iter::once(&self.top).chain(&self.path).map(|level| &level.place)
    }

    /// The sink of that name.
    #[must_use]
    pub fn sink(&self, name: &SinkName) -> Option<&SinkSpec> {
        self.sinks.iter().find(|spec| spec.name == *name)
    }

    /// What castoff's commands call a tag: `SINK/NAME:TAG`.
    #[must_use]
    pub fn named(&self, tag: &TagAt) -> String {
        self.name_at(&tag.sink.0, &tag.name.to_string())
    }

    /// The same of a name at a sink.
    #[must_use]
    pub fn name_at(&self, sink: &str, name: &str) -> String {
        let spec = self.sinks.iter().find(|spec| spec.name.0 == sink);
        spec.map_or_else(|| format!("{sink}/{name}"), |spec| short_reference(spec, name))
    }

    /// Whether nothing may be changed where a tag is.
    #[must_use]
    pub fn is_read_only(&self, sink: &SinkName) -> bool {
        self.sink(sink).is_none_or(|spec| spec.read_only)
    }

    /// Goes into a place below. What was read of it before is shown again.
    pub fn enter(&mut self, place: BrowsePath) {
        let kept = self.kept.iter().position(|level| level.place == place);
        let level = kept.map_or_else(|| Level::new(place), |at| self.kept.remove(at));
        self.path.push(level);
        self.refill();
    }

    /// Goes back to the place above. Returns whether there is one.
    pub fn leave(&mut self) -> bool {
        let Some(level) = self.path.pop() else { return false };
        // What was not read whole is read anew.
        if level.place.is_list() && level.reading == LevelReading::Done {
            self.kept.push(level);
        }
        if self.kept.len() > KEPT {
            self.kept.remove(0);
        }
        true
    }

    /// The tag of a row of the level that is shown. A name outside the grammar
    /// cannot be asked for.
    #[must_use]
    pub fn tag_of(&self, row: &LevelRow) -> Option<TagAt> {
        match (&self.level().place, row) {
            (BrowsePath::Tags(at), LevelRow::Tag(name)) => Some(at.tag(name.parse().ok()?)),
            _ => None,
        }
    }

    /// The tag that is selected, or that is shown from within.
    #[must_use]
    pub fn tag(&self) -> Option<TagAt> {
        let level = self.level();
        let selected = || level.selected().and_then(|row| self.tag_of(row));
        level.place.tag().cloned().or_else(selected)
    }

    /// What is known of that tag.
    #[must_use]
    pub fn looked(&self) -> Option<&TagLook> {
        self.memory.of(&self.tag()?)
    }

    /// Marks all tags that are shown, or, where all are marked, none of them.
    pub fn toggle_all(&mut self) {
        let level = self.level();
        let rows = level.list.shown().iter().filter_map(|&row| level.rows.get(row));
        let tags = rows.filter_map(|row| self.tag_of(row)).collect();
        self.marks.toggle_all(tags);
    }

    /// What a change is about: the marked tags, or the one that is selected.
    #[must_use]
    pub fn chosen(&self) -> Vec<TagAt> {
        let marked = self.marks.in_order();
        if marked.is_empty() { self.tag().into_iter().collect() } else { marked }
    }

    /// Takes in a page of names, where it answers a question at hand.
    pub fn page(&mut self, asked: u64, rows: Vec<LevelRow>) {
        if let Some(level) = self.asking(asked) {
            level.page(rows);
        }
    }

    /// Takes in that a list was read to its end, or why not.
    pub fn listed(&mut self, asked: u64, ended: Result<(), Vec<Failure>>, now: Timestamp) {
        if let Some(level) = self.asking(asked) {
            level.end(ended, now);
        }
    }

    /// The level that asked that question. One may go in before a list is whole.
    fn asking(&mut self, asked: u64) -> Option<&mut Level> {
        self.path.iter_mut().find(|level| level.asked() == Some(asked))
    }

    /// Takes in what came of looking at a tag.
    pub fn see(&mut self, asked: u64, found: Result<TagContent, Vec<Failure>>, now: Timestamp) {
        let Some((_, tag)) = self.looking.clone().filter(|(number, _)| *number == asked) else {
            return;
        };
        let looked = TagLook { found, at: now };
        if looked.is_whole() {
            self.looking = None;
        }
        self.memory.remember(tag, looked);
        self.refill();
    }

    /// Fills a level below a tag with what is known of the tag.
    fn refill(&mut self) {
        let level = self.level();
        let Some(looked) = level.place.tag().and_then(|tag| self.memory.of(tag)) else { return };
        let (rows, read_at, is_whole) =
            (rows_of(&level.place, looked), looked.at, looked.is_whole());
        let failures = match &looked.found {
            Err(failures) => Some(failures.clone()),
            Ok(_) if rows.is_empty() => Some(vec![gone()]),
            Ok(_) => None,
        };
        let level = self.level_mut();
        level.read_at = Some(read_at);
        level.replace(rows);
        match failures {
            Some(failures) => level.reading = LevelReading::Failed(failures),
            None if is_whole => level.reading = LevelReading::Done,
            None => {}
        }
    }

    /// Has the level that is shown read anew, and all that is known of it
    /// forgotten.
    pub fn refresh(&mut self) {
        let place = self.level().place.clone();
        match &place {
            BrowsePath::Sinks => return,
            BrowsePath::Repositories(sink) => self.memory.forget(|tag| tag.sink == *sink),
            BrowsePath::Tags(at) => self.memory.forget(|tag| tag.repository() == *at),
            BrowsePath::Manifests(at) | BrowsePath::Manifest(at, _) => {
                self.memory.forget(|tag| tag == at);
            }
        }
        self.looking = None;
        self.level_mut().renew(true);
    }

    /// Something was published or removed: nothing that is known counts.
    /// Returns the questions that must be asked again.
    pub fn forget_all(&mut self) -> Vec<u64> {
        self.kept.clear();
        self.memory.forget(|_| true);
        self.looking = None;
        let asked = self.path.iter().filter_map(Level::asked).collect();
        for level in &mut self.path {
            level.renew(false);
        }
        asked
    }
}

fn rows_of(place: &BrowsePath, looked: &TagLook) -> Vec<LevelRow> {
    match place {
        BrowsePath::Manifest(_, digest) => looked.parts(digest),
        _ => looked.manifests(),
    }
}

fn gone() -> Failure {
    let (kind, side) = (crate::model::FailureKind::NotFound, crate::model::Side::Sink);
    Failure::new(kind, side, "it no longer exists").hint("go back, and refresh with Ctrl-r")
}
