//! A list of any length: which rows are shown, in which order, and which is
//! selected.

use std::ops::Range;

/// Which rows of some data are shown, and which is selected. A row is named
/// by its place in the data.
#[derive(Clone, Debug, Default)]
pub struct RowList {
    shown: Vec<usize>,
    /// The place among those that are shown.
    selected: usize,
    /// The first that is in view.
    offset: usize,
    /// Only rows that match are shown.
    pub filter: String,
}

/// A move of the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionMove {
    /// By so many rows; negative is up.
    By(isize),
    /// To the first.
    Top,
    /// To the last.
    Bottom,
}

impl RowList {
    /// Shows these rows, in this order. What was selected stays selected if it
    /// is still there.
    pub fn show(&mut self, shown: Vec<usize>) {
        let before = self.selected();
        self.shown = shown;
        let same = before.and_then(|row| self.shown.iter().position(|&shown| shown == row));
        self.selected = same.unwrap_or(self.selected).min(self.last());
    }

    /// How many rows are shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether no row is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Option<usize> {
        self.shown.get(self.selected).copied()
    }

    /// The selected row's place among those shown.
    #[must_use]
    pub fn place(&self) -> usize {
        self.selected
    }

    /// Moves the selection.
    pub fn go(&mut self, to: SelectionMove) {
        self.selected = match to {
            SelectionMove::By(rows) => self.selected.saturating_add_signed(rows).min(self.last()),
            SelectionMove::Top => 0,
            SelectionMove::Bottom => self.last(),
        };
    }

    /// Selects the row that is drawn at `line` of the view.
    pub fn select_line(&mut self, line: usize) {
        let place = self.offset + line;
        if place < self.shown.len() {
            self.selected = place;
        }
    }

    /// Selects a row, if it is shown.
    pub fn select(&mut self, row: usize) {
        if let Some(place) = self.shown.iter().position(|&shown| shown == row) {
            self.selected = place;
        }
    }

    /// Brings the selected row into a view of `height` lines.
    pub fn follow(&mut self, height: usize) {
        let height = height.max(1);
        let last_offset = self.shown.len().saturating_sub(height);
        let lowest = (self.selected + 1).saturating_sub(height);
        self.offset = self.offset.clamp(lowest, self.selected.max(lowest)).min(last_offset);
    }

    /// The rows in a view of `height` lines, each with whether it is selected.
    pub fn view(&self, height: usize) -> impl Iterator<Item = (usize, bool)> + '_ {
        let range = self.range(height);
        range.map(|place| (self.shown[place], place == self.selected))
    }

    /// The places that are in a view of `height` lines.
    #[must_use]
    pub fn range(&self, height: usize) -> Range<usize> {
        let start = self.offset.min(self.shown.len());
        start..(start + height).min(self.shown.len())
    }

    /// The rows that are shown, in order.
    #[must_use]
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    fn last(&self) -> usize {
        self.shown.len().saturating_sub(1)
    }
}
