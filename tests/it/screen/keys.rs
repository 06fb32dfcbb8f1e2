//! What each key does.

use castoff::{
    keymap::{Action, BINDINGS, Binding, Key, KeyScope, Keymap},
    model::{Failure, FailureKind, Selection, Side},
    plan::JobId,
    run::Stop,
    tui::{
        Effect, Msg,
        look::UNICODE,
        model::{Model, Overlay, Pane, Question, Screen},
    },
};

use super::{Console, all_done, job, one_failed, past, running, sight, stopped};

/// A console on the screen that a binding belongs to, with something to act on.
fn ready(scope: KeyScope) -> Console {
    let mut console = Console::new();
    console.see(sight());
    console.tell(Msg::Past(past(), Vec::new()));
    console.run(one_failed());
    console.tell(Msg::Ended);
    console.see(sight());
    match scope {
        KeyScope::Launch | KeyScope::Everywhere => console.press("1"),
        KeyScope::Run => console.press("2"),
        KeyScope::Browse => {
            super::browse::at_tags(&mut console);
            console.press("space down")
        }
        KeyScope::Secrets => {
            super::secrets::known(&mut console);
            console.press("5 down down")
        }
        KeyScope::Lists | KeyScope::History => console.press("4 down"),
    };
    console
}

/// What must be so after a key was pressed, given what was so before.
fn holds(action: Action, before: &Model, after: &Model, effects: &[Effect]) -> bool {
    let place = |model: &Model| model.history().list.place();
    let failed = || vec![job("push app linux/amd64 → hub")];
    match action {
        Action::Help => matches!(after.window(), Some(Overlay::Help { .. })),
        Action::Palette => matches!(after.window(), Some(Overlay::Palette(_))),
        Action::Launch => after.screen() == Screen::Launch,
        Action::Runs | Action::NextScreen => after.screen() == Screen::Run,
        Action::Browse => after.screen() == Screen::Browse,
        Action::Enter => {
            let place = &after.browse().level().place;
            matches!(place, castoff::tui::model::BrowsePath::Manifests(_))
        }
        Action::MarkTag => after.browse().marks.len() == 2,
        Action::MarkTags => after.browse().marks.len() == 5,
        Action::Unmark => after.browse().marks.is_empty(),
        Action::Diff => matches!(effects, [Effect::Compare(..)]),
        Action::Copy => matches!(after.window(), Some(Overlay::Choose(_))),
        Action::Delete => matches!(after.window(), Some(Overlay::Remove(_))),
        Action::Clip => matches!(effects, [Effect::Clip(_)]),
        Action::ClipDigest => footer(after).contains("its digest is not known"),
        Action::OpenName => matches!(after.window(), Some(Overlay::Ask(_))),
        Action::Details => matches!(after.window(), Some(Overlay::Message { .. })),
        Action::History => after.screen() == Screen::History && effects == [Effect::ReadPast],
        Action::Secrets | Action::PreviousScreen => {
            after.screen() == Screen::Secrets && effects == [Effect::ReadSecrets]
        }
        Action::Back => after.launch().picks[0].list.filter.is_empty(),
        Action::Theme => effects == [Effect::Theme("light".into())],
        Action::Mouse => effects == [Effect::Mouse(false)],
        Action::Redraw => effects == [Effect::Redraw],
        Action::Suspend => effects == [Effect::Suspend],
        Action::Interrupt | Action::Quit => effects == [Effect::Quit],
        Action::Up | Action::Top | Action::PageUp => place(before) == 1 && place(after) == 0,
        Action::Down | Action::Bottom | Action::PageDown => place(after) == 2,
        // Only some screens have something beside.
        Action::Left | Action::Right => place(before) == place(after),
        Action::Filter => footer(after).starts_with(" /"),
        Action::Sort => after.history().order != before.history().order,
        Action::Refresh => effects == [Effect::ReadPast],
        Action::Mark => after.launch().picks[0].marked().count() == 1 && is_look(effects),
        Action::MarkAll => after.launch().picks[0].marked().count() == 0 && effects.is_empty(),
        Action::Force => after.launch().force && is_look(effects),
        Action::Start => matches!(after.window(), Some(Overlay::Confirm(Question::Launch))),
        Action::Retry => effects == [again(Some(failed()))],
        Action::RetryFailed => effects == [again(None)],
        Action::Stop => footer(after).contains("no run is active") && effects.is_empty(),
        Action::Log => after.shown().is_some_and(|shown| shown.log.is_alone),
        Action::Open => effects == [Effect::Open("20261120-090000-0002".into())],
        Action::Resume => {
            let run = "20261120-090000-0002".to_owned();
            effects == [Effect::Again { run, jobs: None }] && after.is_busy()
        }
        Action::Rollback => effects == [Effect::Verb("rollback 20261120-090000-0002".into())],
        Action::SetSecret | Action::NewSecret => matches!(after.window(), Some(Overlay::Keep(_))),
        Action::RemoveSecret => {
            matches!(after.window(), Some(Overlay::Confirm(Question::RemoveSecret(_))))
        }
    }
}

