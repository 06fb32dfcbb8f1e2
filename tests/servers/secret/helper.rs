//! Docker's credential helpers: real programs, which are told no secret.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use tokio::task::block_in_place;

use super::{access::guarded, expect_nowhere};
use crate::support::{Answer, Castoff, DockerRegistry, Ended, Fault, FaultProxy, Rule};

const PASSWORD: &str = "canary-91d0c4";
const CANARY: &str = "canary-57aa3e";

/// A project with a helper of that script, which is asked for all hosts.
fn helped(script: &str) -> Castoff {
    let castoff = Castoff::new();
    let helper = castoff.write("bin/docker-credential-ours", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(helper, fs::Permissions::from_mode(0o755)).unwrap();
    castoff.docker_config(r#"{"auths":{},"credsStore":"ours"}"#);
    let path = format!("{}:{}", castoff.path("bin").display(), std::env::var("PATH").unwrap());
    castoff.write("df/linux/amd64/tool", "tool");
    castoff.env("PATH", path)
}

fn push(castoff: &Castoff, url: &str) -> Ended {
    castoff.run(&["push", "--kind", "image", "-t", "tool:1", "df", url])
}

/// Fails unless a push is refused since the helper of that script said so.
#[track_caller]
fn expect_refused(script: &str, told: &[&str]) {
    let (_registry, url) = guarded();
    let refused = push(&helped(script), &url).expect(4);
    for told in told {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
}

#[test]
fn a_helper_is_asked_for_its_host_and_sees_no_secret() {
    let (registry, url) = guarded();
    let answer = format!(r#"{{"ServerURL":"x","Username":"bob","Secret":"{PASSWORD}"}}"#);
    let castoff = helped(&format!(
        "echo \"$@\" > asked; cat >> asked; env > seen\ntr '\\0' ' ' < /proc/$PPID/cmdline >> seen\n\
         echo '{answer}'"
    ))
    .env("CASTOFF_SECRET_RELEASE_KEY", CANARY)
    .env("COSIGN_PASSWORD", CANARY)
    .env("OUR_PASSPHRASE", CANARY);
    castoff.configure(
        "[[signer]]\nname = \"ours\"\nkind = \"cosign\"\nkey = \"ours.key\"\n\
         passphrase = { env = \"OUR_PASSPHRASE\" }\n",
    );
    let ended = push(&castoff, &url).expect(0);
    assert!(ended.stdout.contains("/tool:1 digest: sha256:"), "{}", ended.stdout);
    let read = |file: &str| fs::read_to_string(castoff.path(file)).unwrap();
    assert_eq!(read("asked"), format!("get\n{}", registry.address()));
    let seen = read("seen");
    assert!(seen.contains("PATH=") && !seen.contains(CANARY), "{seen}");
    fs::remove_dir_all(castoff.path("bin")).unwrap();
    expect_nowhere(PASSWORD, &castoff.path(".."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_may_have_an_identity_token() {
    let registry = DockerRegistry::start();
    let good = Answer::new(200).body(r#"{"token":"good","expires_in":300}"#);
    let service = FaultProxy::alone(vec![Rule::on("POST", "/token", Fault::Answer(good))]).await;
    let realm = format!(r#"Bearer realm="http://{}/token",service="x""#, service.address());
    let closed = Fault::Answer(Answer::new(401).header("www-authenticate", realm));
    let rules = vec![Rule::on("*", "", closed).unless("Bearer good")];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let castoff = helped(r#"echo '{"ServerURL":"x","Username":"<token>","Secret":"refresh-me"}'"#);
    let url = format!("docker://{}/tool", proxy.address());
    block_in_place(|| push(&castoff, &url).expect(0));
    assert!(service.seen()[0].text.contains("refresh_token=refresh-me"));
}

#[test]
fn a_helper_that_has_nothing_is_as_none() {
    for out in [
        "echo 'credentials not found in native keychain'; exit 1",
        "exec 1>&2; echo 'error: credentials not found'; exit 1",
    ] {
        let open = DockerRegistry::start();
        push(&helped(out), &format!("docker://{}/tool", open.address())).expect(0);
        expect_refused(out, &["castoff secret set docker://127.0.0.1:"]);
    }
}

#[test]
fn a_helper_that_fails_is_told_with_what_it_says_bounded_and_escaped() {
    let who = "the credential helper `docker-credential-ours`";
    expect_refused(
        "printf 'the vault is \\033[31mlocked\\n'; exit 3",
        &[who, "exit status: 3: the vault is \\u{1b}[31mlocked"],
    );
    expect_refused(
        "yes locked | head -c 5000000 | tr -d '\\n' >&2; exit 1",
        &[who, "lockedlocked"],
    );
    expect_refused("exit 1", &["it says nothing"]);
    let (_registry, url) = guarded();
    for (script, told) in [
        (format!("echo '{{\"Secret\":\"{PASSWORD}\"}}'; exit 1"), "it says nothing"),
        (format!("echo {PASSWORD}"), "its output is not the answer of a credential helper"),
    ] {
        let refused = push(&helped(&script), &url).expect(4).stderr;
        assert!(refused.contains(told) && !refused.contains(PASSWORD), "{refused}");
    }
}

#[test]
fn a_helper_that_is_missing_is_told_with_the_way_out() {
    let castoff = helped("true");
    castoff.docker_config(r#"{"credHelpers":{"127.0.0.1:1":"of-others"},"credsStore":"gone"}"#);
    let (_registry, url) = guarded();
    let refused = push(&castoff, &url).expect(4).stderr;
    assert!(refused.contains("`docker-credential-gone`"), "{refused}");
    assert!(refused.contains("the program does not exist"), "{refused}");
    assert!(refused.contains("hint: install it"), "{refused}");
    castoff.docker_config("{\"auths\": ");
    let refused = push(&castoff, &url).expect(4).stderr;
    for told in ["docker/config.json", "it is not a JSON object: line 1, column 10"] {
        assert!(refused.contains(told), "{refused}");
    }
}

#[test]
fn a_helper_that_hangs_is_ended_with_all_that_it_began() {
    let castoff = helped("sleep 600 & echo $! > child; wait");
    let (_registry, url) = guarded();
    let began = Instant::now();
    let refused = push(&castoff, &url).expect(4).stderr;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(refused.contains("no answer for 10 s"), "{refused}");
    let child = fs::read_to_string(castoff.path("child")).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    assert!(stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")), "it goes on");
}
