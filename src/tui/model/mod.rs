//! What the screen shows, apart from how.

mod browse;
mod cell;
mod change;
mod copying;
pub(super) mod filter;
mod history;
mod launch;
pub(super) mod list;
mod log;
mod matrix;
mod notice;
mod overlay;
mod palette;
mod prompt;
mod proposal;
mod run_view;
mod secrets;
mod throughput;
mod written_log;

use std::collections::VecDeque;

use jiff::{Timestamp, tz::TimeZone};
use ratatui::layout::Size;
use tui_input::Input;

use super::look::Look;
use crate::keymap::{Action, KeyScope, Keymap};

pub use browse::{
    Browse, BrowsePath, BrowseRow, Level, LevelReading, LookCache, RepositoryAt, Sorting, TagAt,
    TagContent, TagLook, Vouched, reference, short_reference,
};
pub use cell::{Cell, CellState};
pub use change::{Asking, CopyChoice, TagRemoval};
pub use copying::{Carry, Copying};
pub use filter::RowFilter;
pub use history::{HistoryScreen, PastRow, RunOrder};
pub use launch::{ByteAmounts, Launch, LaunchEntry, PANES, Pane, Picks, Sight};
pub use list::{RowList, SelectionMove};
pub use log::{Log, LogReading};
pub use matrix::{ALL, Matrix, MatrixRow, Stage};
pub use notice::Notice;
pub use overlay::{AgreedBefore, Agreeing, Agreement, Overlay, Question};
pub use palette::{Completions, Palette, PaletteOffer, PaletteVerb};
pub use prompt::{Prompt, Prompts};
pub use proposal::Proposal;
pub use run_view::{RowOrder, RunView, word};
pub use secrets::{Keeping, SecretStep, SecretsScreen, TypedSecret};
pub use throughput::Pace;

/// The least columns and rows.
pub const LEAST: (u16, u16) = (80, 20);

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// What is to be released.
    Launch,
    /// A run.
    Run,
    /// What is published.
    Browse,
    /// Runs of the past.
    History,
    /// Passphrases and passwords, by name.
    Secrets,
}

/// The screens, in the order of their numbers.
pub const SCREENS: [Screen; 5] =
    [Screen::Launch, Screen::Run, Screen::Browse, Screen::History, Screen::Secrets];

/// All that the screen depends on.
#[derive(Clone, Debug)]
pub struct Model {
    /// The screen that is shown.
    pub screen: Screen,
    /// The Launch screen.
    pub launch: Launch,
    /// The run that this process works on, or worked on last.
    pub live: Option<RunView>,
    /// The run that was opened from the past, which is shown instead.
    pub past: Option<RunView>,
    /// The Browse screen.
    pub browse: Browse,
    /// The History screen.
    pub history: HistoryScreen,
    /// The Secrets screen.
    pub secrets: SecretsScreen,
    /// What lies over the screen, if anything.
    pub overlay: Option<Overlay>,
    /// What is to be said as soon as nothing else takes the keys.
    pub late: VecDeque<Overlay>,
    /// Until when a question that opened takes no answer: a key may have been
    /// pressed for what was there before.
    pub deaf_until: Option<Timestamp>,
    /// The secrets that a run waits for before it begins.
    pub prompts: Prompts,
    /// The filter, while it is typed.
    pub filter: Option<Input>,
    /// What was last said in the footer.
    pub notice: Option<Notice>,
    /// What was agreed to, until it begins.
    pub again: Option<AgreedBefore>,
    /// Whether something was asked for that begins a run.
    pub is_starting: bool,
    /// Whether the console is left as soon as nothing runs.
    pub is_leaving: bool,
    /// What the keys do.
    pub keys: Keymap,
    /// The verbs of the palette.
    pub verbs: Vec<PaletteVerb>,
    /// How it looks.
    pub look: Look,
    /// The names of the themes.
    pub themes: Vec<String>,
    /// Whether castoff has the mouse.
    pub mouse: bool,
    /// How large the screen is.
    pub size: Size,
    /// What time it is.
    pub now: Timestamp,
    /// The user's time zone.
    pub zone: TimeZone,
}

