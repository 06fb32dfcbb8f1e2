//! Questions: what was shown is what is done, all of it is shown, and one form
//! answers all of them.

use castoff::{
    model::{Failure, FailureKind, Side},
    plan::JobId,
    run::EventKind,
    tui::{
        Effect, Msg,
        model::{Agreeing, Agreement, Screen, Sight},
    },
};

use super::{
    Console, agreed, browse::at_tags, failed, job, one_failed, proposal, running, sight, started,
};

fn conflict() -> Vec<Failure> {
    vec![Failure::new(FailureKind::Conflict, Side::Sink, "`app:latest` at `hub` moved meanwhile")]
}

fn asking(console: &mut Console, lines: usize) {
    let changes = (0..lines).map(|line| format!("tag v1.{line:02} goes")).collect();
    let line = "gc hub/app --keep 2".to_owned();
    console.tell(Msg::Agree(Agreeing::new(line, Agreement::Remove, proposal(changes))));
    console.rest();
}

#[test]
fn a_question_that_opens_by_itself_is_not_answered_by_what_is_being_typed() {
    let mut console = Console::new();
    console.press(":");
    console.type_text("gc hub/app --keep 2");
    console.press("enter");
    assert!(console.text().contains("preparing a plan"), "{}", console.text());
    let line = "gc hub/app --keep 2".to_owned();
    let changes = proposal(vec!["tag v1.00 goes".to_owned()]);
    console.tell(Msg::Agree(Agreeing::new(line.clone(), Agreement::Remove, changes)));
    let text = console.text();
    assert!(text.contains("tag v1.00 goes") && !text.contains("Enter or y"), "{text}");
    for c in "y:copy hub/app:1 hub/app:y".chars() {
        assert_eq!(console.press_at_once(&c.to_string().replace(' ', "space")), []);
    }
    assert_eq!(console.press_at_once("enter"), []);
    console.rest();
    assert!(console.text().contains("Enter or y  remove"), "{}", console.text());
    assert_eq!(console.press("y"), [agreed(&line)]);
}

#[test]
fn a_key_that_is_pressed_twice_answers_no_question() {
    let mut console = Console::new();
    console.see(sight());
    assert_eq!(console.press_at_once("enter enter y"), []);
    assert!(console.model.window().is_some());
    console.rest();
    assert!(!console.press_at_once("y").is_empty());
    let mut console = Console::new();
    console.run(running());
    assert_eq!(console.press_at_once("q c d"), []);
    console.rest();
    assert!(!console.press_at_once("c").is_empty());
}

#[test]
fn a_question_that_follows_on_another_takes_no_answer_at_once() {
    let mut console = Console::new();
    asking(&mut console, 2);
    asking(&mut console, 2);
    assert_eq!(console.press_at_once("y"), [agreed("gc hub/app --keep 2")]);
    assert_eq!(console.press_at_once("y"), []);
    console.rest();
    assert!(console.text().contains("Enter or y  remove"), "{}", console.text());
}

#[test]
fn a_removal_that_is_scrolled_to_its_end_comes_back_at_once() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("D");
    let [Effect::Consequences { asked, .. }] = effects[..] else { panic!("{effects:?}") };
    let lines = (0..60).map(|line| format!("manifest {line} is removed")).collect();
    console.tell(Msg::Entailed { asked, entails: Ok(proposal(lines)) });
    for _ in 0..20 {
        console.press("pagedown");
    }
    let end = console.text();
    assert!(end.contains("manifest 59 is removed"), "{end}");
    console.press("up");
    assert_ne!(console.text(), end);
}

#[test]
fn what_moved_meanwhile_is_asked_for_again_once_that_was_read() {
    let mut console = Console::new();
    asking(&mut console, 2);
    assert_eq!(console.press("y"), [agreed("gc hub/app --keep 2")]);
    let what = "gc".to_owned();
    let effects = console.tell(Msg::Failed { what, failures: conflict() });
    assert_eq!(effects, [Effect::Verb("gc hub/app --keep 2".into())]);
    assert!(console.text().contains("moved meanwhile"), "{}", console.text());
    // What did not work otherwise is not asked for again.
    console.press("enter");
    asking(&mut console, 2);
    console.press("enter");
    let failures = vec![Failure::new(FailureKind::Network, Side::Sink, "no route")];
    assert_eq!(console.tell(Msg::Failed { what: "gc".into(), failures }), []);
}

#[test]
fn a_removal_that_moved_meanwhile_comes_back_with_what_there_is_now() {
    let mut console = Console::new();
    at_tags(&mut console);
    let effects = console.press("D");
    let [Effect::Consequences { asked, .. }] = effects[..] else { panic!("{effects:?}") };
    let entails = Ok(proposal(vec!["it names sha256:1".to_owned()]));
    console.tell(Msg::Entailed { asked, entails });
    console.type_text("0.10");
    assert_eq!(console.press("enter"), [agreed("delete")]);
    let effects = console.tell(Msg::Failed { what: "delete".into(), failures: conflict() });
    let [Effect::Consequences { asked, .. }] = effects[..] else { panic!("{effects:?}") };
    // It may come before the message is read.
    let entails = Ok(proposal(vec!["it names sha256:2".to_owned()]));
    console.tell(Msg::Entailed { asked, entails });
    assert!(console.text().contains("moved meanwhile"), "{}", console.text());
    console.press("enter");
    assert!(console.text().contains("it names sha256:2"), "{}", console.text());
}

