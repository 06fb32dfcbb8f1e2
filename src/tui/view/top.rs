//! The line above all: the screens, and what runs.

use ratatui::buffer::Buffer;

use super::widgets::{put, put_all};
use crate::{
    run::Stop,
    tui::{
        areas::Areas,
        look::Role,
        model::{Model, RunView},
        text::{about, rate, safe, width},
    },
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let (look, top) = (&model.around.look, areas.top);
    put(buffer, look, (top.x + 1, top.y, 8), "castoff", look.of(Role::Title));
    for (screen, tab) in &areas.tabs {
        let text = format!(" {} {} ", screen.number(), screen.title());
        let role = if *screen == model.screen { Role::Tab } else { Role::Dim };
        put(buffer, look, (tab.x, tab.y, tab.width), &text, look.of(role));
    }
    let end = areas.tabs.last().map_or(top.x, |(_, tab)| tab.right()) + 1;
    let room = usize::from(top.right().saturating_sub(end + 1));
    let mut texts = standing(model);
    let size = |texts: &[(Role, String)]| texts.iter().map(|(_, text)| width(text)).sum::<usize>();
    // The name of the run is on its screen too; what comes last matters least.
    if size(&texts) > room && texts.len() > 1 {
        texts.remove(1);
    }
    while size(&texts) > room && texts.len() > 1 {
        texts.pop();
    }
    let columns = u16::try_from(size(&texts).min(room)).unwrap_or(u16::MAX);
    let start = top.right().saturating_sub(columns + 1);
    put_all(buffer, look, (start, top.y, columns), &texts);
}

/// What runs, wherever the screen is.
fn standing(model: &Model) -> Vec<(Role, String)> {
    let Some(live) = model.runs.live() else {
        let text = if model.runs.is_starting() { "starting" } else { "" };
        return vec![(Role::Active, text.to_owned())];
    };
    let summary = live.run.summary();
    let jobs = format!("{} of {} jobs", summary.done, live.run.plan().jobs().len());
    let mut texts = vec![
        word(model, live),
        (Role::Dim, format!("  {}", safe(live.run.id()))),
        (Role::Dim, format!("  {jobs}")),
    ];
    if live.is_live {
        let moved = live.pace.total(model.around.now);
        if moved >= 1.0 {
            texts.push((Role::Active, format!("  {}", rate(moved))));
        }
        if let Some(left) = live.pace.left(live.bytes_left(), model.around.now) {
            texts.push((Role::Dim, format!("  about {} left", about(left))));
        }
    }
    texts
}

fn word(model: &Model, live: &RunView) -> (Role, String) {
    let symbols = model.around.look.symbols;
    let summary = live.run.summary();
    if live.is_live {
        let turn = usize::try_from(model.around.now.as_millisecond() / 250).unwrap_or_default();
        let symbol = symbols.running[turn % symbols.running.len()];
        return match live.run.stop() {
            None => (Role::Active, format!("{symbol} running")),
            Some(Stop::Drain) => (Role::Warn, format!("{symbol} stopping")),
            Some(Stop::Cancel) => (Role::Warn, format!("{symbol} cancelling")),
        };
    }
    match () {
        () if live.run.is_complete() => (Role::Good, format!("{} done", symbols.done)),
        () if summary.failed > 0 => {
            (Role::Bad, format!("{} {} failed", symbols.failed, summary.failed))
        }
        () => (Role::Warn, format!("{} stopped", symbols.stopped)),
    }
}