/// The last line of the screen.
fn footer(model: &Model) -> String {
    let text = Console { model: model.clone() }.text();
    text.lines().last().unwrap_or_default().to_owned()
}

fn is_look(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::Look { .. }])
}

fn again(jobs: Option<Vec<JobId>>) -> Effect {
    Effect::Again { run: "20261121-101502-ab12".into(), jobs }
}

#[test]
fn every_key_of_the_table_does_what_it_says() {
    for Binding { action, scope, keys, .. } in BINDINGS {
        for key in *keys {
            let mut console = ready(*scope);
            if *action == Action::Back {
                console.press("/");
                console.type_text("app");
                console.press("enter");
            }
            let before = console.model.clone();
            let key = if *key == "R" { "R".to_owned() } else { (*key).to_owned() };
            let effects: Vec<Effect> = console.press(&key);
            // What is asked for besides is about the log of the selected cell.
            let is_asked = |effect: &Effect| !matches!(effect, Effect::ReadPrinted { .. });
            let effects: Vec<Effect> = effects.into_iter().filter(is_asked).collect();
            assert!(
                holds(*action, &before, &console.model, &effects),
                "`{key}` is to do {action:?}, and did {effects:?}"
            );
        }
    }
}

#[test]
fn no_key_of_the_table_has_two_meanings() {
    assert_eq!(Keymap::default().clashes(), []);
}

#[test]
fn keys_are_written_as_they_are_read() {
    for (text, shown) in [
        ("r", "r"),
        ("R", "R"),
        ("shift-r", "R"),
        ("?", "?"),
        ("ctrl-r", "Ctrl-r"),
        ("space", "Space"),
        ("f5", "F5"),
        ("alt-x", "Alt-x"),
        ("pageup", "PageUp"),
    ] {
        assert_eq!(text.parse::<Key>().unwrap().to_string(), shown);
    }
    for wrong in ["", "rr", "ctrl-", "hyper-x", "a-b"] {
        assert!(wrong.parse::<Key>().is_err(), "{wrong}");
    }
}

/// A plan that is longer than the screen.
fn long_sight() -> castoff::tui::model::Sight {
    let mut long = sight();
    long.outlooks = vec![long.outlooks.remove(0); 9];
    long
}

#[test]
fn left_and_right_go_to_the_next_list_and_to_the_next_column() {
    let mut console = ready(KeyScope::Launch);
    console.see(long_sight());
    console.press("l l l l");
    assert_eq!(console.model.launch().pane, Pane::Plan);
    console.press("down down");
    assert_eq!(console.model.launch().offset, 2);
    console.press("h");
    assert_eq!(console.model.launch().pane, Pane::Sinks);
    console.press("2 h h h h right right right");
    assert_eq!(console.model.shown().unwrap().stage, 3);
    console.press("left");
    assert_eq!(console.model.shown().unwrap().stage, 2);
}

#[test]
fn enter_launches_what_is_marked_having_asked_once() {
    let mut console = ready(KeyScope::Launch);
    console.press("l down space");
    console.see(sight());
    console.press("enter");
    assert!(matches!(console.model.window(), Some(Overlay::Confirm(_))));
    let platforms = ["linux/386", "linux/arm/v7", "linux/arm64"].map(|of| of.parse().unwrap());
    let selection = Selection { platforms: platforms.to_vec(), ..Selection::default() };
    assert_eq!(console.model.launch().selection(), selection);
    // What was shown is what is done.
    assert_eq!(console.press("enter"), [super::agreed("launch")]);
    assert!(console.model.is_busy());
}

#[test]
fn all_marked_is_what_a_command_line_without_a_selection_means() {
    let console = ready(KeyScope::Launch);
    assert_eq!(console.model.launch().selection(), Selection::default());
}

#[test]
fn any_other_key_than_yes_does_nothing() {
    let mut console = ready(KeyScope::Launch);
    console.press("enter");
    for key in ["n", "x", "q", "1", "ctrl-y"] {
        assert_eq!(console.press(key), []);
        assert!(console.text().contains("Enter or y confirms, Esc goes back"));
    }
    assert_eq!(console.press("esc"), []);
    assert!(console.model.window().is_none());
}

