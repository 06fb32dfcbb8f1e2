//! The Launch screen: what is marked, and what releasing it would do.

use std::sync::Arc;

use super::List;
use crate::{
    model::{Failure, Platform, PresentContent, Selection},
    plan::{Outlook, Plan},
};

/// What may be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The artifacts.
    Artifacts,
    /// The platforms.
    Platforms,
    /// The sinks.
    Sinks,
    /// What a release of all that would do.
    Plan,
}

/// The panes, in the order of the keys.
pub const PANES: [Pane; 4] = [Pane::Artifacts, Pane::Platforms, Pane::Sinks, Pane::Plan];

/// One thing to be marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is, in short.
    pub note: String,
    /// Whether it is marked.
    pub is_marked: bool,
}

/// A list of things to be marked.
#[derive(Clone, Debug, Default)]
pub struct Picks {
    /// The things.
    pub entries: Vec<Entry>,
    /// Which of them are shown.
    pub list: List,
    /// Whether they are sorted by name.
    pub by_name: bool,
}

/// The Launch screen.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The artifacts, the platforms and the sinks.
    pub picks: [Picks; 3],
    /// Where the keys go.
    pub pane: Pane,
    /// Whether what was prepared before is prepared again.
    pub force: bool,
    /// What a release would do.
    pub sight: Option<Sight>,
    /// How far the plan is scrolled.
    pub offset: usize,
    /// The platforms that the command line named, until there are platforms.
    pub platforms_asked: Vec<Platform>,
    /// Counts what was asked, so that a late answer is known as such.
    pub asked: u64,
}

/// What a release of what is marked would do, as far as is known.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The platforms that the sources have, where all of them were looked at.
    pub platforms: Option<Vec<Platform>>,
    /// How many jobs there would be.
    pub jobs: usize,
    /// What is at each sink, and what would be.
    pub outlooks: Vec<Outlook>,
    /// What is worth knowing before it begins, a line each.
    pub notices: Vec<String>,
    /// What would be done, where nothing keeps it from beginning. Its tags move
    /// only from what is shown.
    pub plan: Option<Arc<Plan>>,
    /// What keeps it from beginning, each with what to do about it.
    pub refusals: Vec<Failure>,
    /// Whether the sinks were asked.
    pub is_complete: bool,
}

/// Bytes that a release would send, and that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// To be sent.
    pub to_send: u64,
    /// There already.
    pub present: u64,
    /// Whether `to_send` is the most it can be, since some was never prepared.
    pub at_most: bool,
    /// How many platforms are to be built first, of which nothing is known.
    pub unbuilt: usize,
}

impl Picks {
    /// All of these, marked.
    #[must_use]
    pub fn new(things: impl IntoIterator<Item = (String, String)>) -> Self {
        let entry = |(name, note)| Entry { name, note, is_marked: true };
        let mut picks =
            Self { entries: things.into_iter().map(entry).collect(), ..Self::default() };
        picks.arrange();
        picks
    }

    /// Filters and sorts.
    pub fn arrange(&mut self) {
        let text = |row: usize| format!("{} {}", self.entries[row].name, self.entries[row].note);
        let mut rows = super::filter::matching(&self.list.filter, 0..self.entries.len(), text);
        if self.by_name {
            rows.sort_by_key(|&row| &self.entries[row].name);
        }
        self.list.show(rows);
    }

    /// Marks the selected one, or takes its mark away.
    pub fn toggle(&mut self) {
        if let Some(row) = self.list.selected() {
            self.entries[row].is_marked ^= true;
        }
    }

    /// Marks all that are shown, or, where all are marked, none.
    pub fn toggle_all(&mut self) {
        let shown = self.list.shown().to_vec();
        let mark = !shown.iter().all(|&row| self.entries[row].is_marked);
        for row in shown {
            self.entries[row].is_marked = mark;
        }
    }

