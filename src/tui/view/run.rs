//! A run: its table, its totals, and the log of the selected cell.

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, panel, put, put_all};
use crate::{
    model::{bytes, counted},
    tui::{
        areas::{Areas, StageColumn},
        look::{Look, Role},
        model::{ALL, Cell, Model, RunView},
        text::{date, fit, safe, span},
        view::cell,
    },
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let Some(shown) = model.shown() else { return nothing(model, areas, buffer) };
    if !shown.log.is_alone {
        title(model, shown, areas.run.title, buffer);
        table(model, shown, areas, buffer);
        totals(model, shown, areas.run.totals, buffer);
    }
    log(model, shown, areas, buffer);
}

fn nothing(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let inside = panel(buffer, &model.around.look, areas.body, "run", true);
    let lines = ["no release was started yet", "", "1 starts a release, 4 opens a past run"];
    for (y, line) in (inside.y + 1..inside.bottom()).zip(lines) {
        put(
            buffer,
            &model.around.look,
            (inside.x + 2, y, inside.width.saturating_sub(2)),
            line,
            model.around.look.of(Role::Dim),
        );
    }
}

fn title(model: &Model, shown: &RunView, area: Rect, buffer: &mut Buffer) {
    let plan = shown.run.plan();
    let names: Vec<String> = plan.artifacts.iter().map(|artifact| safe(&artifact.name)).collect();
    let undone = plan.undoes.as_ref().map(|undone| format!("undoes {}", safe(undone)));
    let what = undone.unwrap_or_else(|| names.join(", "));
    let mut texts = vec![
        (Role::Title, format!("run {}", safe(shown.run.id()))),
        (Role::Text, format!("  {what}")),
    ];
    if let (Some(began), Some(last)) = (shown.began, shown.last) {
        let end = if shown.is_live { model.around.now.max(last) } else { last };
        let took = span(end.duration_since(began));
        texts.push((Role::Dim, format!("  {}  {took}", date(began, &model.around.zone))));
    }
    if model.runs.past().is_some() {
        texts.push((Role::Dim, "  past run".to_owned()));
    }
    put_all(buffer, &model.around.look, (area.x + 1, area.y, area.width.saturating_sub(2)), &texts);
}

fn table(model: &Model, shown: &RunView, areas: &Areas, buffer: &mut Buffer) {
    let look = &model.around.look;
    let mut name = counted(shown.rows.len(), "row");
    if !shown.rows.filter.is_empty() {
        name = format!("{name} of {} /{}", shown.matrix.rows.len(), safe(&shown.rows.filter));
    }
    let inside = panel(buffer, look, areas.run.table, &name, true);
    if inside.height == 0 {
        return;
    }
    for StageColumn { stage, area } in &areas.run.columns {
        let title = safe(shown.matrix.stages[*stage].title(look.symbols.arrow));
        let role = if *stage == shown.stage { Role::Focus } else { Role::Title };
        put(buffer, look, (area.x, inside.y, area.width.saturating_sub(1)), &title, look.of(role));
    }
    stages_aside(model, shown, areas, inside.y, buffer);
    let height = usize::from(areas.run.rows.height);
    let mut above = None;
    for (y, (row, is_selected)) in (areas.run.rows.y..).zip(shown.rows.view(height)) {
        names(model, shown, areas, (y, row, above), buffer);
        for column in &areas.run.columns {
            let place = (column.area.x, y, column.area.width.saturating_sub(1));
            cell_at(model, shown, (row, above, column.stage), place, buffer);
            if is_selected && column.stage == shown.stage {
                let area = Rect::new(place.0, y, place.2, 1);
                buffer.set_style(area, look.of(Role::Selected));
            }
        }
        above = Some(row);
    }
    let range = shown.rows.range(height);
    more(buffer, look, areas.run.table, (range.start > 0, range.end < shown.rows.len()));
}

/// Marks beside the headings that there are more stages than are in view.
fn stages_aside(model: &Model, shown: &RunView, areas: &Areas, y: u16, buffer: &mut Buffer) {
    let (left, right) = model.around.look.symbols.aside;
    let style = model.around.look.of(Role::Focus);
    let (Some(first), Some(last)) = (areas.run.columns.first(), areas.run.columns.last()) else {
        return;
    };
    if first.stage > 0 {
        buffer.set_string(areas.run.table.x, y, left, style);
    }
    if last.stage + 1 < shown.matrix.stages.len() {
        buffer.set_string(areas.run.table.right().saturating_sub(1), y, right, style);
    }
}

