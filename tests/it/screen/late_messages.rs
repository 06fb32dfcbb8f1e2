//! What comes late takes no key that was meant for something else.

use castoff::{
    model::{Failure, FailureKind, Side},
    tui::{
        Effect, Msg,
        model::{Agreeing, Agreement, Overlay, Screen},
    },
};

use super::{Console, agreed, browse::at_tags, proposal, running, sight};

const WHAT: &str = "the passphrase of release-key";

fn failed(kind: FailureKind) -> Msg {
    let failures = vec![Failure::new(kind, Side::Sink, "the server hung up")];
    Msg::Failed { what: "inspect".into(), failures }
}

#[test]
fn a_late_failure_does_not_close_what_is_typed() {
    let mut console = Console::new();
    console.press("5 o");
    console.type_text("my-key");
    console.press("enter");
    console.type_text("corr");
    console.tell(failed(FailureKind::Network));
    console.tell(Msg::Told { title: "ls".into(), lines: vec!["a line".into()] });
    assert!(matches!(console.model.window(), Some(Overlay::Keep(_))), "{}", console.text());
    console.press("esc");
    assert!(console.text().contains("the server hung up"), "{}", console.text());
    // One after another.
    console.press("enter");
    assert!(console.text().contains("a line"), "{}", console.text());
    console.press("esc");
    assert!(console.model.window().is_none());
}

#[test]
fn a_message_waits_for_a_filter_that_is_typed() {
    let mut console = Console::new();
    at_tags(&mut console);
    console.press("/");
    console.type_text("0.");
    console.tell(failed(FailureKind::Network));
    console.type_text("1");
    assert!(console.model.window().is_none());
    console.press("enter");
    assert!(console.text().contains("the server hung up"), "{}", console.text());
}

#[test]
fn no_letter_closes_a_message_or_does_what_it_does_elsewhere() {
    let mut console = Console::new();
    console.see(sight());
    console.tell(failed(FailureKind::Network));
    for c in "hunter2qDrux5:/?cmy".chars() {
        assert_eq!(console.press(&c.to_string()), []);
    }
    assert!(matches!(console.model.window(), Some(Overlay::Message { .. })));
    assert_eq!(console.model.screen(), Screen::Launch);
    assert!(console.text().contains("Enter or Esc closes"), "{}", console.text());
    console.press("enter");
    assert!(console.model.window().is_none());
}

#[test]
fn no_letter_answers_a_question_that_comes_by_itself() {
    let mut console = Console::new();
    console.press("3");
    console.tell(failed(FailureKind::Changed));
    for c in "hunt2q".chars() {
        assert_eq!(console.press(&c.to_string()), []);
    }
    assert_eq!(console.model.screen(), Screen::Browse);
    console.press("esc");
    assert!(console.model.window().is_none());
}

#[test]
fn what_is_typed_after_a_wrong_passphrase_is_no_command() {
    let mut console = Console::new();
    console.see(sight());
    console.press("enter enter");
    console.tell(Msg::Needed { asked: 1, what: WHAT.into(), is_open: false });
    console.type_text("wrong");
    console.press("enter");
    // While it is tried, and after.
    for c in "hunter2qDx".chars() {
        assert_eq!(console.press(&c.to_string()), []);
    }
    assert_eq!(console.model.screen(), Screen::Launch);
    let again = format!("{WHAT} (wrong; try again)");
    console.tell(Msg::Needed { asked: 2, what: again, is_open: false });
    assert!(console.text().contains("(wrong; "), "{}", console.text());
    console.type_text("right");
    let effects = console.press("enter");
    assert!(matches!(effects[..], [Effect::Answer { asked: 2, secret: Some(_) }]), "{effects:?}");
    console.run(running());
    assert!(!console.text().contains("passphrase"), "{}", console.text());
    assert_eq!(console.model.screen(), Screen::Run);
}

#[test]
fn a_line_of_the_palette_that_moves_tags_is_agreed_to_once_they_were_shown() {
    let mut console = Console::new();
    let line = "copy hub/app:1.0 shelf/app:stable".to_owned();
    let none = Agreeing::new(line.clone(), Agreement::Move, proposal(Vec::new()));
    assert_eq!(console.tell(Msg::Agree(none)), [agreed(&line)]);
    console.tell(Msg::Ended);
    let moves = vec!["app:stable at shelf: 0123456789ab → ba9876543210".to_owned()];
    console.tell(Msg::Agree(Agreeing::new(line.clone(), Agreement::Move, proposal(moves))));
    let text = console.text();
    assert!(text.contains("0123456789ab → ba9876543210"), "{text}");
    console.rest();
    for c in "hunter2q".chars() {
        assert_eq!(console.press(&c.to_string()), []);
    }
    assert_eq!(console.press("enter"), [agreed(&line)]);
}