#[test]
fn what_would_be_refused_is_not_launched() {
    let mut console = ready(KeyScope::Launch);
    let mut refused = sight();
    refused.refusals.push(Failure::new(FailureKind::NotFound, Side::Sink, "no such bucket"));
    console.press("f");
    console.see(refused);
    console.press("enter");
    assert!(console.model.window().is_none());
    assert!(footer(&console.model).contains("refused"));
}

#[test]
fn stopping_drains_first_and_then_cancels() {
    for key in ["x", "ctrl-c"] {
        let mut console = Console::new();
        console.run(running());
        assert_eq!(console.press(key), [Effect::Stop(Stop::Drain)]);
        let mut console = Console::new();
        console.run(stopped());
        assert_eq!(console.press(key), [Effect::Stop(Stop::Cancel)]);
    }
}

#[test]
fn an_interrupt_is_heard_whatever_lies_on_top() {
    for keys in ["?", ":", "/", "q", "1"] {
        let mut console = Console::new();
        console.run(running());
        console.press(keys);
        assert!(console.press("ctrl-c").contains(&Effect::Stop(Stop::Drain)), "{keys}");
    }
}

#[test]
fn leaving_asks_while_something_runs() {
    for (key, stop) in [("d", Stop::Drain), ("c", Stop::Cancel)] {
        let mut console = Console::new();
        console.run(running());
        assert!(!console.press("q").contains(&Effect::Quit));
        assert_eq!(console.press(key), [Effect::Stop(stop)]);
        assert_eq!(console.tell(Msg::Ended), [Effect::Quit]);
    }
    let mut console = Console::new();
    console.run(running());
    assert_eq!(console.press("q esc"), []);
    assert!(!console.tell(Msg::Ended).contains(&Effect::Quit));
}

#[test]
fn being_told_to_end_cancels_the_run_first() {
    let mut console = Console::new();
    assert_eq!(console.tell(Msg::Terminate), [Effect::Quit]);
    let mut console = Console::new();
    console.run(running());
    assert_eq!(console.tell(Msg::Terminate), [Effect::Stop(Stop::Cancel)]);
    assert_eq!(console.tell(Msg::Ended), [Effect::Quit]);
}

#[test]
fn a_blocked_cell_is_retried_by_what_blocks_it() {
    let mut console = Console::new();
    console.run(one_failed());
    console.tell(Msg::Ended);
    console.press("l l l l l l l");
    let failed = vec![job("push app linux/amd64 → hub")];
    assert!(console.press("r").contains(&again(Some(failed))));
}

#[test]
fn a_failed_cell_is_retried_while_the_run_goes_on() {
    let mut console = Console::new();
    console.run(one_failed());
    let failed = vec![job("push app linux/amd64 → hub")];
    assert!(console.press("R").contains(&again(Some(failed))));
    assert!(console.model.shown().unwrap().is_live);
}

#[test]
fn what_is_done_needs_no_retry() {
    let mut console = Console::new();
    console.run(all_done());
    console.tell(Msg::Ended);
    for key in ["r", "R"] {
        assert!(!console.press(key).iter().any(|effect| matches!(effect, Effect::Again { .. })));
    }
}

#[test]
fn a_retried_run_keeps_the_selected_cell() {
    let mut console = Console::new();
    console.run(one_failed());
    console.tell(Msg::Ended);
    console.press("down");
    let events = super::events(one_failed());
    let run = castoff::run::Run::replay(&events).unwrap();
    console.tell(Msg::Began { run: Box::new(run), events });
    let shown = console.model.shown().unwrap();
    assert_eq!((shown.rows.selected(), shown.stage), (Some(2), 2));
}

#[test]
fn escape_leads_from_a_run_of_the_past_back_to_history() {
    let mut console = Console::new();
    console.run(running());
    console.tell(Msg::Opened(
        super::events(all_done())
            .into_iter()
            .map(|mut event| {
                if let castoff::run::EventKind::RunStarted { run, .. } = &mut event.event {
                    "another".clone_into(run);
                }
                event
            })
            .collect(),
    ));
    assert_eq!(console.model.shown().unwrap().run.id(), "another");
    console.press("esc");
    assert_eq!(console.model.screen(), Screen::History);
    assert_eq!(console.model.shown().unwrap().run.id(), "20261121-101502-ab12");
}

