//! Where things are on the Run screen.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::{
    frame::{below_heading, inner},
    model::RunView,
};

/// The least and the most columns of a stage of a run.
const STAGE: (u16, u16) = (8, 18);

/// Where things are on the Run screen.
#[derive(Clone, Debug, Default)]
pub struct RunAreas {
    /// The line above the table.
    pub title: Rect,
    /// The table, with its frame.
    pub table: Rect,
    /// The same without frame and heading.
    pub rows: Rect,
    /// How wide the names of artifacts and platforms are.
    pub names: (u16, u16),
    /// The stages that are in view.
    pub columns: Vec<StageColumn>,
    /// The line below the table.
    pub totals: Rect,
    /// The panel with the log.
    pub log_panel: Rect,
    /// The log's columns and lines.
    pub log: (usize, usize),
}

/// A stage of a run that is in view.
#[derive(Clone, Copy, Debug)]
pub struct StageColumn {
    /// Which stage.
    pub stage: usize,
    /// Its cells.
    pub area: Rect,
}

impl RunAreas {
    pub(super) fn of(body: Rect, shown: &RunView) -> Self {
        let mut areas = Self::default();
        if shown.log.is_alone {
            areas.log_panel = body;
        } else {
            let lines = u16::try_from(shown.rows.len().max(1)).unwrap_or(u16::MAX);
            let most = (body.height * 11 / 20).max(5);
            let table = lines.saturating_add(3).clamp(5, most);
            [areas.title, areas.table, areas.totals, areas.log_panel] = Layout::vertical([
                Constraint::Length(1),
                Constraint::Length(table),
                Constraint::Length(1),
                Constraint::Fill(1),
            ])
            .areas(body);
            areas.rows = below_heading(inner(areas.table));
            areas.columns(shown);
        }
        let log = inner(areas.log_panel);
        areas.log = (log.width.into(), log.height.into());
        areas
    }

    /// The columns of the stages: as wide as there is room, and those around
    /// the selected one where there is too little.
    fn columns(&mut self, shown: &RunView) {
        let room = self.rows.width;
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
        let column = |place: u16| StageColumn {
            stage: usize::from(first + place),
            area: Rect { x: self.rows.x + used + place * width, width, ..self.rows },
        };
        self.columns = (0..in_view.min(stages)).map(column).collect();
    }
}
