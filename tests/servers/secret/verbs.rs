//! `castoff secret`.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use super::{expect_nowhere, piped, refused_soon};
use crate::support::{Castoff, SecretService, Terminal, output};

const CONFIG: &str = "\
[[sink]]
name = \"hub\"
url = \"docker://registry.example.org/acme\"
[[signer]]
name = \"release-key\"
kind = \"cosign\"
key = \"release.key\"
";

#[test]
fn what_is_set_is_what_other_programs_find() {
    let service = SecretService::start();
    let castoff = service.castoff();
    let set = |name: &str, value: &str| piped(&castoff, &["secret", "set", name], value).expect(0);
    let told = set("release-key", "hunter2\n");
    assert_eq!(
        (told.stdout.as_str(), &*told.stderr),
        ("", "stored `release-key` in the system's keyring\n")
    );
    assert_eq!(service.lookup("release-key").as_deref(), Some("hunter2"));
    // One end of line is the pipe's, and all else the secret's.
    set("release-key", " two\nlines \r\n");
    assert_eq!(service.lookup("release-key").as_deref(), Some(" two\nlines "));
    set("docker://REGISTRY.example.org:5000/any/name", "bob:pass:word");
    let names = castoff.run(&["secret", "ls"]).expect(0).stdout;
    assert!(names.contains("docker://REGISTRY.example.org:5000  yes"), "{names}");
    castoff.run(&["secret", "rm", "release-key"]).expect(0);
    assert_eq!(service.lookup("release-key"), None);
    let gone = castoff.run(&["secret", "rm", "release-key"]).expect(4);
    assert!(gone.stderr.contains("the keyring has no secret `release-key`"), "{}", gone.stderr);
}

#[test]
fn what_is_needed_and_what_is_kept_is_listed_and_where_it_comes_from() {
    let service = SecretService::start();
    let castoff = service.castoff();
    castoff.configure(CONFIG);
    piped(&castoff, &["secret", "set", "other"], "hunter2").expect(0);
    insta::assert_snapshot!(castoff.run(&["secret", "ls"]).expect(0).stdout);
    piped(&castoff, &["secret", "set", "release-key"], "hunter2").expect(0);
    castoff.docker_config(r#"{"auths":{"registry.example.org":{"auth":"Ym9iOnB3"}}}"#);
    insta::assert_snapshot!(castoff.run(&["secret", "ls", "--json"]).expect(0).stdout);
}

#[test]
fn at_a_terminal_it_is_typed_twice_and_not_shown() {
    let service = SecretService::start();
    let castoff = service.castoff();
    let ask = |name: &str| Terminal::start(&castoff.command(&["secret", "set", name]), (80, 24));
    let mut terminal = ask("release-key");
    terminal.expect("release-key: ");
    terminal.press("hunter2\r");
    terminal.expect("the same again: ");
    terminal.press("hunter2\r");
    terminal.expect("stored `release-key`");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.text().contains("hunter2"), "{}", terminal.text());
    assert_eq!(service.lookup("release-key").as_deref(), Some("hunter2"));
    let mut terminal = ask("docker://registry.example.org");
    terminal.expect("user: ");
    terminal.press("bob\r");
    terminal.expect("password: ");
    terminal.press("hunter3\r");
    terminal.expect("the same again: ");
    terminal.press("hunter3\r");
    assert_eq!(terminal.end(), 0);
    let login = service.lookup("docker://registry.example.org");
    assert_eq!(login.as_deref(), Some("bob:hunter3"));
    let mut terminal = ask("release-key");
    terminal.expect("release-key: ");
    terminal.press("one\r");
    terminal.expect("the same again: ");
    terminal.press("two\r");
    terminal.expect("the two entries differ");
    assert_eq!(terminal.end(), 2);
    assert_eq!(service.lookup("release-key").as_deref(), Some("hunter2"));
    let mut terminal = ask("release-key");
    terminal.expect("release-key: ");
    terminal.press("\u{4}");
    assert_eq!(terminal.end(), 4);
    terminal.expect_restored();
}

