//! Moving about: in lists, among columns, through a log.

use super::browse;
use crate::tui::{
    areas,
    effect::Effect,
    model::{BrowseRow, Model, Pane, Screen, SelectionMove},
};

pub(super) fn step(model: &mut Model, by: isize) {
    if is_log_alone(model) {
        scroll_log(model, -by);
    } else if model.screen == Screen::Launch && model.launch.pane == Pane::Plan {
        model.launch.offset = model.launch.offset.saturating_add_signed(by);
    } else if let Some(list) = model.list_mut() {
        list.go(SelectionMove::By(by));
    }
}

pub(super) fn page(model: &mut Model, pages: isize) {
    let height = areas::of(model).height(model);
    step(model, pages * height.saturating_sub(1).max(1).cast_signed());
}

pub(super) fn jump(model: &mut Model, to: SelectionMove) {
    if is_log_alone(model) {
        scroll_log(model, if to == SelectionMove::Top { isize::MAX } else { isize::MIN });
    } else if model.screen == Screen::Launch && model.launch.pane == Pane::Plan {
        model.launch.offset = if to == SelectionMove::Top { 0 } else { usize::MAX };
    } else if let Some(list) = model.list_mut() {
        list.go(to);
    }
}

/// To the next list, to the next column, or to what lies within.
pub(super) fn aside(model: &mut Model, by: isize) -> Vec<Effect> {
    match model.screen {
        Screen::Launch => model.launch.pane = model.launch.pane.beside(by),
        Screen::Run => {
            if let Some(shown) = model.shown_mut() {
                let last = shown.matrix.stages.len().saturating_sub(1);
                shown.stage = shown.stage.saturating_add_signed(by).min(last);
            }
        }
        Screen::Browse if by < 0 => return browse::leave(model),
        Screen::Browse => {
            // What has nothing within is not opened by a move.
            let row = model.browse.level().selected();
            let is_inner = |row: &BrowseRow| {
                !matches!(row, BrowseRow::Manifest(_)) && row.node().is_some()
                    || matches!(row, BrowseRow::Annotation(..))
            };
            if row.is_some_and(|row| !is_inner(row)) {
                browse::enter(model);
            }
        }
        Screen::History | Screen::Secrets => {}
    }
    Vec::new()
}

pub(super) fn is_log_alone(model: &Model) -> bool {
    model.screen == Screen::Run && model.shown().is_some_and(|shown| shown.log.is_alone)
}

pub(super) fn scroll_log(model: &mut Model, lines: isize) {
    let height = areas::of(model).run.log.1;
    if let Some(shown) = model.shown_mut() {
        shown.log.scroll(lines, height);
    }
}
