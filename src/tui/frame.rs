//! What is within a frame.

use ratatui::layout::Rect;

/// The inside of a frame.
#[must_use]
pub(super) fn inner(area: Rect) -> Rect {
    let (width, height) = (area.width.saturating_sub(2), area.height.saturating_sub(2));
    Rect::new(area.x.saturating_add(1), area.y.saturating_add(1), width, height).intersection(area)
}

/// An area without its first line.
pub(super) fn below_heading(area: Rect) -> Rect {
    let skip = area.height.min(1);
    Rect { y: area.y + skip, height: area.height - skip, ..area }
}