#[test]
fn all_that_is_agreed_to_can_be_seen() {
    for size in [(80, 20), (120, 40)] {
        let mut console = Console::new().sized(size);
        asking(&mut console, 60);
        assert!(console.text().contains("more below"), "{}", console.text());
        let mut seen = String::new();
        for _ in 0..60 {
            seen.push_str(&console.text());
            console.press("down");
        }
        for line in 0..60 {
            assert!(seen.contains(&format!("tag v1.{line:02} goes")), "{line}");
        }
        assert!(!console.text().contains("more below"), "{}", console.text());
        assert_eq!(console.press("y"), [agreed("gc hub/app --keep 2")]);
    }
}

#[test]
fn one_form_answers_every_question() {
    let questions: [fn(&mut Console); 3] = [
        |console| {
            console.see(sight());
            console.press("enter");
        },
        |console| asking(console, 2),
        |console| {
            let changed = Failure::new(FailureKind::Changed, Side::Source, "it changed");
            console.tell(Msg::Failed { what: "run".into(), failures: vec![changed] });
        },
    ];
    for ask in questions {
        for yes in ["enter", "y"] {
            let mut console = Console::new();
            ask(&mut console);
            console.rest();
            assert!(console.text().contains("Enter or y"), "{}", console.text());
            assert_eq!(console.press("n x q 2"), []);
            assert!(console.text().contains("Enter or y confirms, Esc goes back"));
            assert!(!console.press(yes).is_empty());
            assert!(console.model.window().is_none());
        }
        let mut console = Console::new();
        ask(&mut console);
        assert_eq!(console.press("esc"), []);
        assert!(console.model.window().is_none());
    }
}

#[test]
fn nothing_is_done_on_a_screen_that_shows_nothing_of_it() {
    let mut console = Console::new();
    console.see(sight());
    console.tell(Msg::Resize(60, 15));
    assert_eq!(console.press("1 enter y 3 D : x ctrl-r"), []);
    assert_eq!(console.tell(Msg::Paste("q".into())), []);
    console.tell(Msg::Resize(120, 40));
    assert!(console.model.window().is_none());
    assert_eq!(console.model.screen(), Screen::Launch);
    console.tell(Msg::Resize(60, 15));
    assert!(console.text().contains("q leaves"), "{}", console.text());
    assert_eq!(console.press("q"), [Effect::Quit]);
}

#[test]
fn a_small_screen_asks_before_a_run_is_left_and_loses_no_question() {
    let mut console = Console::new();
    console.run(running());
    asking(&mut console, 2);
    console.tell(Msg::Resize(60, 15));
    assert_eq!(console.press("enter y"), []);
    assert_eq!(console.press("q"), []);
    assert!(console.text().contains("c  cancel the run and leave"), "{}", console.text());
    assert_eq!(console.press("x"), []);
    assert!(console.text().contains("q leaves"), "{}", console.text());
    console.tell(Msg::Resize(120, 40));
    assert!(console.text().contains("tag v1.01 goes"), "{}", console.text());
    console.tell(Msg::Resize(60, 15));
    let effects = console.press("q d");
    assert!(matches!(effects[..], [Effect::Stop(_)]), "{effects:?}");
}

#[test]
fn what_is_worth_knowing_stands_in_the_plan_and_in_the_question() {
    let back = "`app:latest` at hub moves to an older version: it names 2.0 now, and this run is \
                1.0";
    let mut console = Console::new().sized((160, 40));
    console.see(Sight { notices: vec![back.to_owned()], ..sight() });
    assert!(
        console.text().contains("moves to an older version: it names 2.0 now"),
        "{}",
        console.text()
    );
    console.press("enter");
    assert!(console.text().matches("moves to an older version").count() > 1, "{}", console.text());
}

fn cell(console: &Console) -> Vec<JobId> {
    console.model.shown().unwrap().selected_jobs().to_vec()
}

#[test]
fn the_cursor_goes_to_the_first_failure_unless_it_was_moved() {
    let name = "push app linux/amd64 → hub";
    let mut console = Console::new();
    console.run(one_failed());
    assert_eq!(cell(&console), [job(name)]);
    let mut console = Console::new();
    console.tell(Msg::Opened(super::events(one_failed())));
    assert_eq!(cell(&console), [job(name)]);
    let mut console = Console::new();
    console.run(running());
    console.press("down down down");
    let before = cell(&console);
    for event in super::events(vec![started(name), failed(name)]) {
        if !matches!(event.event, EventKind::RunStarted { .. }) {
            console.tell(Msg::Happened(Box::new(event), None));
        }
    }
    assert_eq!(cell(&console), before);
}

#[test]
fn the_counts_of_a_run_add_up() {
    let mut console = Console::new();
    console.run(one_failed());
    console.tell(Msg::Resize(160, 40));
    let text = console.text();
    let line = text.lines().find(|line| line.contains(" done · ")).expect("the totals");
    let words: Vec<&str> = line.split_whitespace().collect();
    let count = |what: &str| -> usize {
        let place = words.iter().position(|word| *word == what);
        place.map_or(0, |place| words[place - 1].parse().unwrap_or_default())
    };
    let done: usize =
        words[words.iter().position(|word| *word == "of").unwrap() - 1].parse().unwrap();
    let parts = ["failed", "left", "waiting"].map(count);
    let running: usize =
        words[words.iter().position(|word| *word == "running").unwrap() - 1].parse().unwrap();
    let all: usize =
        words[words.iter().position(|word| *word == "of").unwrap() + 1].parse().unwrap();
    assert_eq!(done + running + parts.iter().sum::<usize>(), all, "{line}");
}
