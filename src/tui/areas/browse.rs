//! Where things are on the Browse screen.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::frame::{below_heading, inner};

/// So many columns have room for two panels side by side.
const WIDE: u16 = 110;

/// Where things are on the Browse screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowseAreas {
    /// The line that says which level of what is published is shown.
    pub path: Rect,
    /// The list of what is published there, with its frame.
    pub list: Rect,
    /// The same without frame and heading.
    pub rows: Rect,
    /// The panel about what is selected of it.
    pub details: Rect,
}

impl BrowseAreas {
    /// What is selected is told of beside the list, or below it where the
    /// screen is narrow.
    pub(super) fn of(body: Rect) -> Self {
        let [path, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(body);
        let [list, details] = if rest.width >= WIDE {
            Layout::horizontal([Constraint::Fill(5), Constraint::Fill(4)]).areas(rest)
        } else {
            Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(rest)
        };
        Self { path, list, rows: below_heading(inner(list)), details }
    }
}
