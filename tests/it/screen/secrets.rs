//! The Secrets screen: names and never a value.

use castoff::{
    model::{Failure, FailureKind, SecretStanding, Side},
    tui::{
        Effect, Msg,
        model::{Overlay, Question, Screen, TypedSecret},
    },
};

use super::{Console, views::looks};

const KEYRING: &str = "the system's keyring";

fn row(name: &str, needed_by: &str, kept: Option<bool>, source: Option<&str>) -> SecretStanding {
    SecretStanding {
        name: name.into(),
        needed_by: needed_by.into(),
        in_keyring: kept,
        source: source.map(str::to_owned),
    }
}

fn rows() -> Vec<SecretStanding> {
    vec![
        row("docker://mirror.example.org", "sink mirror", Some(false), None),
        row(
            "docker://registry.example.org",
            "sink hub",
            Some(false),
            Some("Docker's configuration"),
        ),
        row("release-key", "signer release-key", Some(true), Some("keyring")),
        row("signing", "signer minisign", Some(false), Some("$CASTOFF_SECRET_SIGNING")),
        row("what-was-once", "", Some(true), Some("keyring")),
    ]
}

fn locked() -> Failure {
    Failure::new(FailureKind::Forbidden, Side::Local, "the keyring is locked")
        .hint("unlock it (logging in to the desktop does that), and try again")
}

/// Tells the console what there is.
pub(super) fn known(console: &mut Console) {
    console.tell(Msg::Secrets(rows(), Ok(KEYRING)));
}

/// Tells the console of a secret in which every text is `text`.
pub(super) fn safely(console: &mut Console, text: &str, failure: Failure) {
    let rows = vec![row(text, text, Some(true), Some(text))];
    console.tell(Msg::Secrets(rows, Err(Box::new(failure))));
}

/// The screen with what there is.
fn screen() -> Console {
    let mut console = Console::new();
    known(&mut console);
    console.press("5");
    console
}

#[test]
fn secrets_says_that_it_is_asking() {
    looks("secrets_asking", |console| {
        console.press("5");
    });
}

#[test]
fn secrets_shows_what_is_needed_and_where_it_comes_from() {
    looks("secrets", |console| {
        known(console);
        console.press("5 down");
    });
}

#[test]
fn secrets_shows_why_the_keyring_cannot_be_asked() {
    looks("secrets_locked", |console| {
        let unknown = |row: SecretStanding| SecretStanding { in_keyring: None, ..row };
        let rows = rows().into_iter().map(unknown).collect();
        console.tell(Msg::Secrets(rows, Err(Box::new(locked()))));
        console.press("5");
    });
}

#[test]
fn secrets_masks_what_is_typed() {
    looks("secrets_set", |console| {
        known(console);
        console.press("5 down down enter");
        console.type_text("hunter2");
    });
}

#[test]
fn secrets_says_that_the_two_were_not_the_same() {
    looks("secrets_again", |console| {
        known(console);
        console.press("5 down down enter");
        console.type_text("hunter2");
        console.press("enter");
        console.type_text("hunter3");
        console.press("enter");
    });
}

#[test]
fn secrets_asks_before_one_is_removed() {
    looks("secrets_remove", |console| {
        known(console);
        console.press("5 down down D");
    });
}

#[test]
fn what_is_typed_twice_is_kept() {
    let mut console = screen();
    console.press("down down enter");
    console.type_text("hunter2");
    assert_eq!(console.press("enter"), []);
    console.type_text("hunter2");
    let secret = TypedSecret("hunter2".into());
    let kept = Effect::KeepSecret { name: "release-key".into(), secret };
    assert_eq!(console.press("enter"), [kept]);
    assert!(console.model.window().is_none());
}

#[test]
fn what_opens_a_registry_or_a_bucket_has_two_parts() {
    for (name, asked) in [
        ("docker://example.org", ["the user", "the password"]),
        ("s3://bucket", ["the id of the access key", "the secret access key"]),
    ] {
        let mut console = screen();
        console.press("o");
        for (text, question) in
            [(name, asked[0]), ("bob", asked[1]), ("pass:word", "the same again")]
        {
            console.type_text(text);
            assert_eq!(console.press("enter"), []);
            assert!(console.text().contains(question), "{}", console.text());
        }
        console.type_text("pass:word");
        let secret = TypedSecret("bob:pass:word".into());
        let kept = Effect::KeepSecret { name: name.into(), secret };
        assert_eq!(console.press("enter"), [kept]);
    }
}

#[test]
fn nothing_is_kept_that_was_not_typed_twice() {
    let mut console = screen();
    console.press("down down enter");
    assert_eq!(console.press("enter"), []);
    assert!(console.text().contains("nothing was typed"));
    console.type_text("hunter2");
    console.press("enter");
    console.type_text("other");
    assert_eq!(console.press("enter"), []);
    // The second of two that were not the same is forgotten with the first.
    console.type_text("hunter2");
    assert_eq!(console.press("enter"), []);
    assert_eq!(console.press("esc"), []);
    assert!(console.model.window().is_none());
    assert!(console.text().contains("nothing was stored"));
}

#[test]
fn a_secret_is_neither_on_the_screen_nor_in_the_debug_output_of_anything() {
    let mut console = screen();
    console.press("down down enter");
    console.type_text("hunter");
    console.tell(Msg::Paste("2\r\n".into()));
    let shown = |console: &Console| format!("{:?} {}", console.model, console.text());
    assert!(!shown(&console).contains("hunter"), "{}", console.text());
    console.press("enter");
    assert!(!shown(&console).contains("hunter"));
    console.type_text("hunter2");
    let effects = console.press("enter");
    assert!(matches!(&effects[..], [Effect::KeepSecret { .. }]));
    assert!(!format!("{effects:?}").contains("hunter"), "{effects:?}");
    assert!(!shown(&console).contains("hunter"));
}

#[test]
fn one_is_removed_after_a_yes_and_only_where_it_is() {
    let mut console = screen();
    console.press("D");
    assert!(console.model.window().is_none());
    assert!(console.text().contains("the keyring has no `docker://mirror.example.org`"));
    console.press("down down D");
    let question = console.model.window();
    assert!(matches!(question, Some(Overlay::Confirm(Question::RemoveSecret(_)))));
    assert_eq!(console.press("n"), []);
    assert_eq!(console.press("esc D y"), [Effect::RemoveSecret("release-key".into())]);
}

#[test]
fn what_is_missing_comes_first_where_that_is_asked_for_and_the_selection_stays() {
    let mut console = screen();
    console.press("down down");
    let selected = |console: &Console| console.model.secrets().selected().unwrap().name.clone();
    console.press("s");
    assert_eq!(selected(&console), "release-key");
    assert_eq!(console.model.secrets().list.shown()[0], 0);
    let mut fewer = rows();
    fewer.remove(0);
    console.tell(Msg::Secrets(fewer, Ok(KEYRING)));
    assert_eq!(selected(&console), "release-key");
    console.press("/");
    console.type_text("what");
    console.press("enter");
    assert_eq!(selected(&console), "what-was-once");
}

#[test]
fn the_keyring_is_asked_whenever_the_screen_is_opened_and_with_look_again() {
    let mut console = Console::new();
    assert_eq!(console.press("5"), [Effect::ReadSecrets]);
    assert_eq!(console.press("ctrl-r"), [Effect::ReadSecrets]);
    console.press("4");
    assert_eq!(console.press("tab"), [Effect::ReadSecrets]);
    assert_eq!(console.model.screen(), Screen::Secrets);
}
