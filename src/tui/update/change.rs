//! Comparing, copying and removing tags, and what is asked before.

use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::backend::crossterm::EventHandler;

use super::{
    agreed::{agreed, unmark},
    copying,
};
use crate::{
    keymap::Action,
    model::{Failure, SinkName},
    plan::Plan,
    tui::{
        effect::Effect,
        model::{
            AgreedBefore, CopyChoice, Model, Overlay, Proposal, SelectionMove, TagAt, TagRemoval,
        },
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
    let (marked, selected) = (model.browse.marks.in_order(), model.browse.tag());
    let pair = match (&marked[..], selected) {
        ([before, after], _) => Some((before.clone(), after.clone())),
        ([before], Some(after)) if *before != after => Some((before.clone(), after)),
        _ => None,
    };
    let Some((before, after)) = pair else {
        let count = marked.len();
        let what = match count {
            0 | 1 => "mark two tags, or mark one and select another".to_owned(),
            _ => {
                format!("two tags can be compared, but {count} are marked; u removes all marks")
            }
        };
        model.warn(what);
        return Vec::new();
    };
    let (one, other) = (model.browse.named(&before), model.browse.named(&after));
    model.say(format!("comparing {one} with {other}"));
    vec![Effect::Compare(before, after)]
}

/// What a change is about; none where it cannot be made now.
fn chosen(model: &mut Model) -> Option<Vec<TagAt>> {
    let what = model.browse.chosen();
    if model.is_busy() {
        model.warn("a run is active; wait for it, or stop it on the Run screen");
        return None;
    }
    if what.is_empty() {
        model.warn("select a tag, or mark some");
        return None;
    }
    Some(what)
}

fn copy(model: &mut Model) {
    let Some(what) = chosen(model) else { return };
    let choice = CopyChoice::new(&model.browse, what);
    if choice.sinks.is_empty() {
        return model.warn("no other sink in the configuration can store it");
    }
    model.on_top.open(Overlay::Choose(choice));
}

fn delete(model: &mut Model) -> Vec<Effect> {
    let Some(what) = chosen(model) else { return Vec::new() };
    if is_refused(model, &what) {
        return Vec::new();
    }
    let (removal, effect) = removal(model, what);
    model.on_top.open(removal);
    vec![effect]
}

/// A question for a removal, and one for what goes along.
fn removal(model: &mut Model, what: Vec<TagAt>) -> (Overlay, Effect) {
    model.browse.asked += 1;
    let asked = model.browse.asked;
    let removal = Overlay::Remove(TagRemoval::new(asked, what.clone()));
    (removal, Effect::Consequences { asked, what })
}

/// Asks again for a change that was agreed to when something else was shown,
/// as soon as the reason is read.
pub(super) fn again(model: &mut Model, again: AgreedBefore) -> Effect {
    let (question, effect) = match again {
        AgreedBefore::Line(line) => return Effect::Verb(line),
        AgreedBefore::Remove(what) => removal(model, what),
        AgreedBefore::Copy(what, to) => copying::question(model, what, *to),
    };
    model.on_top.open_later(question);
    effect
}

/// Says so where a sink is not changed.
fn is_refused(model: &mut Model, what: &[TagAt]) -> bool {
    let refuses = |sink: &&SinkName| model.browse.is_read_only(sink);
    if let Some(sink) = what.iter().map(|tag| &tag.sink).find(refuses) {
        let why = format!("sink `{sink}` is read_only in the configuration: nothing is removed");
        model.warn(why);
        return true;
    }
    false
}

/// Takes in what goes along with a removal.
pub(super) fn entailed(
    model: &mut Model,
    asked: u64,
    entails: Result<Proposal<Vec<String>>, Vec<Failure>>,
) {
    let is_it = |of: &&mut Overlay| matches!(of, Overlay::Remove(of) if of.asked == asked);
    let Some(overlay) = model.on_top.all_mut().find(is_it) else { return };
    match (overlay, entails) {
        (Overlay::Remove(removal), Ok(proposal)) => removal.entails = Some(proposal),
        (overlay, Err(failures)) => {
            let (title, lines) = ("delete".to_owned(), Vec::new());
            *overlay = Overlay::Message { title, failures, lines, offset: 0 };
        }
        _ => {}
    }
}

/// Keys, while a sink is chosen.
pub(super) fn on_choice(
    model: &mut Model,
    mut choice: CopyChoice,
    key: KeyEvent,
    action: Option<Action>,
) -> Vec<Effect> {
    match (key.code, action) {
        (KeyCode::Enter, _) => {
            let to = choice.selected().cloned();
            return to.map(|to| copying::to(model, choice.what, &to)).unwrap_or_default();
        }
        (_, Some(Action::Up)) => choice.list.go(SelectionMove::By(-1)),
        (_, Some(Action::Down)) => choice.list.go(SelectionMove::By(1)),
        (_, Some(Action::Top)) => choice.list.go(SelectionMove::Top),
        (_, Some(Action::Bottom)) => choice.list.go(SelectionMove::Bottom),
        (KeyCode::Modifier(_), _) => {}
        _ => {
            model.say("nothing was copied");
            return Vec::new();
        }
    }
    model.on_top.keep(Overlay::Choose(choice));
    Vec::new()
}

/// Keys, while what is removed is to be typed.
pub(super) fn on_removal(model: &mut Model, mut removal: TagRemoval, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            model.say("nothing was removed");
            return Vec::new();
        }
        KeyCode::Up => removal.offset = removal.offset.saturating_sub(1),
        KeyCode::Down => removal.offset = removal.offset.saturating_add(1),
        KeyCode::PageUp => removal.offset = removal.offset.saturating_sub(10),
        KeyCode::PageDown => removal.offset = removal.offset.saturating_add(10),
        KeyCode::Enter => match &removal.entails {
            // Only what was shown can be agreed to.
            None => {}
            Some(proposal) if removal.input.value() == removal.word() => {
                return remove(model, &removal, Arc::clone(&proposal.plan));
            }
            Some(_) => removal.wrong = Some(removal.input.value_and_reset()),
        },
        _ => {
            if removal.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                removal.wrong = None;
            }
        }
    }
    model.on_top.keep(Overlay::Remove(removal));
    Vec::new()
}

fn remove(model: &mut Model, removal: &TagRemoval, plan: Arc<Plan>) -> Vec<Effect> {
    if model.is_busy() {
        model.warn("a run is active: nothing was removed");
        return Vec::new();
    }
    unmark(model, &removal.what);
    agreed(model, "delete", plan, Some(AgreedBefore::Remove(removal.what.clone())))
}
