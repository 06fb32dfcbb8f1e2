//! The Secrets screen in a terminal, with a real keyring.

use super::{expect_nowhere, piped};
use crate::support::{Castoff, SecretService, Terminal};

const CONFIG: &str = "\
[[sink]]
name = \"shelf\"
url = \"oci:shelf\"
[[signer]]
name = \"release-key\"
kind = \"cosign\"
key = \"release.key\"
";

fn open(castoff: &Castoff) -> Terminal {
    castoff.configure(CONFIG);
    let log = ["--log-level", "trace", "--log-file", "log"];
    let mut terminal = Terminal::start(&castoff.command(&log), (100, 30));
    terminal.expect("5 Secrets");
    terminal.press("5");
    terminal
}

#[test]
fn a_passphrase_is_kept_and_removed_and_never_seen() {
    let service = SecretService::start();
    let castoff = service.castoff();
    let secret = "canary-20e8f3";
    let mut terminal = open(&castoff);
    terminal.expect("no       prompt");
    terminal.press("\r");
    terminal.expect("the secret");
    terminal.press(&format!("{secret}\r"));
    terminal.expect("the same again");
    terminal.press(&format!("{secret}\r"));
    terminal.expect("✓ yes      keyring");
    assert_eq!(service.lookup("release-key").as_deref(), Some(secret));
    assert!(!terminal.text().contains("canary"));
    terminal.press("D");
    terminal.expect("Remove `release-key` from the keyring?");
    terminal.press("y");
    terminal.expect("no       prompt");
    assert_eq!(service.lookup("release-key"), None);
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.expect_restored();
    expect_nowhere(secret, &castoff.path(".."));
}

#[test]
fn a_keyring_that_was_begun_anew_is_found_and_one_that_was_locked_is_told() {
    let mut service = SecretService::start();
    let castoff = service.castoff();
    piped(&castoff, &["secret", "set", "release-key"], "hunter2").expect(0);
    service.end();
    let mut terminal = open(&castoff);
    terminal.expect("there is no keyring");
    service.begin();
    terminal.press("\u{12}");
    terminal.expect("✓ yes      keyring");
    service.lock();
    terminal.press("\u{12}");
    terminal.expect("the keyring is locked");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_keyring_that_hangs_is_told_and_the_screen_goes_on() {
    let service = SecretService::start();
    let castoff = service.castoff();
    service.hang();
    let mut terminal = open(&castoff);
    terminal.press("4");
    terminal.expect("no runs yet");
    terminal.press("5");
    terminal.expect("the keyring did not answer within 3 s");
    terminal.expect("unknown  prompt");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}
