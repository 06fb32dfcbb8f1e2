//! Copying tags to a sink, and what is asked before.

use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, backend::crossterm::EventHandler};

use super::agreed::{agreed, unmark};
use crate::{
    model::{Failure, SinkName, SinkSpec},
    plan::TransferOutlook,
    tui::{
        effect::Effect,
        model::{AgreedBefore, Carry, Copying, Model, Overlay, Proposal, SelectionMove, TagAt},
    },
};

/// Asks what copies to a sink would do.
pub(super) fn to(model: &mut Model, what: Vec<TagAt>, to: &SinkName) -> Vec<Effect> {
    let Some(to) = model.browse.sink(to).cloned() else { return Vec::new() };
    let (question, effect) = question(model, what.into_iter().map(Carry::new).collect(), to);
    model.on_top.open(question);
    vec![effect]
}

/// A question for copies, and one for what they would do.
pub(super) fn question(model: &mut Model, what: Vec<Carry>, to: SinkSpec) -> (Overlay, Effect) {
    model.browse.asked += 1;
    let (asked, name) = (model.browse.asked, to.name.clone());
    let copying = Copying::new(asked, what.clone(), to);
    (Overlay::Copy(Box::new(copying)), Effect::CopyOutlook { asked, what, to: name })
}

/// Takes in what copies would do.
pub(super) fn foreseen(
    model: &mut Model,
    asked: u64,
    outlook: Result<Proposal<Vec<TransferOutlook>>, Vec<Failure>>,
) {
    for overlay in model.on_top.all_mut() {
        if let Overlay::Copy(copying) = overlay
            && copying.asked == asked
        {
            copying.outlook = Some(outlook);
            return;
        }
    }
}

/// Keys, while a copy is agreed to.
pub(super) fn on_key(model: &mut Model, mut copying: Copying, key: KeyEvent) -> Vec<Effect> {
    if let Some(input) = copying.renaming.take() {
        return on_name(model, copying, input, key);
    }
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let is_known = matches!(copying.outlook, Some(Ok(_)));
    let word = copying.word();
    match key.code {
        KeyCode::Esc => {
            model.say("nothing was copied");
            return Vec::new();
        }
        KeyCode::Up => copying.list.go(SelectionMove::By(-1)),
        KeyCode::Down => copying.list.go(SelectionMove::By(1)),
        KeyCode::PageUp => copying.list.go(SelectionMove::By(-5)),
        KeyCode::PageDown => copying.list.go(SelectionMove::By(5)),
        KeyCode::Tab => copying.rename(),
        // What was not shown, or is refused, cannot be agreed to.
        _ if !is_known || copying.is_refused() => {}
        KeyCode::Enter if word.is_none() => return copy(model, &copying),
        KeyCode::Char('y') if plain && word.is_none() => return copy(model, &copying),
        KeyCode::Enter if word.as_deref() == Some(copying.input.value()) => {
            return copy(model, &copying);
        }
        KeyCode::Enter => {
            let typed = copying.input.value_and_reset();
            let word = word.unwrap_or_default();
            copying.wrong = Some(format!("`{typed}` is not `{word}`: nothing was copied"));
        }
        _ if word.is_none() => {}
        _ => {
            if copying.input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                copying.wrong = None;
            }
        }
    }
    show_again(model, copying)
}

/// Keys, while a name is typed.
fn on_name(
    model: &mut Model,
    mut copying: Copying,
    mut input: Input,
    key: KeyEvent,
) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => copying.wrong = None,
        KeyCode::Enter => match copying.renamed(input.value()) {
            Ok(()) => {
                copying.wrong = None;
                copying.input = Input::default();
                model.browse.asked += 1;
                copying.asked = model.browse.asked;
                let (asked, what) = (copying.asked, copying.what.clone());
                let effect = Effect::CopyOutlook { asked, what, to: copying.to.name.clone() };
                model.on_top.keep(Overlay::Copy(Box::new(copying)));
                return vec![effect];
            }
            Err(why) => {
                copying.wrong = Some(why);
                copying.renaming = Some(input);
            }
        },
        _ => {
            if input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                copying.wrong = None;
            }
            copying.renaming = Some(input);
        }
    }
    show_again(model, copying)
}

fn show_again(model: &mut Model, copying: Copying) -> Vec<Effect> {
    model.on_top.keep(Overlay::Copy(Box::new(copying)));
    Vec::new()
}

fn copy(model: &mut Model, copying: &Copying) -> Vec<Effect> {
    if model.is_busy() {
        model.warn("a run is active: nothing was copied");
        return Vec::new();
    }
    let Some(Ok(proposal)) = &copying.outlook else { return Vec::new() };
    unmark(model, copying.what.iter().map(|of| &of.tag));
    // As it was shown: under the same names again.
    let named = copying.what.iter().zip(copying.outlooks());
    let named = named.map(|(of, there)| Carry { name: Some(there.name.clone()), ..of.clone() });
    let again = AgreedBefore::Copy(named.collect(), Box::new(copying.to.clone()));
    agreed(model, "copy", Arc::clone(&proposal.plan), Some(again))
}