/// The names of a row; the artifact's only where it is not the one above.
fn names(
    model: &Model,
    shown: &RunView,
    areas: &Areas,
    (y, row, above): (u16, usize, Option<usize>),
    buffer: &mut Buffer,
) {
    let (look, rows) = (&model.around.look, &shown.matrix.rows);
    let (artifact, platform) = areas.run.names;
    let x = areas.run.rows.x;
    let of = &rows[row];
    let is_same = above.is_some_and(|above| rows[above].artifact == of.artifact);
    let name = of.artifact.as_ref().map_or_else(|| ALL.to_owned(), safe);
    let role = if is_same { Role::Dim } else { Role::Text };
    put(buffer, look, (x, y, artifact), &name, look.of(role));
    if let Some(name) = &of.platform {
        let place = (x + artifact + 1, y, platform);
        put(buffer, look, place, &safe(name), look.of(Role::Text));
    }
}

/// A cell; where it is the one above, a sign for that.
fn cell_at(
    model: &Model,
    shown: &RunView,
    (row, above, stage): (usize, Option<usize>, usize),
    place: (u16, u16, u16),
    buffer: &mut Buffer,
) {
    let look = &model.around.look;
    let jobs = shown.matrix.jobs(row, stage);
    let is_same = above.is_some_and(|above| shown.matrix.jobs(above, stage) == jobs);
    let Some(cell) = Cell::of(&shown.run, jobs) else { return };
    if is_same {
        put(buffer, look, place, look.symbols.same, look.of(Role::Dim));
        return;
    }
    let now = model.around.now;
    let moved: f64 = jobs.iter().filter_map(|&job| shown.pace.of(job, now)).sum();
    let (role, text) = cell::text(&cell, moved, now, look, usize::from(place.2));
    put(buffer, look, place, &text, look.of(role));
}

fn totals(model: &Model, shown: &RunView, area: Rect, buffer: &mut Buffer) {
    let summary = shown.run.summary();
    let jobs = shown.run.plan().jobs().len();
    let moved = summary.bytes;
    let dot = model.around.look.symbols.dot;
    let mut texts = vec![
        (
            Role::Text,
            bar(&model.around.look, (summary.done, jobs), if area.width < 100 { 6 } else { 16 }),
        ),
        (Role::Good, format!(" {} of {jobs} done", summary.done)),
    ];
    for (count, role, what) in [
        (summary.active, Role::Active, "running"),
        (summary.failed, Role::Bad, "failed"),
        (summary.left, Role::Warn, "left"),
        (summary.waiting, Role::Dim, "waiting"),
    ] {
        if count > 0 {
            texts.push((role, format!(" {dot} {count} {what}")));
        }
    }
    let saved = moved.present + moved.mounted;
    let sent = format!(" {dot} sent {} {dot} saved {}", bytes(moved.sent), bytes(saved));
    texts.push((Role::Dim, sent));
    put_all(buffer, &model.around.look, (area.x + 1, area.y, area.width.saturating_sub(2)), &texts);
}

fn bar(look: &Look, (done, of): (usize, usize), columns: usize) -> String {
    let full = (done * columns).checked_div(of).unwrap_or(columns).min(columns);
    let (done, left) = look.symbols.bar;
    format!("{}{}", done.repeat(full), left.repeat(columns - full))
}

fn log(model: &Model, shown: &RunView, areas: &Areas, buffer: &mut Buffer) {
    let look = &model.around.look;
    let stage = shown.matrix.stages.get(shown.stage);
    let stage = stage.map(|stage| stage.title(look.symbols.arrow)).unwrap_or_default();
    let row = shown.rows.selected().map(|row| safe(&shown.matrix.rows[row])).unwrap_or_default();
    let title = format!("{row} {} {}", look.symbols.dot, safe(stage));
    let inside = panel(buffer, look, areas.run.log_panel, &title, shown.log.is_alone);
    let (columns, height) = areas.run.log;
    let lines = shown.log.view(height);
    for (y, (role, line)) in (inside.y..).zip(lines) {
        let line = fit(line, columns, look.symbols.ellipsis);
        buffer.set_stringn(inside.x, y, line, columns, look.of(*role));
    }
    let below = shown.log.back > 0;
    let above = shown.log.lines.len() > lines.len() + shown.log.back;
    more(buffer, look, areas.run.log_panel, (above, below));
}
