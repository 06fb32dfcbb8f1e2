//! What each action does.

use super::{
    browse, change, launch,
    movement::{aside, is_log_alone, jump, page, step},
    palette,
    run::{interrupt, log, retry, set_alone, stop},
    secrets,
};
use crate::{
    keymap::Action,
    tui::{
        effect::Effect,
        model::{Model, Overlay, Question, Screen, SelectionMove},
    },
};

/// Does what an action says.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Help => model.on_top.open(Overlay::Help { offset: 0 }),
        Action::Palette => palette::open(model),
        Action::Launch => go(model, Screen::Launch),
        Action::Runs => go(model, Screen::Run),
        Action::Browse => go(model, Screen::Browse),
        Action::History => return history(model),
        Action::Secrets => return read_secrets(model),
        Action::NextScreen => return beside(model, 1),
        Action::PreviousScreen => return beside(model, -1),
        Action::Back => return back(model),
        Action::Theme => return next_theme(model),
        Action::Mouse => return toggle_mouse(model),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Interrupt => return interrupt(model),
        Action::Quit => return quit(model),
        Action::Up => step(model, -1),
        Action::Down => step(model, 1),
        Action::Left => return aside(model, -1),
        Action::Right => return aside(model, 1),
        Action::Top => jump(model, SelectionMove::Top),
        Action::Bottom => jump(model, SelectionMove::Bottom),
        Action::PageUp => page(model, -1),
        Action::PageDown => page(model, 1),
        Action::Filter => filter(model),
        Action::Sort => sort(model),
        Action::Refresh => return refresh(model),
        Action::Mark | Action::MarkAll | Action::Force => return launch::mark(model, action),
        Action::Start => launch::start(model),
        Action::Retry => return retry(model, false),
        Action::RetryFailed => return retry(model, true),
        Action::Stop => return stop(model),
        Action::Log => log(model),
        Action::Enter
        | Action::MarkTag
        | Action::MarkTags
        | Action::Unmark
        | Action::Clip
        | Action::ClipDigest
        | Action::OpenName
        | Action::Details => return browse::act(model, action),
        Action::Diff | Action::Copy | Action::Delete => return change::act(model, action),
        Action::Open => return with_selected(model, Effect::Open),
        Action::Resume => return resume(model),
        Action::Rollback => return rollback(model),
        Action::SetSecret | Action::NewSecret | Action::RemoveSecret => secrets::act(model, action),
    }
    Vec::new()
}

fn go(model: &mut Model, screen: Screen) {
    model.screen = screen;
}

/// What is on the screen may be old.
fn history(model: &mut Model) -> Vec<Effect> {
    go(model, Screen::History);
    vec![Effect::ReadPast]
}

/// So may what the keyring has, which others change too.
fn read_secrets(model: &mut Model) -> Vec<Effect> {
    go(model, Screen::Secrets);
    vec![Effect::ReadSecrets]
}

fn beside(model: &mut Model, by: isize) -> Vec<Effect> {
    let screen = model.screen.beside(by);
    act(model, screen.action())
}

fn back(model: &mut Model) -> Vec<Effect> {
    let is_filtered = model.list_mut().is_some_and(|list| !list.filter.is_empty());
    let is_alone = model.shown().is_some_and(|shown| shown.log.is_alone);
    match model.screen {
        Screen::Run if is_alone => set_alone(model, false),
        _ if is_filtered => {
            model.list_mut().into_iter().for_each(|list| list.filter.clear());
            model.arrange();
        }
        // From a run of the past to where it was opened.
        Screen::Run if model.runs.past().is_some() => {
            model.runs.close_past();
            model.screen = Screen::History;
        }
        Screen::Browse => return browse::back(model),
        _ => {}
    }
    Vec::new()
}

fn next_theme(model: &Model) -> Vec<Effect> {
    let place = model.around.themes.iter().position(|name| *name == model.around.look.theme.name);
    let next = place.map_or(0, |place| (place + 1) % model.around.themes.len().max(1));
    model.around.themes.get(next).cloned().map(Effect::Theme).into_iter().collect()
}

fn toggle_mouse(model: &mut Model) -> Vec<Effect> {
    model.around.mouse = !model.around.mouse;
    let what =
        if model.around.mouse { "castoff uses the mouse" } else { "the terminal uses the mouse" };
    model.say(what);
    vec![Effect::Mouse(model.around.mouse)]
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if !model.is_busy() {
        return vec![Effect::Quit];
    }
    model.on_top.open(Overlay::Confirm(Question::Quit));
    Vec::new()
}

fn filter(model: &mut Model) {
    if is_log_alone(model) {
        return;
    }
    if let Some(list) = model.list_mut() {
        let typed = list.filter.clone();
        model.on_top.filter = Some(typed.into());
    }
}

fn sort(model: &mut Model) {
    let how = match model.screen {
        Screen::Launch => model.launch.focus().map(|picks| {
            picks.by_name = !picks.by_name;
            if picks.by_name { "by name" } else { "as configured" }
        }),
        Screen::Run => model.shown_mut().map(|shown| {
            shown.order = shown.order.next();
            shown.order.name()
        }),
        Screen::Browse => model.browse.level_mut().sort_otherwise(),
        Screen::History => {
            model.history.order = model.history.order.next();
            Some(model.history.order.name())
        }
        Screen::Secrets => {
            model.secrets.missing_first = !model.secrets.missing_first;
            Some(if model.secrets.missing_first { "missing first" } else { "by name" })
        }
    };
    model.arrange();
    if let Some(how) = how {
        model.say(format!("sorted {how}"));
    }
}

fn refresh(model: &mut Model) -> Vec<Effect> {
    match model.screen {
        Screen::Launch => launch::reconfigure(model),
        Screen::Run => {
            let past = model.runs.past();
            past.map(|past| Effect::Open(past.run.id().to_owned())).into_iter().collect()
        }
        Screen::Browse => browse::refresh(model),
        Screen::History => vec![Effect::ReadPast],
        Screen::Secrets => read_secrets(model),
    }
}

fn with_selected(model: &Model, effect: impl FnOnce(String) -> Effect) -> Vec<Effect> {
    model.history.selected().map(|row| effect(row.id.clone())).into_iter().collect()
}

fn resume(model: &mut Model) -> Vec<Effect> {
    if model.is_busy() {
        model.warn("a run is active");
        return Vec::new();
    }
    let effects = with_selected(model, |run| Effect::Again { run, jobs: None });
    if !effects.is_empty() {
        model.runs.start(None);
        model.say("checking whether it can be resumed");
    }
    effects
}

/// As the palette's verb, which asks first and shows what each tag would name.
fn rollback(model: &mut Model) -> Vec<Effect> {
    if model.is_busy() {
        model.warn("a run is active");
        return Vec::new();
    }
    with_selected(model, |run| Effect::Verb(format!("rollback {run}")))
}
