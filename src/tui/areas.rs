//! Where on the screen what is. Both the view and the mouse ask here.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{
    frame::inner,
    model::{Model, RunView, SCREENS, Screen},
    secrets_refusal::refusal,
};

/// So many columns have room for two panels side by side.
const WIDE: u16 = 110;
/// The least and the most columns of a stage of a run.
const STAGE: (u16, u16) = (8, 18);

/// Where what is.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    /// The names of the screens.
    pub tabs: Vec<(Screen, Rect)>,
    /// The line above all.
    pub top: Rect,
    /// What the screen shows.
    pub body: Rect,
    /// The line below all.
    pub footer: Rect,
    /// The panels of the Launch screen.
    pub panes: [Rect; 4],
    /// How many lines each list of the Launch screen has.
    pub picks: [usize; 3],
    /// The table of past runs, without its frame and heading.
    pub history_rows: Rect,
    /// How many lines it has.
    pub history: usize,
    /// The table of secrets, without its frame and heading, and without why
    /// the keyring cannot be asked.
    pub secrets_rows: Rect,
    /// The line that says where in what is published one is.
    pub path: Rect,
    /// The list of what is published there, with its frame.
    pub browse_list: Rect,
    /// The same without frame and heading.
    pub browse_rows: Rect,
    /// How many lines it has.
    pub browse: usize,
    /// The panel about what is selected of it.
    pub details: Rect,
    /// The line above a run's table.
    pub run_title: Rect,
    /// The table of a run, with its frame.
    pub table: Rect,
    /// The same without frame and heading.
    pub table_rows: Rect,
    /// How many lines it has.
    pub rows: usize,
    /// How wide the names of artifacts and platforms are.
    pub names: (u16, u16),
    /// The stages that are in view.
    pub columns: Vec<Column>,
    /// The line below a run's table.
    pub totals: Rect,
    /// The panel with the log.
    pub log_panel: Rect,
    /// The log's columns and lines.
    pub log: (usize, usize),
}

/// A stage of a run that is in view.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Which stage.
    pub stage: usize,
    /// Its cells.
    pub area: Rect,
}

/// Where everything is on a screen of the model's size.
#[must_use]
pub fn of(model: &Model) -> Areas {
    let whole = Rect::new(0, 0, model.size.width, model.size.height);
    let [top, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(whole);
    let mut areas = Areas { top, body, footer, tabs: tabs(top), ..Areas::default() };
    areas.launch();
    areas.history();
    areas.browse();
    areas.secrets(model);
    if let Some(shown) = model.shown() {
        areas.run(shown);
    }
    areas
}

fn tabs(top: Rect) -> Vec<(Screen, Rect)> {
    let mut x = top.x + 10;
    let mut tabs = Vec::new();
    for screen in SCREENS {
        let width = u16::try_from(screen.title().len() + 4).unwrap_or(u16::MAX);
        tabs.push((screen, Rect::new(x, top.y, width, 1).intersection(top)));
        x += width + 1;
    }
    tabs
}

/// The same without its first line.
fn below_heading(area: Rect) -> Rect {
    let skip = area.height.min(1);
    Rect { y: area.y + skip, height: area.height - skip, ..area }
}

impl Areas {
    fn launch(&mut self) {
        let left = (self.body.width * 2 / 5).clamp(30, 48);
        let [left, plan] =
            Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(self.body);
        let [artifacts, platforms, sinks] = Layout::vertical([Constraint::Fill(1); 3]).areas(left);
        self.panes = [artifacts, platforms, sinks, plan];
        self.picks = [artifacts, platforms, sinks].map(|pane| inner(pane).height.into());
    }

    fn history(&mut self) {
        self.history_rows = below_heading(inner(self.body));
        self.history = self.history_rows.height.into();
    }

    fn secrets(&mut self, model: &Model) {
        let inside = below_heading(inner(self.body));
        let refusal = refusal(model, inside.width).len();
        let refusal = u16::try_from(refusal).unwrap_or(u16::MAX).min(inside.height / 2);
        self.secrets_rows = Rect { height: inside.height - refusal, ..inside };
    }

    /// What is selected is told of beside the list, or below it where the
    /// screen is narrow.
    fn browse(&mut self) {
        let [path, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(self.body);
        let [list, details] = if rest.width >= WIDE {
            Layout::horizontal([Constraint::Fill(5), Constraint::Fill(4)]).areas(rest)
        } else {
            Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(rest)
        };
        (self.path, self.browse_list, self.details) = (path, list, details);
        self.browse_rows = below_heading(inner(list));
        self.browse = self.browse_rows.height.into();
    }

    fn run(&mut self, shown: &RunView) {
        if shown.log.is_alone {
            self.log_panel = self.body;
        } else {
            let lines = u16::try_from(shown.rows.len().max(1)).unwrap_or(u16::MAX);
            let most = (self.body.height * 11 / 20).max(5);
            let table = lines.saturating_add(3).clamp(5, most);
            [self.run_title, self.table, self.totals, self.log_panel] = Layout::vertical([
                Constraint::Length(1),
                Constraint::Length(table),
                Constraint::Length(1),
                Constraint::Fill(1),
            ])
            .areas(self.body);
            self.table_rows = below_heading(inner(self.table));
            self.rows = self.table_rows.height.into();
            self.columns(shown);
        }
        let log = inner(self.log_panel);
        self.log = (log.width.into(), log.height.into());
    }

    /// The columns of the stages: as wide as there is room, and those around
    /// the selected one where there is too little.
    fn columns(&mut self, shown: &RunView) {
        let room = self.table_rows.width;
        let (artifact, platform) = shown.matrix.widths;
        let stages = u16::try_from(shown.matrix.stages.len()).unwrap_or(u16::MAX);
        let wanted = stages.saturating_mul(STAGE.0);
        let platform = platform.min(room / 4);
        let artifact = artifact.min(room.saturating_sub(wanted + platform + 2).max(room / 8));
        self.names = (artifact, platform);
        let used = artifact + platform + 2;
        let room = room.saturating_sub(used);
        let in_view = (room / STAGE.0).clamp(1, stages.max(1));
        let width = (room / in_view).clamp(1, STAGE.1);
        let selected = u16::try_from(shown.stage).unwrap_or(u16::MAX);
        let first = (selected + 1).saturating_sub(in_view).min(stages.saturating_sub(in_view));
        let column = |place: u16| Column {
            stage: usize::from(first + place),
            area: Rect { x: self.table_rows.x + used + place * width, width, ..self.table_rows },
        };
        self.columns = (0..in_view.min(stages)).map(column).collect();
    }

    /// How many lines a page has where the keys go.
    #[must_use]
    pub fn height(&self, model: &Model) -> usize {
        match model.screen {
            Screen::Launch => self
                .picks
                .get(model.launch.pane as usize)
                .copied()
                .unwrap_or_else(|| inner(self.panes[3]).height.into()),
            Screen::Run if model.shown().is_some_and(|shown| shown.log.is_alone) => self.log.1,
            Screen::Run => self.rows,
            Screen::Browse => self.browse,
            Screen::History => self.history,
            Screen::Secrets => self.secrets_rows.height.into(),
        }
    }
}
