//! Comparing, copying and removing tags, and what is asked before.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use super::{
    actions::{say, warn},
    browse, copying,
};
use crate::{
    keymap::Action,
    model::{Failure, SinkName},
    tui::{
        model::{Asking, Choice, Model, Move, Overlay, Removal, RepositoryAt, TagAt},
        msg::Effect,
    },
};

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Diff => return diff(model),
        Action::Copy => copy(model),
        Action::Delete => return delete(model),
        _ => {}
    }
    Vec::new()
}

/// Two marked tags, the first one first, or the marked one and the selected.
fn diff(model: &mut Model) -> Vec<Effect> {
    let (marked, selected) = (model.browse.marked(), model.browse.tag());
    let pair = match (&marked[..], selected) {
        ([before, after], _) => Some((before.clone(), after.clone())),
        ([before], Some(after)) if *before != after => Some((before.clone(), after)),
        _ => None,
    };
    let Some((before, after)) = pair else {
        let count = marked.len();
        let what = match count {
            0 | 1 => "mark two tags, or one and select another".to_owned(),
            _ => {
                format!("two tags can be compared, and {count} are marked; u takes all marks away")
            }
        };
        warn(model, &what);
        return Vec::new();
    };
    say(model, &format!("comparing {before} with {after}"));
    vec![Effect::Compare(before, after)]
}

/// What a change is about; none where it cannot be made now.
fn chosen(model: &mut Model) -> Option<Vec<TagAt>> {
    let what = model.browse.chosen();
    if model.is_busy() {
        warn(model, "a run is under way; wait for it, or stop it on the Run screen");
        return None;
    }
    if what.is_empty() {
        warn(model, "select a tag, or mark some");
        return None;
    }
    Some(what)
}

fn copy(model: &mut Model) {
    let Some(what) = chosen(model) else { return };
    let choice = Choice::new(&model.browse, what);
    if choice.sinks.is_empty() {
        return warn(model, "no other sink of the configuration can take it");
    }
    model.overlay = Some(Overlay::Choose(choice));
}

fn delete(model: &mut Model) -> Vec<Effect> {
    let Some(what) = chosen(model) else { return Vec::new() };
    let refuses = |sink: &&SinkName| model.browse.is_read_only(sink);
    if let Some(sink) = what.iter().map(|tag| &tag.sink).find(refuses) {
        let why = format!("sink `{sink}` is read_only in the configuration: nothing is removed");
        warn(model, &why);
        return Vec::new();
    }
    model.browse.asked += 1;
    let asked = model.browse.asked;
    model.overlay = Some(Overlay::Remove(Removal::new(asked, what.clone())));
    vec![Effect::Consequences { asked, what }]
}

/// Takes in what goes along with a removal.
pub(super) fn entailed(model: &mut Model, asked: u64, entails: Result<Vec<String>, Vec<Failure>>) {
    let Some(Overlay::Remove(removal)) = &mut model.overlay else { return };
    if removal.asked != asked {
        return;
    }
    match entails {
        Ok(lines) => removal.entails = Some(lines),
        Err(failures) => {
            let (title, lines) = ("delete".to_owned(), Vec::new());
            model.overlay = None;
            model.late.push_back(Overlay::Message { title, failures, lines, offset: 0 });
        }
    }
}

/// Keys, while a sink is chosen.
pub(super) fn on_choice(
    model: &mut Model,
    mut choice: Choice,
    key: KeyEvent,
    action: Option<Action>,
) -> Vec<Effect> {
    match (key.code, action) {
        (KeyCode::Enter, _) => {
            let to = choice.selected().cloned();
            return to.map(|to| copying::to(model, choice.what, &to)).unwrap_or_default();
        }
        (_, Some(Action::Up)) => choice.list.go(Move::By(-1)),
        (_, Some(Action::Down)) => choice.list.go(Move::By(1)),
        (_, Some(Action::Top)) => choice.list.go(Move::Top),
        (_, Some(Action::Bottom)) => choice.list.go(Move::Bottom),
        (KeyCode::Modifier(_), _) => {}
        _ => {
            say(model, "nothing was copied");
            return Vec::new();
        }
    }
    model.overlay = Some(Overlay::Choose(choice));
    Vec::new()
}

/// Keys, while what is removed is to be typed.
pub(super) fn on_removal(model: &mut Model, mut removal: Removal, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            say(model, "nothing was removed");
            return Vec::new();
        }
        KeyCode::Up => removal.offset = removal.offset.saturating_sub(1),
        KeyCode::Down => removal.offset = removal.offset.saturating_add(1),
        KeyCode::PageUp => removal.offset = removal.offset.saturating_sub(10),
        KeyCode::PageDown => removal.offset = removal.offset.saturating_add(10),
        // Nobody agrees to what was not shown.
        KeyCode::Enter if removal.entails.is_none() => {}
        KeyCode::Enter if removal.input.value() == removal.word() => return remove(model, removal),
        KeyCode::Enter => removal.wrong = Some(removal.input.value_and_reset()),
        _ => {
            if removal.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                removal.wrong = None;
            }
        }
    }
    model.overlay = Some(Overlay::Remove(removal));
    Vec::new()
}

fn remove(model: &mut Model, removal: Removal) -> Vec<Effect> {
    if model.is_busy() {
        warn(model, "a run is under way: nothing was removed");
        return Vec::new();
    }
    begin(model, &removal.what);
    vec![Effect::Remove(removal.what)]
}

/// What a change is about is no longer marked.
pub(super) fn begin<'t>(model: &mut Model, what: impl IntoIterator<Item = &'t TagAt>) {
    model.is_starting = true;
    for tag in what {
        model.browse.marks.remove(tag);
    }
}

/// Keys, while the name of a repository is to be typed.
pub(super) fn on_name(model: &mut Model, mut asking: Asking, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => match asking.answer() {
            Ok((kind, repository)) => {
                let sink = asking.sink.name.clone();
                return browse::open_named(model, RepositoryAt { sink, kind, repository });
            }
            Err(why) => asking.wrong = Some(why),
        },
        _ => {
            if asking.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                asking.wrong = None;
            }
        }
    }
    model.overlay = Some(Overlay::Ask(asking));
    Vec::new()
}