    /// The names of those that are marked.
    pub fn marked(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| entry.is_marked).map(|entry| entry.name.as_str())
    }

    /// The names of those that are marked; empty where all are.
    fn selected(&self) -> Vec<String> {
        let all = self.entries.iter().all(|entry| entry.is_marked);
        if all { Vec::new() } else { self.marked().map(str::to_owned).collect() }
    }

    /// Takes in the current entries. Those that were there keep their mark.
    fn update(&mut self, things: impl IntoIterator<Item = (String, String)>) {
        let before = std::mem::take(&mut self.entries);
        let was_off = |name: &str| before.iter().any(|old| old.name == name && !old.is_marked);
        let entry = |(name, note): (String, String)| {
            let is_marked = !was_off(&name);
            Entry { name, note, is_marked }
        };
        self.entries = things.into_iter().map(entry).collect();
        self.arrange();
    }
}

impl Launch {
    /// These artifacts and sinks, all marked; the platforms are still to come.
    #[must_use]
    pub fn new(artifacts: Picks, sinks: Picks) -> Self {
        Self {
            picks: [artifacts, Picks::default(), sinks],
            pane: Pane::Artifacts,
            force: false,
            sight: None,
            offset: 0,
            platforms_asked: Vec::new(),
            asked: 0,
        }
    }

    /// The list that the keys go to, if they go to one.
    #[must_use]
    pub fn focus(&mut self) -> Option<&mut Picks> {
        self.picks.get_mut(self.pane as usize)
    }

    /// What is marked, as the command line would say it: nothing of a list of
    /// which everything is marked.
    #[must_use]
    pub fn selection(&self) -> Selection {
        let [artifacts, platforms, sinks] = &self.picks;
        let mut marked: Vec<Platform> =
            platforms.selected().iter().filter_map(|name| name.parse().ok()).collect();
        marked.extend(self.platforms_asked.iter().cloned());
        Selection { artifacts: artifacts.selected(), platforms: marked, sinks: sinks.selected() }
    }

    /// The list of which nothing is marked, if there is one.
    #[must_use]
    pub fn unmarked(&self) -> Option<Pane> {
        let nothing = |picks: &Picks| !picks.entries.is_empty() && picks.marked().next().is_none();
        PANES.into_iter().zip(&self.picks).find(|(_, picks)| nothing(picks)).map(|(pane, _)| pane)
    }

    /// Takes in what is configured now.
    pub fn configure(&mut self, artifacts: Vec<(String, String)>, sinks: Vec<(String, String)>) {
        self.picks[Pane::Artifacts as usize].update(artifacts);
        self.picks[Pane::Sinks as usize].update(sinks);
    }

    /// Takes in what would happen.
    pub fn see(&mut self, sight: Sight) {
        if let Some(platforms) = &sight.platforms {
            let names = platforms.iter().map(|of| (of.to_string(), String::new()));
            let picks = &mut self.picks[Pane::Platforms as usize];
            picks.update(names);
            let asked = std::mem::take(&mut self.platforms_asked);
            if !asked.is_empty() {
                for (entry, platform) in picks.entries.iter_mut().zip(platforms) {
                    entry.is_marked = asked.iter().any(|asked| platform.matches(asked));
                }
            }
        }
        self.sight = Some(sight);
    }
}

impl Pane {
    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Artifacts => "artifacts",
            Self::Platforms => "platforms",
            Self::Sinks => "sinks",
            Self::Plan => "plan",
        }
    }

    /// The pane to the right or to the left, if there is one.
    #[must_use]
    pub fn beside(self, step: isize) -> Self {
        let place = (self as usize).saturating_add_signed(step).min(PANES.len() - 1);
        PANES[place]
    }
}

impl Sight {
    /// Bytes to be sent and bytes there, at all sinks together.
    #[must_use]
    pub fn amounts(&self) -> Amounts {
        let mut amounts = Amounts::default();
        for (_, content) in self.outlooks.iter().flat_map(|outlook| &outlook.platforms) {
            match *content {
                PresentContent::Exactly { present, to_send } => {
                    amounts.to_send += to_send;
                    amounts.present += present;
                }
                PresentContent::AtMost { to_send } => {
                    amounts.to_send += to_send;
                    amounts.at_most = true;
                }
                PresentContent::Unbuilt => amounts.unbuilt += 1,
            }
        }
        amounts
    }

    /// Whether something keeps the release from beginning.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let mut tags = self.outlooks.iter().flat_map(|outlook| &outlook.tags);
        !self.refusals.is_empty() || tags.any(|tag| tag.refused)
    }
}
