//! The mouse: clicks select, the wheel scrolls.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{
    actions::act,
    browse,
    movement::{is_log_alone, scroll_log},
};
use crate::tui::{
    areas::{self, Areas},
    effect::Effect,
    model::{BrowsePath, Model, Overlay, PANES, Pane, Screen, SelectionMove},
};

/// How many lines a turn of the wheel is.
const WHEEL: isize = 3;

pub(super) fn on_mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    // A secret that is typed is given or refused by keys.
    if model.on_top.prompts.open.is_some() {
        return Vec::new();
    }
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::ScrollUp => wheel(model, at, -WHEEL),
        MouseEventKind::ScrollDown => wheel(model, at, WHEEL),
        MouseEventKind::Down(MouseButton::Left) => return click(model, at),
        _ => {}
    }
    Vec::new()
}

fn wheel(model: &mut Model, at: Position, lines: isize) {
    let areas = areas::of(model);
    let is_log =
        model.screen == Screen::Run && (is_log_alone(model) || areas.run.log_panel.contains(at));
    match model.on_top.over_mut() {
        Some(Overlay::Palette(palette)) => palette.list.go(SelectionMove::By(lines)),
        Some(Overlay::Choose(choice)) => choice.list.go(SelectionMove::By(lines.signum())),
        Some(Overlay::Copy(copying)) => copying.list.go(SelectionMove::By(lines.signum())),
        Some(overlay) => {
            if let Some(offset) = overlay.offset_mut() {
                *offset = offset.saturating_add_signed(lines);
            }
        }
        None if model.screen == Screen::Launch => wheel_launch(model, &areas, at, lines),
        None if is_log => scroll_log(model, -lines),
        None => {
            if let Some(list) = model.list_mut() {
                list.go(SelectionMove::By(lines));
            }
        }
    }
}

/// Scrolls the pane under the mouse, wherever the keys go.
fn wheel_launch(model: &mut Model, areas: &Areas, at: Position, lines: isize) {
    let Some(pane) = pane_at(areas, at) else { return };
    match model.launch.picks.get_mut(pane as usize) {
        Some(picks) => picks.list.go(SelectionMove::By(lines)),
        None => model.launch.offset = model.launch.offset.saturating_add_signed(lines),
    }
}

fn pane_at(areas: &Areas, at: Position) -> Option<Pane> {
    PANES
        .into_iter()
        .zip(areas.launch.panes)
        .find(|(_, area)| area.contains(at))
        .map(|(pane, _)| pane)
}

fn click(model: &mut Model, at: Position) -> Vec<Effect> {
    let areas = areas::of(model);
    // A click beside what lies on top closes it.
    if model.on_top.take().is_some() {
        return Vec::new();
    }
    if let Some((screen, _)) = areas.tabs.iter().find(|(_, tab)| tab.contains(at)) {
        return act(model, screen.action());
    }
    match model.screen {
        Screen::Launch => return click_launch(model, &areas, at),
        Screen::Run => click_run(model, &areas, at),
        Screen::Browse => return click_browse(model, &areas, at),
        Screen::History => {
            if let Some(line) = line_at(areas.history, at) {
                model.history.list.select_line(line);
            }
        }
        Screen::Secrets => {
            if let Some(line) = line_at(areas.secrets, at) {
                model.secrets.list.select_line(line);
            }
        }
    }
    Vec::new()
}

/// A click on a mark toggles it; one on a name selects it.
fn click_launch(model: &mut Model, areas: &Areas, at: Position) -> Vec<Effect> {
    let Some(pane) = pane_at(areas, at) else { return Vec::new() };
    model.launch.pane = pane;
    let area = areas.launch.panes[pane as usize];
    let inner = Rect::new(
        area.x + 1,
        area.y + 1,
        area.width.saturating_sub(2),
        area.height.saturating_sub(2),
    );
    let (Some(picks), Some(line)) = (model.launch.focus(), line_at(inner, at)) else {
        return Vec::new();
    };
    picks.list.select_line(line);
    let is_on_mark = at.x < inner.x + 4 && picks.list.range(inner.height.into()).len() > line;
    if is_on_mark { act(model, crate::keymap::Action::Mark) } else { Vec::new() }
}

fn click_run(model: &mut Model, areas: &Areas, at: Position) {
    let Some(line) = line_at(areas.run.rows, at) else { return };
    let column =
        areas.run.columns.iter().find(|column| column.area.contains(at)).map(|of| of.stage);
    if let Some(shown) = model.shown_mut() {
        shown.rows.select_line(line);
        shown.stage = column.unwrap_or(shown.stage);
    }
}

/// A click selects a row, one on its mark toggles that, and one on what is
/// selected opens it.
fn click_browse(model: &mut Model, areas: &Areas, at: Position) -> Vec<Effect> {
    let rows = areas.browse.rows;
    let Some(line) = line_at(rows, at) else { return Vec::new() };
    let list = &mut model.browse.level_mut().list;
    if list.range(rows.height.into()).len() <= line {
        return Vec::new();
    }
    let before = list.place();
    list.select_line(line);
    let is_same = list.place() == before;
    let is_tag = matches!(model.browse.level().place, BrowsePath::Tags(_));
    if is_tag && at.x < rows.x + 4 {
        return act(model, crate::keymap::Action::MarkTag);
    }
    if is_same {
        browse::enter(model);
    }
    Vec::new()
}

/// Which line of an area is at a position.
fn line_at(area: Rect, at: Position) -> Option<usize> {
    area.contains(at).then(|| usize::from(at.y - area.y))
}
