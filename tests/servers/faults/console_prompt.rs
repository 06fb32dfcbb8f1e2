//! Passphrases that are typed in the console, before a run.

use std::process::Command;

use tokio::task::block_in_place;

use super::{
    Lab,
    console::{expect_over, launch_of},
    refused,
};
use crate::support::{FaultProxy, Terminal};

const ESC: &str = "\u{1b}";
const FIRST: &str = "canary-b07d52";
const SECOND: &str = "canary-e3f9a1";

/// A release that two sign, whose passphrases nobody has, and of which the
/// registry refuses a part.
async fn signed() -> (Lab, FaultProxy) {
    let (lab, proxy) = refused().await;
    for (key, passphrase) in [("first", FIRST), ("second", SECOND)] {
        let mut command = lab.castoff.command(&["sign", "--generate-key", key]);
        let made = block_in_place(|| command.env("COSIGN_PASSWORD", passphrase).output());
        assert!(made.unwrap().status.success());
    }
    let config = lab.castoff.path("castoff.toml");
    let signers = "[[signer]]\nname = \"first\"\nkind = \"cosign\"\nkey = \"first.key\"\n\
                   [[signer]]\nname = \"second\"\nkind = \"cosign\"\nkey = \"second.key\"\n\
                   passphrase = { prompt = true }\n";
    let written = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, written + signers).unwrap();
    (lab, proxy)
}

fn open(lab: &Lab) -> Terminal {
    let log = ["--log-level", "trace", "--log-file", "log"];
    Terminal::start(&lab.castoff.command(&log), (120, 40))
}

/// Closes the message that shows a text. A key that came at once would be
/// taken for one with Alt.
fn close(console: &mut Terminal, text: &str) {
    console.press(ESC);
    console.expect_gone(text);
}

/// Fails if a passphrase is in a file of the project or of its home.
#[track_caller]
fn expect_nowhere(lab: &Lab) {
    let mut grep = Command::new("grep");
    let grep = grep.args(["-raF", "-e", FIRST, "-e", SECOND]).arg(lab.castoff.path(".."));
    assert_eq!(String::from_utf8_lossy(&grep.output().unwrap().stdout), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn passphrases_that_are_typed_sign_a_release_and_its_retries_and_are_kept_nowhere() {
    let (lab, proxy) = signed().await;
    block_in_place(|| {
        let mut console = open(&lab);
        launch_of(&mut console, 18);
        console.expect("the passphrase of first");
        console.press(FIRST);
        console.expect(&"*".repeat(FIRST.len()));
        console.press("\r");
        console.expect("the passphrase of second");
        console.press(&format!("{SECOND}\r"));
        console.expect("1 failed");
        assert!(!console.text().contains("canary"));
        proxy.mend();
        // Nobody is asked again: not for the passphrases, either.
        console.press("R");
        console.expect("18 of 18 done");
        lab.expect_published("1.0");
        expect_over(&console);
        console.press("q");
        assert_eq!(console.end(), 0);
        for key in ["first.pub", "second.pub"] {
            lab.run(&["verify", "shelf/app:1.0", "--key", key]).expect(0);
        }
    });
    expect_nowhere(&lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_passphrase_has_a_second_try_in_the_same_place() {
    let (lab, proxy) = signed().await;
    proxy.mend();
    block_in_place(|| {
        let mut console = open(&lab);
        launch_of(&mut console, 18);
        console.expect("the passphrase of first");
        console.press("quite-wrong\r");
        console.expect("of first (wrong");
        console.press(&format!("{FIRST}\r"));
        console.expect("the passphrase of second");
        console.press(&format!("{SECOND}\r"));
        console.expect("18 of 18 done");
        expect_over(&console);
        console.press("q");
        assert_eq!(console.end(), 0);
    });
    expect_nowhere(&lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_that_is_refused_or_wrong_begins_nothing_and_is_asked_for_again() {
    let (lab, _proxy) = signed().await;
    block_in_place(|| {
        let mut console = open(&lab);
        launch_of(&mut console, 18);
        console.expect("the passphrase of first");
        console.press(ESC);
        console.expect("the passphrase of first is not available");
        console.expect("the passphrase of second is not available");
        console.expect("castoff secret set first");
        close(&mut console, "is not available");
        launch_of(&mut console, 18);
        console.expect("the passphrase of first");
        // What is typed wrong is asked for again, in the same place.
        for left in ["2 tries left", "1 try left"] {
            console.press("wrong\r");
            console.expect(&format!("of first (wrong; {left}"));
        }
        console.press("wrong\r");
        console.expect("the passphrase of second");
        console.press(&format!("{SECOND}\r"));
        console.expect("first.key");
        console.expect("it was typed here");
        // Of what is typed after that, no letter does anything.
        console.press("qDrxu5");
        console.expect("Enter or Esc closes");
        close(&mut console, "first.key");
        // Leaving asks nobody.
        launch_of(&mut console, 18);
        console.expect("the passphrase of first");
        console.signal("TERM");
        assert_eq!(console.end(), 130);
        console.expect_restored();
    });
    // The one that foresaw the digests.
    assert_eq!(lab.standings(), ["done"]);
    expect_nowhere(&lab);
}
