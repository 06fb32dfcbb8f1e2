//! Secrets that a run asks for before it begins.

use castoff::tui::{
    Effect, Msg,
    model::{Overlay, TypedSecret},
};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{Console, running, sight, views::looks};

const WHAT: &str = "the passphrase of release-key";

/// Launches, and is asked for one secret.
fn asked(console: &mut Console) {
    console.see(sight());
    console.press("enter enter");
    console.tell(Msg::Needed { asked: 1, what: WHAT.into(), is_open: false });
}

fn console() -> Console {
    let mut console = Console::new();
    asked(&mut console);
    console
}

fn given(asked: u64, secret: &str) -> Effect {
    Effect::Answer { asked, secret: Some(TypedSecret(secret.into())) }
}

fn refused(asked: u64) -> Effect {
    Effect::Answer { asked, secret: None }
}

#[test]
fn a_secret_is_asked_for_masked() {
    looks("prompt", |console| {
        asked(console);
        console.type_text("hunter2");
    });
}

#[test]
fn a_secret_that_is_nothing_is_not_given() {
    looks("prompt_missed", |console| {
        asked(console);
        assert_eq!(console.press("enter"), []);
    });
}

#[test]
fn whose_a_secret_is_is_shown_and_may_be_left_as_it_is() {
    looks("prompt_open", |console| {
        asked(console);
        console.type_text("hunter2");
        console.press("enter");
        let what = "Enter Keycloak Username [joe@example.org]".into();
        console.tell(Msg::Needed { asked: 2, what, is_open: true });
        console.type_text("eve");
    });
    let mut console = console();
    console.type_text("hunter2");
    console.press("enter");
    console.tell(Msg::Needed { asked: 2, what: "User".into(), is_open: true });
    assert_eq!(console.press("enter"), [given(2, "")]);
}

#[test]
fn what_is_typed_is_given_once_and_the_next_is_asked_for() {
    let mut console = console();
    console.tell(Msg::Needed {
        asked: 2,
        what: "the passphrase of other-key".into(),
        is_open: false,
    });
    assert!(console.text().contains(WHAT));
    console.type_text("hunter2");
    assert_eq!(console.press("enter"), [given(1, "hunter2")]);
    assert!(console.text().contains("the passphrase of other-key"), "{}", console.text());
    assert!(!console.text().contains('*'), "{}", console.text());
    console.type_text("q?1");
    assert_eq!(console.press("enter"), [given(2, "q?1")]);
    assert!(console.text().contains("trying it"), "{}", console.text());
    console.run(running());
    assert!(!console.text().contains("passphrase"));
}

#[test]
fn whoever_refuses_one_is_asked_for_none() {
    for keys in ["esc", "ctrl-c"] {
        let mut console = console();
        console.tell(Msg::Needed {
            asked: 2,
            what: "the passphrase of other-key".into(),
            is_open: false,
        });
        console.type_text("hunter");
        assert_eq!(console.press(keys), [refused(1), refused(2)]);
        assert!(!console.text().contains("passphrase"));
    }
}

#[test]
fn whoever_is_ended_refuses_and_waits_for_the_refusal() {
    let mut console = console();
    let effects = console.tell(Msg::Terminate);
    assert_eq!(effects[0], refused(1));
    assert_eq!(console.tell(Msg::Ended), [Effect::Quit]);
}

#[test]
fn nothing_is_typed_into_it_that_was_meant_for_something_else() {
    let mut console = Console::new();
    console.see(sight());
    console.press(":");
    console.tell(Msg::Needed { asked: 1, what: WHAT.into(), is_open: false });
    console.type_text("pla");
    assert!(
        matches!(console.model.window(), Some(Overlay::Palette(of)) if of.input.value() == "pla")
    );
    console.press("esc");
    assert!(console.text().contains(WHAT), "{}", console.text());
    // Nor does what comes later take what is typed.
    console.type_text("hunt");
    console.tell(Msg::Told { title: "ls".into(), lines: vec!["a line".into()] });
    console.type_text("er2");
    assert_eq!(console.press("enter"), [given(1, "hunter2")]);
    console.run(running());
    assert!(console.text().contains("a line"), "{}", console.text());
}

#[test]
fn a_click_beside_it_neither_gives_nor_refuses() {
    let mut console = console();
    let (kind, modifiers) =
        (MouseEventKind::Down(MouseButton::Left), crossterm::event::KeyModifiers::NONE);
    assert_eq!(console.tell(Msg::Mouse(MouseEvent { kind, column: 1, row: 0, modifiers })), []);
    assert!(console.text().contains(WHAT));
}

#[test]
fn what_is_typed_is_neither_on_the_screen_nor_in_the_debug_output_of_anything() {
    let mut console = console();
    console.type_text("hunter");
    console.tell(Msg::Paste("2\r\n".into()));
    let shown = format!("{:?} {}", console.model, console.text());
    assert!(shown.contains("*******") && !shown.contains("hunter"), "{shown}");
    let effects = console.press("enter");
    assert_eq!(effects, [given(1, "hunter2")]);
    let shown = format!("{effects:?} {:?} {}", console.model, console.text());
    assert!(!shown.contains("hunter"), "{shown}");
}