#[test]
fn a_filter_narrows_while_it_is_typed_and_escape_takes_it_away() {
    let mut console = Console::new();
    console.run(one_failed());
    console.press("/");
    console.type_text("arm");
    assert_eq!(console.model.shown().unwrap().rows.len(), 2);
    console.press("enter");
    assert_eq!(console.model.shown().unwrap().rows.len(), 2);
    console.press("esc");
    assert_eq!(console.model.shown().unwrap().rows.len(), 5);
}

#[test]
fn rows_are_found_by_how_they_stand() {
    let mut console = Console::new();
    console.run(one_failed());
    console.press("/");
    console.type_text("'failed");
    let shown = console.model.shown().unwrap();
    assert_eq!(shown.rows.shown(), [1]);
}

#[test]
fn the_worst_rows_are_sorted_first() {
    let mut console = Console::new();
    console.run(one_failed());
    console.press("s");
    assert_eq!(console.model.shown().unwrap().rows.shown()[0], 1);
}

#[test]
fn the_palette_completes_names_and_runs_and_does_verbs() {
    let rollback = castoff::tui::model::PaletteVerb {
        name: "rollback".into(),
        help: "Puts tags back".into(),
        options: vec!["--help".into()],
        takes_run: true,
    };
    let mut console = Console::of(vec![rollback], &UNICODE);
    console.tell(Msg::Past(past(), Vec::new()));
    console.press(":");
    console.type_text("rollb");
    console.press("tab");
    console.press("tab");
    assert_eq!(console.press("enter"), [Effect::Verb("rollback 20261121-090000-0003".into())]);
    console.press(":");
    console.type_text("theme li");
    console.press("tab");
    assert_eq!(console.press("enter"), [Effect::Theme("light".into())]);
    console.press(":");
    console.type_text("quit");
    assert_eq!(console.press("enter"), [Effect::Quit]);
}

#[test]
fn the_palette_does_what_belongs_to_another_screen_there() {
    let mut console = Console::new();
    console.run(one_failed());
    console.press("1 :");
    console.type_text("retry_failed");
    let effects = console.press("enter");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Again { .. })), "{effects:?}");
    assert_eq!(console.model.screen(), Screen::Run);
}

#[test]
fn pasted_text_presses_no_keys() {
    let mut console = Console::new();
    console.run(running());
    console.tell(Msg::Paste("q\nx".into()));
    assert!(console.model.window().is_none());
    console.press(":");
    console.tell(Msg::Paste("retry\r\n".into()));
    assert!(
        matches!(console.model.window(), Some(Overlay::Palette(of)) if of.input.value() == "retry")
    );
}

#[test]
fn what_is_typed_is_not_in_the_debug_output_of_a_message() {
    let msg = Msg::Key(super::key_event("s"));
    assert_eq!(format!("{msg:?} {:?}", Msg::Paste("secret".into())), "Key Paste");
}

/// The keys as the README has them.
fn table() -> String {
    let mut table = "| key | does | name |\n|---|---|---|\n".to_owned();
    for scope in [
        KeyScope::Everywhere,
        KeyScope::Lists,
        KeyScope::Launch,
        KeyScope::Run,
        KeyScope::Browse,
        KeyScope::History,
        KeyScope::Secrets,
    ] {
        for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
            let keys = Keymap::default();
            let keys: Vec<String> =
                keys.keys(binding.action).iter().map(|key| format!("`{key}`")).collect();
            let place = match scope {
                KeyScope::Everywhere | KeyScope::Lists => String::new(),
                scope => format!("{}: ", scope.title()),
            };
            let row =
                format!("| {} | {place}{} | `{}` |\n", keys.join(" "), binding.help, binding.name);
            table.push_str(&row);
        }
    }
    table
}

#[test]
fn the_readme_has_the_table_of_keys() {
    let readme = include_str!("../../../README.md");
    let table = table();
    assert!(readme.contains(&table), "the README needs:\n{table}");
}

#[test]
fn what_is_scrolled_to_its_end_comes_back_at_once() {
    let mut console = ready(KeyScope::Launch);
    console.press("?");
    console.press("end");
    let end = console.text();
    console.press("up");
    assert_ne!(console.text(), end);
    console.see(long_sight());
    console.press("esc l l l G");
    let end = console.text();
    console.press("k");
    assert_ne!(console.text(), end);
}

#[test]
fn a_run_that_was_interrupted_goes_on_as_a_whole() {
    let mut console = Console::new();
    console.tell(Msg::Opened(super::events(running())));
    assert!(console.press("R").contains(&again(None)));
}
