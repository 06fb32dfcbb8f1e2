//! Where a payload's passwords go, and where not.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{DOCKERFILE, USER, World};
use crate::support::{GitServer, git_server::commit, output};

const LOGIN: (&str, &str) = ("reader", "canary $(touch /tmp/x) 'quoted' \"word\"");

#[test]
fn a_password_stands_nowhere_but_in_the_payload() {
    let world = World::new();
    let server = GitServer::start(Some(LOGIN));
    commit(&server.path("context.git"), &[("hello", "hi")]);
    server.file("Dockerfile", DOCKERFILE);
    let (username, password) = LOGIN;
    let login = |url: String| json!({ "url": url, "username": username, "password": password });
    world.hello(&json!({
        "dockerfile": login(server.url("Dockerfile")),
        "build_context": login(server.url("context.git")),
    }));
    let payload = world.castoff.path("payload.json");
    let arguments =
        ["image", "build", "payload.json", "-v", "--log-level", "trace", "--log-file", "log"];
    let ended = world.castoff.run(&arguments).expect(0);
    let home = world.castoff.path("../home");
    let basic = [LOGIN, USER].map(|(user, password)| STANDARD.encode(format!("{user}:{password}")));
    for secret in [password, USER.1, &basic[0], &basic[1]] {
        for text in [&ended.stdout, &ended.stderr, &server.processes()] {
            assert!(!text.contains(secret), "{text}");
        }
        let mut grep = std::process::Command::new("grep");
        grep.args(["-rlF", "--exclude", "payload.json", "-e", secret]);
        let found = output(grep.arg(&home).arg(world.castoff.path("")));
        assert!(!found.status.success(), "{}", String::from_utf8_lossy(&found.stdout));
    }
    assert!(server.processes().contains("fetch"), "git was watched");
    assert!(!home.join("docker").exists(), "Docker's configuration is nobody's");
    assert!(payload.exists());
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let world = World::new();
    let server = GitServer::start(Some(LOGIN));
    commit(&server.path("hello.git"), &[("Dockerfile", DOCKERFILE), ("hello", "hi")]);
    server.file("Dockerfile", DOCKERFILE);
    let login =
        |url: String| json!({ "url": url, "username": "reader", "password": "wrong-canary" });
    for source in [
        json!({ "git_repo": login(server.url("hello.git")) }),
        json!({ "git_repo": { "url": server.url("hello.git") } }),
        json!({ "dockerfile": login(server.url("Dockerfile")) }),
    ] {
        world.hello(&source);
        let ended = world.castoff.run(&["image", "build", "payload.json"]).expect(4);
        let said = &ended.stderr;
        let is_told = ["Authentication failed", "could not read Username", "401 Unauthorized"];
        assert!(is_told.iter().any(|words| said.contains(words)), "{said}");
        assert!(!said.contains("wrong-canary"), "{said}");
    }
}

#[test]
fn a_redirect_takes_no_password_to_another_host() {
    let world = World::new();
    let other = GitServer::start(Some(LOGIN));
    commit(&other.path("hello.git"), &[("Dockerfile", DOCKERFILE), ("hello", "hi")]);
    other.file("Dockerfile", DOCKERFILE);
    let server = GitServer::moved_to(other.url("").trim_end_matches('/'));
    let (username, password) = LOGIN;
    let login = |url: String| json!({ "url": url, "username": username, "password": password });
    for source in [
        json!({ "git_repo": login(server.url("hello.git")) }),
        json!({ "dockerfile": login(server.url("Dockerfile")) }),
    ] {
        world.hello(&source);
        world.castoff.run(&["image", "build", "payload.json"]).expect(4);
    }
    assert!(other.authorizations().is_empty(), "{:?}", other.authorizations());
    assert!(!other.processes().is_empty(), "it was asked");
}

#[test]
fn a_password_in_a_url_is_taken_out_of_it() {
    let world = World::new();
    let server = GitServer::start(Some(("reader", "p@ss+word/canary")));
    commit(&server.path("hello.git"), &[("Dockerfile", DOCKERFILE), ("hello", "hi")]);
    let url = server.url("hello.git").replace("http://", "http://reader:p%40ss+word%2Fcanary@");
    world.hello(&json!({ "git_repo": { "url": url } }));
    let ended = world.castoff.run(&["image", "build", "payload.json", "-v"]).expect(0);
    let dry = world.castoff.run(&["image", "build", "payload.json", "--dry-run"]).expect(0);
    for text in [ended.stdout, ended.stderr, server.processes(), dry.stdout, dry.stderr] {
        assert!(!text.contains("word%2Fcanary") && !text.contains("word/canary"), "{text}");
    }
}