#[test]
fn a_secret_is_no_argument_and_is_not_repeated_when_it_is_one() {
    let castoff = Castoff::new();
    let ended = castoff.run(&["secret", "set", "release-key", "hunter2"]).expect(2);
    assert!(ended.stderr.contains("never an argument"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_a_secret_is_refused() {
    let service = SecretService::start();
    let castoff = service.castoff();
    for (name, value, told) in [
        ("a", "\n", "the secret is empty"),
        ("docker://example.org", "password", "USER:PASSWORD"),
        ("s3://bucket", ":secret", "ACCESS_KEY_ID:SECRET_ACCESS_KEY"),
        ("a", &"x".repeat(70_000), "more than 65536 bytes"),
        ("docker://bob:hunter2@example.org", "x", "without user or password"),
    ] {
        let ended = piped(&castoff, &["secret", "set", name], value).expect(2);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[test]
fn without_a_keyring_there_is_a_reason_and_a_way_out() {
    let castoff = Castoff::new();
    for verb in [&["secret", "set", "a"][..], &["secret", "ls"], &["secret", "rm", "a"]] {
        refused_soon(&castoff, verb, "there is no keyring");
    }
}

#[test]
fn a_locked_keyring_is_told_and_the_next_source_is_taken() {
    let mut service = SecretService::start();
    let castoff = service.castoff().env("CASTOFF_SECRET_RELEASE_KEY", "hunter2");
    piped(&castoff, &["secret", "set", "release-key"], "hunter2").expect(0);
    castoff.configure(CONFIG);
    service.lock();
    for verb in [&["secret", "set", "a"][..], &["secret", "rm", "release-key"]] {
        refused_soon(&castoff, verb, "the keyring is locked");
    }
    let listed = refused_soon(&castoff, &["secret", "ls"], "the keyring is locked").stdout;
    assert!(listed.contains("release-key                    unknown  $CASTOFF_SECRET"), "{listed}");
}

#[test]
fn a_service_that_never_answers_is_left_behind() {
    let service = SecretService::start();
    let castoff = service.castoff();
    service.hang();
    for verb in [&["secret", "set", "a"][..], &["secret", "ls"], &["secret", "rm", "a"]] {
        refused_soon(&castoff, verb, "the keyring did not answer within 3 s");
    }
}

#[test]
fn without_a_service_the_kernel_keeps_it_and_says_until_when() {
    let castoff = Castoff::new().env("CASTOFF_KEYRING", "auto");
    let castoff_at = env!("CARGO_BIN_EXE_castoff");
    let script = format!(
        "printf hunter2 | {castoff_at} secret set castoff-test && {castoff_at} secret rm castoff-test"
    );
    // A session that nobody else is in.
    let of_castoff = castoff.command::<&str>(&[]);
    let mut command = std::process::Command::new("keyctl");
    command.args(["session", "-", "sh", "-c", &script]).env_clear();
    command.envs(of_castoff.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = output(&mut command);
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{told}");
    assert!(told.contains("in the kernel's keyring, until the machine restarts"), "{told}");
    assert!(told.contains("removed `castoff-test`"), "{told}");
}

#[test]
fn a_secret_that_is_set_is_in_no_output_no_log_and_no_list_of_processes() {
    let service = SecretService::start();
    let castoff = service.castoff();
    let secret = "canary-5be1a7";
    let set = ["secret", "set", "release-key", "-v", "--log-level", "trace", "--log-file", "log"];
    let mut command = castoff.command(&set);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(secret.as_bytes()).unwrap();
    for list in ["cmdline", "environ"] {
        let told = fs::read(format!("/proc/{}/{list}", child.id())).unwrap();
        assert!(!String::from_utf8_lossy(&told).contains(secret));
    }
    drop(stdin);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    for told in [ended.stdout, ended.stderr] {
        assert!(!String::from_utf8_lossy(&told).contains(secret));
    }
    assert!(fs::read_to_string(castoff.path("log")).unwrap().contains("zbus"), "all is logged");
    expect_nowhere(secret, &castoff.path(".."));
    assert_eq!(service.lookup("release-key").as_deref(), Some(secret));
}

#[test]
fn an_interrupt_at_a_prompt_ends_the_program_as_an_interrupt_does() {
    let service = SecretService::start();
    let castoff = service.castoff();
    for (verb, question) in [
        (&["secret", "set", "release-key"][..], "release-key: "),
        (&["sign", "--generate-key", "release"], "release"),
    ] {
        let asked = castoff.command(verb);
        // A shell tells that a signal ended it, and of which number.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "\"$0\" \"$@\"; exit $?"]).arg(asked.get_program()).args(verb);
        command.current_dir(castoff.path(""));
        command.envs(asked.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut terminal = Terminal::start(&command, (80, 24));
        terminal.expect(question);
        terminal.press("hun\u{3}");
        assert_eq!(terminal.end(), 130, "{}", terminal.text());
        terminal.expect_restored();
    }
    assert_eq!(service.lookup("release-key"), None);
    assert!(!castoff.path("release.key").exists());
}
