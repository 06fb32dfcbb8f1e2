//! What is published: the current level, its rows, and the details of the selected one.

mod rows;

use ratatui::{buffer::Buffer, layout::Rect};

use super::widgets::{more, panel, put_all, scrolled, wrapped};
use crate::{
    keymap::Action,
    tui::{
        areas::Areas,
        look::Role,
        model::{BrowsePath, BrowseRow, Level, LevelReading, Model},
        text::{clock, safe, width},
        texts::{details, message::failure_lines},
    },
};

pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    path(model, areas.browse.path, buffer);
    let level = model.browse.level();
    let inside = panel(buffer, &model.around.look, areas.browse.list, &title(level), true);
    if level.list.is_empty() {
        let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let lines = wrapped(&nothing(model, level), usize::from(inside.width));
        scrolled(buffer, &model.around.look, inside, &lines, 0);
    } else {
        rows::draw(model, inside, areas.browse.rows, buffer);
    }
    let range = level.list.range(areas.browse.rows.height.into());
    let is_more = (range.start > 0, range.end < level.list.len());
    more(buffer, &model.around.look, areas.browse.list, is_more);
    let title = level.selected().map_or_else(|| "nothing selected".to_owned(), BrowseRow::name);
    let inside = panel(buffer, &model.around.look, areas.browse.details, &safe(title), false);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let lines = wrapped(&details::lines(model), usize::from(inside.width));
    scrolled(buffer, &model.around.look, inside, &lines, 0);
}

/// `hub › team/app › 0.9`, and how old that is.
fn path(model: &Model, area: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let state = state(model);
    let taken: usize = state.iter().map(|(_, text)| width(text)).sum();
    let room = usize::from(area.width.saturating_sub(3)).saturating_sub(taken);
    let within = format!(" {} ", look.symbols.within);
    let mut names: Vec<String> =
        model.browse.places().map(|place| safe(name(model, place))).collect();
    // What is nearest matters most.
    while names.len() > 1 && width(&names.join(&within)) > room {
        names.remove(0);
    }
    let last = names.pop().unwrap_or_default();
    names.push(String::new());
    let before = names.join(&within);
    let end = u16::try_from(room).unwrap_or(u16::MAX);
    put_all(buffer, look, (area.x + 1, area.y, end), &[(Role::Dim, before), (Role::Title, last)]);
    let start = area.right().saturating_sub(u16::try_from(taken + 1).unwrap_or(u16::MAX));
    put_all(buffer, look, (start, area.y, area.right().saturating_sub(start)), &state);
}

fn name(model: &Model, place: &BrowsePath) -> String {
    match place {
        BrowsePath::Sinks => "sinks".to_owned(),
        BrowsePath::Repositories(sink) => sink.to_string(),
        BrowsePath::Tags(at) => at.repository.to_string(),
        BrowsePath::Manifests(tag) => tag.name.tag.to_string(),
        BrowsePath::Manifest(tag, digest) => {
            let looked = model.browse.memory.of(tag);
            let branch = looked.and_then(|looked| looked.manifest(digest));
            branch.map_or_else(|| digest.short().to_owned(), crate::browse::Branch::platform)
        }
    }
}

/// How many tags are marked, whether anything may be changed, and when what
/// is shown was read.
fn state(model: &Model) -> Vec<(Role, String)> {
    let (browse, symbols) = (&model.browse, model.around.look.symbols);
    let level = browse.level();
    let mut texts: Vec<(Role, String)> = Vec::new();
    let mut add = |role, text: String| {
        if !texts.is_empty() {
            texts.push((Role::Dim, format!(" {} ", symbols.dot)));
        }
        texts.push((role, text));
    };
    if !browse.marks.is_empty() {
        add(Role::Good, format!("{} marked", browse.marks.len()));
    }
    if level.place.sink().is_some_and(|sink| browse.is_read_only(sink)) {
        add(Role::Warn, "read-only".to_owned());
    }
    if level.is_reading() {
        let turn = usize::try_from(model.around.now.as_millisecond() / 250).unwrap_or_default();
        let symbol = symbols.running[turn % symbols.running.len()];
        add(Role::Active, format!("{symbol} reading"));
    }
    match &level.reading {
        LevelReading::Failed(_) => add(Role::Bad, format!("{} failed", symbols.failed)),
        LevelReading::Stopped => add(Role::Warn, format!("{} stopped", symbols.stopped)),
        _ => {}
    }
    if let Some(at) = level.read_at.filter(|_| !level.rows.is_empty()) {
        let day = |at: jiff::Timestamp| at.to_zoned_datetime(model.around.zone.clone()).date();
        let when = if day(at) == day(model.around.now) {
            clock(at, &model.around.zone)
        } else {
            crate::tui::text::date(at, &model.around.zone)
        };
        add(Role::Dim, format!("as of {when}"));
    }
    texts
}

/// How many rows there are, and how they are sorted.
fn title(level: &Level) -> String {
    let count = level.rows.len();
    let so_far = if level.asked().is_some() && count > 0 { " so far" } else { "" };
    let rows = level.place.rows(count);
    let sorted = match &level.place {
        BrowsePath::Manifests(_) | BrowsePath::Manifest(..) => String::new(),
        place => format!(", {}", level.sorting.name(place)),
    };
    let of = match level.list.filter.as_str() {
        "" => String::new(),
        _ => format!("{} of ", level.list.len()),
    };
    let filter = match level.list.filter.as_str() {
        "" => String::new(),
        filter => format!(" /{}", safe(filter)),
    };
    format!("{of}{count} {rows}{so_far}{sorted}{filter}")
}

/// Why there are no rows.
fn nothing(model: &Model, level: &Level) -> Vec<(Role, String)> {
    if let LevelReading::Failed(why) = &level.reading {
        let mut lines = failure_lines(why);
        if matches!(level.place, BrowsePath::Repositories(_)) {
            let keys = model.around.keys.keys(Action::OpenName);
            let key = keys.first().map_or_else(|| ":open_name".to_owned(), ToString::to_string);
            lines.push((Role::Key, format!("{key} opens a repository by its name")));
        }
        return lines;
    }
    let what = match () {
        () if level.is_reading() => "reading; Esc goes back",
        () if !level.rows.is_empty() => "no match",
        () if level.place == BrowsePath::Sinks => "the configuration has no sinks",
        () => "there are none",
    };
    vec![(Role::Dim, what.to_owned())]
}