impl Screen {
    /// The number of its key.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Launch => 1,
            Self::Run => 2,
            Self::Browse => 3,
            Self::History => 4,
            Self::Secrets => 5,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Launch => "Launch",
            Self::Run => "Run",
            Self::Browse => "Browse",
            Self::History => "History",
            Self::Secrets => "Secrets",
        }
    }

    /// Where the keys of this screen are in the table.
    #[must_use]
    pub fn scope(self) -> KeyScope {
        match self {
            Self::Launch => KeyScope::Launch,
            Self::Run => KeyScope::Run,
            Self::Browse => KeyScope::Browse,
            Self::History => KeyScope::History,
            Self::Secrets => KeyScope::Secrets,
        }
    }

    /// The action that leads here.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Self::Launch => Action::Launch,
            Self::Run => Action::Runs,
            Self::Browse => Action::Browse,
            Self::History => Action::History,
            Self::Secrets => Action::Secrets,
        }
    }

    /// The screen so many further, around the end.
    #[must_use]
    pub fn beside(self, step: isize) -> Self {
        let place = SCREENS.iter().position(|screen| *screen == self).unwrap_or_default();
        let count = SCREENS.len().cast_signed();
        SCREENS[(place.cast_signed() + step).rem_euclid(count).cast_unsigned()]
    }
}

impl Model {
    /// A console with nothing known but what is configured.
    #[must_use]
    pub fn new(launch: Launch, keys: Keymap, look: Look) -> Self {
        Self {
            screen: Screen::Launch,
            launch,
            live: None,
            past: None,
            browse: Browse::default(),
            history: HistoryScreen::default(),
            secrets: SecretsScreen::default(),
            overlay: None,
            late: VecDeque::new(),
            deaf_until: None,
            prompts: Prompts::default(),
            filter: None,
            notice: None,
            again: None,
            is_starting: false,
            is_leaving: false,
            keys,
            verbs: Vec::new(),
            look,
            themes: Vec::new(),
            mouse: true,
            size: Size::new(80, 24),
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
        }
    }

    /// Says in the footer what was done, or is under way.
    pub fn say(&mut self, what: impl Into<String>) {
        self.notice = Some(Notice::Said(what.into()));
    }

    /// Says in the footer why nothing was done.
    pub fn warn(&mut self, why: impl Into<String>) {
        self.notice = Some(Notice::Warned(why.into()));
    }

    /// The run on the Run screen.
    #[must_use]
    pub fn shown(&self) -> Option<&RunView> {
        self.past.as_ref().or(self.live.as_ref())
    }

    /// The run on the Run screen.
    #[must_use]
    pub fn shown_mut(&mut self) -> Option<&mut RunView> {
        self.past.as_mut().or(self.live.as_mut())
    }

    /// Whether this process works on a run.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_starting || self.live.as_ref().is_some_and(|live| live.is_live)
    }

    /// Whether the question that is open opened a moment ago, and takes no answer
    /// yet.
    #[must_use]
    pub fn is_deaf(&self) -> bool {
        self.question().is_some() && self.deaf_until.is_some_and(|until| self.now < until)
    }

    /// The question that is open.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        match &self.overlay {
            Some(Overlay::Confirm(question)) => Some(question),
            _ => None,
        }
    }

    /// Whether something on the screen changes with the time alone.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let is_looking = self.launch.sight.as_ref().is_none_or(|sight| !sight.is_complete);
        let is_reading = self.screen == Screen::Browse
            && (self.browse.level().is_reading() || self.browse.looking.is_some());
        let is_asking = match &self.overlay {
            Some(Overlay::Remove(of)) => of.entails.is_none(),
            Some(Overlay::Copy(of)) => of.outlook.is_none(),
            _ => false,
        };
        self.is_busy()
            || self.is_deaf()
            || is_reading
            || is_asking
            || (is_looking && self.launch.unmarked().is_none())
    }

    /// Whether the screen is too small to show what keys would do.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.size.width < LEAST.0 || self.size.height < LEAST.1
    }

    /// The list that the keys go to.
    #[must_use]
    pub fn list_mut(&mut self) -> Option<&mut RowList> {
        match self.screen {
            Screen::Launch => self.launch.focus().map(|picks| &mut picks.list),
            Screen::Run => self.shown_mut().map(|shown| &mut shown.rows),
            Screen::Browse => Some(&mut self.browse.level_mut().list),
            Screen::History => Some(&mut self.history.list),
            Screen::Secrets => Some(&mut self.secrets.list),
        }
    }

    /// Filters and sorts the list that the keys go to.
    pub fn arrange(&mut self) {
        match self.screen {
            Screen::Launch => self.launch.focus().into_iter().for_each(Picks::arrange),
            Screen::Run => self.shown_mut().into_iter().for_each(RunView::arrange),
            Screen::Browse => self.browse.level_mut().arrange(),
            Screen::History => self.history.arrange(),
            Screen::Secrets => self.secrets.arrange(),
        }
    }
}
