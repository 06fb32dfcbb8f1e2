//! What the screen shows, apart from how.

mod around;
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
mod on_top;
mod overlay;
mod palette;
mod prompt;
mod proposal;
mod run_view;
mod runs;
mod screen;
mod secrets;
mod throughput;
mod written_log;

pub use around::{LEAST, Surroundings};
pub use browse::{
    Browse, BrowsePath, BrowseRow, Level, LevelReading, LookCache, RepositoryAt, Sorting, TagAt,
    TagContent, TagLook, TagMarks, Vouched, reference, short_reference,
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
pub use on_top::OnTop;
pub use overlay::{AgreedBefore, Agreeing, Agreement, Overlay, Question};
pub use palette::{Completions, Palette, PaletteOffer, PaletteVerb};
pub use prompt::{Prompt, Prompts};
pub use proposal::Proposal;
pub use run_view::{RowOrder, RunView, word};
pub use runs::Runs;
pub use screen::{SCREENS, Screen};
pub use secrets::{Keeping, SecretStep, SecretsScreen, TypedSecret};
pub use throughput::Pace;

/// All that the screen depends on.
#[derive(Clone, Debug)]
pub struct Model {
    /// The screen that is shown.
    pub(super) screen: Screen,
    /// The Launch screen.
    pub(super) launch: Launch,
    /// The Run screen.
    pub(super) runs: Runs,
    /// The Browse screen.
    pub(super) browse: Browse,
    /// The History screen.
    pub(super) history: HistoryScreen,
    /// The Secrets screen.
    pub(super) secrets: SecretsScreen,
    /// What takes the keys before the screen does.
    pub(super) on_top: OnTop,
    /// What was last said in the footer.
    pub(super) notice: Option<Notice>,
    /// The verbs of the palette.
    pub(super) verbs: Vec<PaletteVerb>,
    /// Whether the console is left as soon as nothing runs.
    pub(super) is_leaving: bool,
    /// Where it is shown.
    pub(super) around: Surroundings,
}

impl Model {
    /// A console with nothing known but what is configured.
    #[must_use]
    pub fn new(
        launch: Launch,
        browse: Browse,
        verbs: Vec<PaletteVerb>,
        around: Surroundings,
    ) -> Self {
        Self {
            screen: Screen::Launch,
            launch,
            runs: Runs::default(),
            browse,
            history: HistoryScreen::default(),
            secrets: SecretsScreen::default(),
            on_top: OnTop::default(),
            notice: None,
            verbs,
            is_leaving: false,
            around,
        }
    }

    /// The screen that is shown.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.screen
    }

    /// The Launch screen.
    #[must_use]
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// The Browse screen.
    #[must_use]
    pub fn browse(&self) -> &Browse {
        &self.browse
    }

    /// The History screen.
    #[must_use]
    pub fn history(&self) -> &HistoryScreen {
        &self.history
    }

    /// The Secrets screen.
    #[must_use]
    pub fn secrets(&self) -> &SecretsScreen {
        &self.secrets
    }

    /// The window that lies over the screen.
    #[must_use]
    pub fn window(&self) -> Option<&Overlay> {
        self.on_top.over()
    }

    /// Where the console is shown.
    #[must_use]
    pub fn around(&self) -> &Surroundings {
        &self.around
    }

    /// Says in the footer what was done, or is under way.
    pub(super) fn say(&mut self, what: impl Into<String>) {
        self.notice = Some(Notice::Said(what.into()));
    }

    /// Says in the footer why nothing was done.
    pub(super) fn warn(&mut self, why: impl Into<String>) {
        self.notice = Some(Notice::Warned(why.into()));
    }

    /// The run on the Run screen.
    #[must_use]
    pub fn shown(&self) -> Option<&RunView> {
        self.runs.shown()
    }

    /// The run on the Run screen.
    pub(super) fn shown_mut(&mut self) -> Option<&mut RunView> {
        self.runs.shown_mut()
    }

    /// Whether this process works on a run.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.runs.is_busy()
    }

    /// Whether the question that is open opened a moment ago, and takes no answer
    /// yet.
    #[must_use]
    pub fn is_deaf(&self) -> bool {
        self.question().is_some() && self.on_top.is_deaf(self.around.now)
    }

    /// The question that is open.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.on_top.question()
    }

    /// Whether something on the screen changes with the time alone.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let is_looking = self.launch.sight.as_ref().is_none_or(|sight| !sight.is_complete);
        let is_reading = self.screen == Screen::Browse
            && (self.browse.level().is_reading() || self.browse.looking.is_some());
        let is_asking = match self.window() {
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

    /// The list that the keys go to.
    pub(super) fn list_mut(&mut self) -> Option<&mut RowList> {
        match self.screen {
            Screen::Launch => self.launch.focus().map(|picks| &mut picks.list),
            Screen::Run => self.shown_mut().map(|shown| &mut shown.rows),
            Screen::Browse => Some(&mut self.browse.level_mut().list),
            Screen::History => Some(&mut self.history.list),
            Screen::Secrets => Some(&mut self.secrets.list),
        }
    }

    /// Filters and sorts the list that the keys go to.
    pub(super) fn arrange(&mut self) {
        match self.screen {
            Screen::Launch => self.launch.focus().into_iter().for_each(Picks::arrange),
            Screen::Run => self.shown_mut().into_iter().for_each(RunView::arrange),
            Screen::Browse => self.browse.level_mut().arrange(),
            Screen::History => self.history.arrange(),
            Screen::Secrets => self.secrets.arrange(),
        }
    }
}
