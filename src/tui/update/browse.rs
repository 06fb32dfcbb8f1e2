//! What the keys of the Browse screen do.

use super::clipboard;
use crate::{
    keymap::Action,
    model::Repository,
    tui::{
        areas,
        effect::Effect,
        model::{
            Asking, BrowsePath, BrowseRow, LevelReading, Model, Overlay, RepositoryAt, RowFilter,
            Screen, TagLook,
        },
        text::safe,
        texts::details,
    },
};

/// Does what an action of this screen says.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Enter => enter(model),
        Action::MarkTag => mark(model),
        Action::MarkTags => mark_all(model),
        Action::Unmark => model.browse.marks.clear(),
        Action::Clip => return clipboard::clip(model),
        Action::ClipDigest => return clipboard::clip_digest(model),
        Action::OpenName => ask_name(model),
        Action::Details => details(model),
        _ => {}
    }
    Vec::new()
}

/// Marks all tags that are shown, and says which that were: a filter may show
/// others than one thinks.
fn mark_all(model: &mut Model) {
    model.browse.toggle_all();
    let browse = &model.browse;
    let level = browse.level();
    let rows = level.list.shown().iter().filter_map(|&row| browse.tag_of(&level.rows[row]));
    let mut took: Vec<_> = rows.filter(|tag| browse.marks.contains(tag)).collect();
    took.sort();
    let Some(filter) = RowFilter::parse(&level.list.filter) else { return };
    let tags = if took.len() == 1 { "1 tag".to_owned() } else { format!("{} tags", took.len()) };
    if filter.is_fuzzy() && !took.is_empty() {
        let lines = took.iter().map(|tag| browse.named(tag)).collect();
        let (title, failures) = (format!("marked {tags}"), Vec::new());
        model.on_top.open(Overlay::Message { title, failures, lines, offset: 0 });
    } else if took.is_empty() {
        model.say("unmarked everything shown");
    } else {
        let what = format!("marked {tags} with `{}`", safe(&level.list.filter));
        model.say(what);
    }
}

/// Goes into the selected row.
pub(super) fn enter(model: &mut Model) {
    let browse = &model.browse;
    let level = browse.level();
    let Some(row) = level.selected() else {
        if matches!(level.place, BrowsePath::Repositories(_)) && !level.is_reading() {
            ask_name(model);
        }
        return;
    };
    let place = match (row, &level.place) {
        (BrowseRow::Sink(spec), _) => BrowsePath::Repositories(spec.name.clone()),
        (BrowseRow::Repository(kind, name), BrowsePath::Repositories(sink)) => {
            match Repository::listed(name) {
                Ok(repository) => {
                    BrowsePath::Tags(RepositoryAt { sink: sink.clone(), kind: *kind, repository })
                }
                Err(error) => return model.warn(error.to_string()),
            }
        }
        (BrowseRow::Tag(name), _) => match browse.tag_of(row) {
            Some(tag) => BrowsePath::Manifests(tag),
            None => {
                return model.warn(format!("`{name}` is not a valid tag, so it cannot be read"));
            }
        },
        (BrowseRow::Manifest(branch), BrowsePath::Manifests(tag)) => {
            BrowsePath::Manifest(tag.clone(), branch.manifest.digest.clone())
        }
        _ => return details(model),
    };
    // What did not work before may work now.
    if let BrowsePath::Manifests(tag) = &place
        && model.browse.memory.of(tag).is_some_and(|looked| looked.found.is_err())
    {
        model.browse.memory.forget(|of| of == tag);
    }
    model.browse.enter(place);
}

/// Goes back to where this is in. What is still being read is dropped.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let browse = &mut model.browse;
    let asked = browse.level().asked();
    if !browse.leave() {
        return Vec::new();
    }
    let mut effects: Vec<Effect> = asked.map(Effect::StopListing).into_iter().collect();
    if browse.looking.as_ref().is_some_and(|(_, tag)| browse.tag().as_ref() != Some(tag)) {
        browse.looking = None;
        effects.push(Effect::StopLooking);
    }
    effects
}

/// Stops a list that is being read and keeps what has come; where nothing has,
/// or all has, goes back.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let now = model.around.now;
    let level = model.browse.level_mut();
    match level.asked() {
        Some(asked) if !level.rows.is_empty() => {
            level.reading = LevelReading::Stopped;
            level.read_at = Some(now);
            model.say("stopped: the list is incomplete; Ctrl-r reads it again");
            vec![Effect::StopListing(asked)]
        }
        _ => leave(model),
    }
}

pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    let asked = model.browse.level().asked();
    model.browse.refresh();
    asked.map(Effect::StopListing).into_iter().collect()
}

fn mark(model: &mut Model) {
    let browse = &mut model.browse;
    let tag = browse.level().selected().and_then(|row| browse.tag_of(row));
    match tag {
        Some(tag) => browse.marks.toggle(tag),
        None => model.say("tags can be marked"),
    }
}

fn ask_name(model: &mut Model) {
    let level = model.browse.level();
    let sink = match level.selected() {
        Some(BrowseRow::Sink(spec)) => Some(spec.as_ref().clone()),
        _ => level.place.sink().and_then(|name| model.browse.sink(name)).cloned(),
    };
    if let Some(sink) = sink {
        model.on_top.open(Overlay::Ask(Asking::new(sink)));
    }
}

fn details(model: &mut Model) {
    let Some(title) = model.browse.level().selected().map(BrowseRow::name) else { return };
    let lines = details::plain(model);
    model.on_top.open(Overlay::Message { title, failures: Vec::new(), lines, offset: 0 });
}

/// Brings into view what is selected, and asks for what is to be shown.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let height = areas::of(model).browse.rows.height.into();
    model.browse.level_mut().list.follow(height);
    if model.screen != Screen::Browse {
        return Vec::new();
    }
    read(model).into_iter().chain(look(model)).collect()
}

/// Has a list read that was not yet.
fn read(model: &mut Model) -> Option<Effect> {
    let browse = &mut model.browse;
    let LevelReading::Wanted { again } = browse.level().reading else { return None };
    let place = browse.level().place.clone();
    if !place.is_list() {
        return None;
    }
    browse.asked += 1;
    let asked = browse.asked;
    browse.level_mut().reading = LevelReading::Asked(asked);
    Some(Effect::List { asked, place, again })
}

/// Has the tag looked at that is selected, or that this is in.
fn look(model: &mut Model) -> Option<Effect> {
    let browse = &mut model.browse;
    let tag = browse.tag()?;
    let is_at_hand = browse.looking.as_ref().is_some_and(|(_, of)| *of == tag);
    if !is_at_hand && browse.looked().is_some_and(TagLook::is_whole) {
        return None;
    }
    let rested = browse.level().place.is_list();
    let mut effect = None;
    if !is_at_hand {
        browse.asked += 1;
        browse.looking = Some((browse.asked, tag.clone()));
        effect = Some(Effect::LookAt { asked: browse.asked, tag, rested });
    }
    let asked = browse.looking.as_ref().map(|(asked, _)| *asked);
    let level = browse.level_mut();
    if let (LevelReading::Wanted { .. }, Some(asked)) = (&level.reading, asked) {
        level.reading = LevelReading::Asked(asked);
    }
    effect
}
