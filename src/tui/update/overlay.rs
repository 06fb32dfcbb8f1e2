//! Keys, where something lies over the screen or text is typed.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, backend::crossterm::EventHandler};

use super::{
    actions::act, agreed::agreed, change, command, copying, launch, naming, palette, prompt, run,
    secrets,
};
use crate::{
    keymap::{Action, Key},
    run::Stop,
    tui::{
        effect::Effect,
        model::{
            AgreedBefore, Agreeing, Agreement, Model, Overlay, Question, Screen, SelectionMove,
        },
    },
};

/// A key goes to what is on top.
pub(super) fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let action = model.around.keys.action(model.screen.scope(), Key::from(key));
    // These work wherever the keys go.
    match action {
        Some(Action::Interrupt) => return run::interrupt(model),
        Some(action @ (Action::Suspend | Action::Redraw)) => return act(model, action),
        _ => {}
    }
    if model.around.is_small() {
        return on_small(model, key, action);
    }
    if model.on_top.prompts.open.is_some() {
        return prompt::on_key(model, key);
    }
    if model.on_top.filter.is_some() {
        on_filter(model, key);
        return Vec::new();
    }
    match model.on_top.take() {
        None => action.map(|action| act(model, action)).unwrap_or_default(),
        Some(Overlay::Palette(palette)) => palette::on_key(model, palette, key)
            .map(|line| command::run(model, &line))
            .unwrap_or_default(),
        Some(Overlay::Confirm(question)) => answer(model, question, key, action),
        Some(Overlay::Choose(choice)) => change::on_choice(model, choice, key, action),
        Some(Overlay::Copy(copying)) => copying::on_key(model, *copying, key),
        Some(Overlay::Remove(removal)) => change::on_removal(model, removal, key),
        Some(Overlay::Ask(asking)) => naming::on_key(model, asking, key),
        Some(Overlay::Keep(keeping)) => secrets::on_key(model, keeping, key),
        Some(Overlay::Help { offset }) => {
            if let Some(offset) = scroll(offset, key, action) {
                model.on_top.keep(Overlay::Help { offset });
            }
            Vec::new()
        }
        Some(Overlay::Message { title, failures, lines, offset }) => {
            // It may have opened by itself: keys that were meant for something
            // else neither close it nor do what they do elsewhere.
            if matches!(key.code, KeyCode::Enter | KeyCode::Esc) {
                return Vec::new();
            }
            let offset = scroll(offset, key, action).unwrap_or_else(|| {
                model.say("Enter or Esc closes the message");
                offset
            });
            model.on_top.keep(Overlay::Message { title, failures, lines, offset });
            Vec::new()
        }
    }
}

/// Keys, where nothing is shown of what they would do: only those that leave.
fn on_small(model: &mut Model, key: KeyEvent, action: Option<Action>) -> Vec<Effect> {
    match model.on_top.take() {
        Some(Overlay::Confirm(Question::Quit)) => answer(model, Question::Quit, key, action),
        before if action == Some(Action::Quit) => {
            // What was asked before comes back after this question.
            if let Some(before) = before {
                model.on_top.open_after(before);
            }
            act(model, Action::Quit)
        }
        before => {
            if let Some(before) = before {
                model.on_top.keep(before);
            }
            Vec::new()
        }
    }
}

/// Pasted text is typed where text is typed, and nowhere else.
pub(super) fn on_paste(model: &mut Model, text: &str) {
    let typed = |input: &Input| {
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        Input::new(format!("{}{clean}", input.value()))
    };
    if let Some(prompt) = &mut model.on_top.prompts.open {
        prompt.input = typed(&prompt.input);
        return;
    }
    if let Some(input) = &model.on_top.filter {
        model.on_top.filter = Some(typed(input));
        apply_filter(model);
        return;
    }
    match model.on_top.over_mut() {
        Some(Overlay::Palette(palette)) => {
            palette.input = typed(&palette.input);
            palette::complete(model);
        }
        Some(Overlay::Copy(copying)) => {
            let input = copying.renaming.as_mut().unwrap_or(&mut copying.input);
            *input = typed(input);
        }
        Some(Overlay::Remove(removal)) => removal.input = typed(&removal.input),
        Some(Overlay::Ask(asking)) => asking.input = typed(&asking.input),
        Some(Overlay::Keep(keeping)) => keeping.input = typed(&keeping.input),
        _ => {}
    }
}

