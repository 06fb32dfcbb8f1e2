//! How the screen looks: one file a panel.

mod browse;
mod cell;
mod change;
mod copying;
mod footer;
mod help;
mod history;
mod launch;
mod message;
mod palette;
mod prompt;
mod question;
mod run;
mod secrets;
mod top;
mod widgets;

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    areas,
    look::Role,
    model::{LEAST, Model, Overlay, Screen},
    texts,
};

/// Draws the model.
///
/// ```text
///  castoff   1 Launch  2 Run  3 Browse  4 History  5 Secrets    what runs
/// ┌───────────────────────────────────────────────────────┐
/// │ the screen, and what lies over it                     │
/// └───────────────────────────────────────────────────────┘
///  the keys that matter here
/// ```
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    draw(model, area, frame.buffer_mut());
}

/// Draws the model into a buffer.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    draw_all(model, area, buffer);
    if model.around.look.symbols.is_ascii() {
        to_ascii(buffer);
    }
}

/// Leaves nothing in a buffer that a terminal without Unicode cannot show:
/// names of jobs have arrows, and what comes from outside has anything.
fn to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        cell.set_symbol(match cell.symbol() {
            "→" => ">",
            "…" => "~",
            "×" => "x",
            _ => "?",
        });
    }
}

fn draw_all(model: &Model, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, model.around.look.of(Role::Text));
    // The screen has just got another size, which the model is about to hear.
    if area.as_size() != model.around.size {
        return;
    }
    if model.around.is_small() {
        return too_small(model, area, buffer);
    }
    let areas = areas::of(model);
    top::draw(model, &areas, buffer);
    match model.screen {
        Screen::Launch => launch::draw(model, &areas, buffer),
        Screen::Run => run::draw(model, &areas, buffer),
        Screen::Browse => browse::draw(model, &areas, buffer),
        Screen::History => history::draw(model, &areas, buffer),
        Screen::Secrets => secrets::draw(model, &areas, buffer),
    }
    footer::draw(model, &areas, buffer);
    match model.on_top.over() {
        None => {}
        Some(Overlay::Help { offset }) => help::draw(model, *offset, areas.body, buffer),
        Some(Overlay::Palette(palette)) => palette::draw(model, palette, areas.body, buffer),
        Some(Overlay::Choose(choice)) => change::choice(model, choice, areas.body, buffer),
        Some(Overlay::Copy(of)) => copying::draw(model, of, areas.body, buffer),
        Some(Overlay::Remove(of)) => change::removal(model, of, areas.body, buffer),
        Some(Overlay::Ask(asking)) => change::name(model, asking, areas.body, buffer),
        Some(Overlay::Keep(keeping)) => secrets::keep(model, keeping, areas.body, buffer),
        Some(Overlay::Confirm(question)) => question::draw(model, question, areas.body, buffer),
        Some(Overlay::Message { title, failures, lines, offset }) => {
            let lines = texts::message::lines(failures, lines, areas.body);
            message::draw(model, title, &lines, *offset, areas.body, buffer);
        }
    }
    if let Some(open) = &model.on_top.prompts.open {
        prompt::draw(model, open, areas.body, buffer);
    }
}

fn too_small(model: &Model, area: Rect, buffer: &mut Buffer) {
    let (columns, rows) = LEAST;
    let lines = [
        format!("castoff needs {columns}×{rows}"),
        format!("this is {}×{}", area.width, area.height),
    ];
    let lines = lines.into_iter().chain(texts::question::small(model));
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        buffer.set_stringn(area.x, y, line, area.width.into(), model.around.look.of(Role::Text));
    }
}
