//! Where things are on the Launch screen.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::inside::inner;

/// Where things are on the Launch screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct LaunchAreas {
    /// The panels: artifacts, platforms, sinks, and the plan.
    pub panes: [Rect; 4],
    /// How many lines each list has.
    pub picks: [usize; 3],
}

impl LaunchAreas {
    pub(super) fn of(body: Rect) -> Self {
        let left = (body.width * 2 / 5).clamp(30, 48);
        let [left, plan] =
            Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(body);
        let [artifacts, platforms, sinks] = Layout::vertical([Constraint::Fill(1); 3]).areas(left);
        Self {
            panes: [artifacts, platforms, sinks, plan],
            picks: [artifacts, platforms, sinks].map(|pane| inner(pane).height.into()),
        }
    }

    /// How many lines of the plan are in view.
    #[must_use]
    pub fn plan(&self) -> usize {
        inner(self.panes[3]).height.into()
    }
}