fn on_filter(model: &mut Model, key: KeyEvent) {
    let Some(input) = &mut model.on_top.filter else { return };
    match key.code {
        KeyCode::Enter => model.on_top.filter = None,
        KeyCode::Esc => {
            model.on_top.filter = Some(Input::default());
            apply_filter(model);
            model.on_top.filter = None;
        }
        KeyCode::Up => model.list_mut().into_iter().for_each(|list| list.go(SelectionMove::By(-1))),
        KeyCode::Down => {
            model.list_mut().into_iter().for_each(|list| list.go(SelectionMove::By(1)));
        }
        _ => {
            if input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                apply_filter(model);
            }
        }
    }
}

fn apply_filter(model: &mut Model) {
    let Some(typed) = model.on_top.filter.as_ref().map(|input| input.value().to_owned()) else {
        return;
    };
    // The best match comes first, where rows are ranked.
    let is_ranked = model.screen == Screen::Browse && !typed.is_empty();
    if let Some(list) = model.list_mut() {
        list.filter = typed;
    }
    model.arrange();
    if is_ranked {
        model.browse.level_mut().list.go(SelectionMove::Top);
    }
}

/// Where a text is scrolled to; none where it is closed.
fn scroll(offset: usize, key: KeyEvent, action: Option<Action>) -> Option<usize> {
    let by = match action {
        Some(Action::Up) => -1,
        Some(Action::Down) => 1,
        Some(Action::PageUp) => -10,
        Some(Action::PageDown) => 10,
        Some(Action::Top) => isize::MIN,
        Some(Action::Bottom) => 10_000,
        // A lone modifier closes nothing.
        _ if matches!(key.code, KeyCode::Modifier(_)) => 0,
        _ => return None,
    };
    Some(offset.saturating_add_signed(by))
}

/// One form for all: Enter or y agrees, Esc goes back, and nothing else does
/// either, since some open by themselves and a key may be meant for something
/// else.
fn answer(
    model: &mut Model,
    mut question: Question,
    key: KeyEvent,
    action: Option<Action>,
) -> Vec<Effect> {
    if model.on_top.is_deaf(model.around.now) && key.code != KeyCode::Esc {
        model.on_top.rouse(model.around.now);
        model.on_top.keep(Overlay::Confirm(question));
        return Vec::new();
    }
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match (&mut question, key.code) {
        (Question::Quit, KeyCode::Char('d')) if plain => return leave(model, Stop::Drain),
        (Question::Quit, KeyCode::Char('c')) if plain => return leave(model, Stop::Cancel),
        (Question::Quit, KeyCode::Char('q')) if plain => {}
        (Question::Quit, _) => return Vec::new(),
        (_, KeyCode::Enter | KeyCode::Char('y')) if plain => return yes(model, question),
        (_, KeyCode::Esc) => {
            model.say("nothing was done");
            return Vec::new();
        }
        (Question::Agree(of), _) if scroll(of.offset, key, action).is_some() => {
            of.offset = scroll(of.offset, key, action).unwrap_or_default();
        }
        _ => model.say("Enter or y confirms, Esc goes back"),
    }
    model.on_top.keep(Overlay::Confirm(question));
    Vec::new()
}

fn leave(model: &mut Model, stop: Stop) -> Vec<Effect> {
    if !model.is_busy() {
        return vec![Effect::Quit];
    }
    model.is_leaving = true;
    let how = if stop == Stop::Drain { "leaving after the running jobs" } else { "leaving" };
    model.say(how);
    let mut effects = prompt::refuse(model);
    effects.push(Effect::Stop(stop));
    effects
}

fn yes(model: &mut Model, question: Question) -> Vec<Effect> {
    match question {
        Question::Launch => launch::begin(model),
        Question::Anew(_) => launch::anew(model),
        Question::Agree(of) => go_on(model, *of),
        Question::RemoveSecret(name) => vec![Effect::RemoveSecret(name)],
        Question::Quit => Vec::new(),
    }
}

/// Does what a command line says, of which was shown what it changes.
pub(super) fn go_on(model: &mut Model, of: Agreeing) -> Vec<Effect> {
    // What a run moved stays the same, so that asking again would not help.
    let is_fixed = of.what == Agreement::PutBack;
    let again = (!is_fixed).then(|| AgreedBefore::Line(of.line.clone()));
    agreed(model, &of.line, of.proposal.plan, again)
}
