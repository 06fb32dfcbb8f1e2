//! Where a payload's source may lie.

use serde_json::{Value, json};

use super::{DOCKERFILE, World};
use crate::support::{
    GitServer, SshServer,
    git_server::{commit, git},
    run,
};

const LOGIN: (&str, &str) = ("reader", "canary-source-password");

#[test]
fn a_repository_is_built_where_its_payload_says_for_each_platform() {
    let world = World::new();
    let repository = world.castoff.path("repository");
    let dockerfile = "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /hello\n";
    let files = [
        ("docker_dir/Dockerfile", dockerfile),
        ("code_dir/amd64", "for amd64"),
        ("code_dir/arm", "for arm"),
        ("elsewhere", "not in the context"),
    ];
    commit(&repository, &files);
    let url = format!("file://{}", repository.display());
    let source = json!({ "git_repo": {
        "url": url, "workdir": "code_dir", "dockerfile": "docker_dir/Dockerfile",
    }});
    let platforms = json!({ "platforms": ["linux/amd64", "linux/arm/v7"] });
    world.payload(&source, &[("acme/hello", "1.0", platforms)]);
    let ended = world.castoff.run(&["image", "build", "payload.json"]).expect(0);
    let name = format!("{}/acme/hello:1.0", world.registry.address());
    assert!(ended.stdout.starts_with(&format!("{name} digest: sha256:")), "{}", ended.stdout);
    for (platform, says) in [("linux/amd64", "for amd64"), ("linux/arm/v7", "for arm")] {
        assert_eq!(world.file("acme/hello:1.0", platform, "hello").as_deref(), Some(says));
    }
    let again = world.castoff.run(&["image", "build", "payload.json", "-v"]).expect(0);
    assert_eq!(again.stderr.matches("unchanged since it was built").count(), 2);
}

#[test]
fn a_version_is_a_branch_a_tag_or_a_commit_and_others_are_told() {
    let world = World::new();
    let repository = world.castoff.path("repository");
    let first = commit(&repository, &[("Dockerfile", DOCKERFILE), ("hello", "first")]);
    git(&repository, &["tag", "-a", "v1", "-m", "with a message"]);
    git(&repository, &["branch", "old/branch"]);
    commit(&repository, &[("hello", "second")]);
    let build = |version: &str| {
        let url = format!("file://{}", repository.display());
        world.hello(&json!({ "git_repo": { "url": url, "version": version } }));
        world.castoff.run(&["image", "build", "payload.json"])
    };
    for (version, says) in [
        ("v1", "first"),
        ("old/branch", "first"),
        (&first, "first"),
        (&first[..8], "first"),
        ("main", "second"),
        ("HEAD", "second"),
    ] {
        build(version).expect(0);
        let hello = world.file("acme/hello:1.0", "linux/amd64", "hello");
        assert_eq!(hello.as_deref(), Some(says), "{version}");
    }
    for version in ["nowhere", "00000000", &"0".repeat(40)] {
        let ended = build(version).expect(4);
        assert!(ended.stderr.contains("payload.json"), "{}", ended.stderr);
        assert!(ended.stderr.contains(version), "{}", ended.stderr);
    }
}

#[test]
fn a_repository_behind_a_login_is_read_and_its_history_left_behind() {
    let world = World::new();
    let server = GitServer::start(Some(LOGIN));
    commit(&server.path("lib.git"), &[("hello", "from a module")]);
    let repository = server.path("hello.git");
    commit(&repository, &[("Dockerfile", "FROM scratch\nCOPY . /all\n"), ("hello", "hi")]);
    git(&repository, &["submodule", "--quiet", "add", "../lib.git", "lib"]);
    commit(&repository, &[("more", "more")]);
    let (username, password) = LOGIN;
    let url = server.url("hello.git");
    world.hello(&json!({ "git_repo": { "url": url, "username": username, "password": password }}));
    world.castoff.run(&["image", "build", "payload.json"]).expect(0);
    let file = |name| world.file("acme/hello:1.0", "linux/amd64", name);
    assert_eq!(file("all/hello").as_deref(), Some("hi"));
    assert_eq!(file("all/lib/hello").as_deref(), Some("from a module"));
    assert_eq!((file("all/.git/config"), file("all/lib/.git")), (None, None));
}

#[test]
fn a_repository_over_ssh_is_read_with_the_users_own_key() {
    let world = World::new();
    let server = SshServer::start("");
    let repository = world.castoff.path("repository");
    commit(&repository, &[("Dockerfile", DOCKERFILE), ("hello", "over ssh")]);
    let url = format!("ssh://{}{}", server.destination(), repository.display());
    world.hello(&json!({ "git_repo": { "url": url } }));
    let castoff = &world.castoff;
    let mut command = castoff.command(&["image", "build", "payload.json"]);
    run(command.env("PATH", server.path()));
    let hello = world.file("acme/hello:1.0", "linux/amd64", "hello");
    assert_eq!(hello.as_deref(), Some("over ssh"));
}

/// A Dockerfile behind a login, and a repository as the context.
fn dockerfile_and_context(server: &GitServer, subdir: Option<&str>) -> Value {
    let (username, password) = LOGIN;
    let mut source = json!({
        "dockerfile": {
            "url": server.url("Dockerfile"), "username": username, "password": password,
        },
        "build_context": {
            "url": server.url("context.git"), "username": username, "password": password,
        },
    });
    if let Some(subdir) = subdir {
        source["build_context"]["subdir"] = json!(subdir);
    }
    source
}

#[test]
fn a_given_dockerfile_wins_over_that_of_its_context() {
    let world = World::new();
    let server = GitServer::start(Some(LOGIN));
    let other = "FROM scratch\nCOPY hello /wrong\n";
    let files = [
        ("Dockerfile", other),
        ("hello", "at the root"),
        ("sub/Dockerfile", other),
        ("sub/hello", "in a folder"),
    ];
    commit(&server.path("context.git"), &files);
    server.file("Dockerfile", DOCKERFILE);
    for (subdir, says) in [(None, "at the root"), (Some("sub"), "in a folder")] {
        world.hello(&dockerfile_and_context(&server, subdir));
        world.castoff.run(&["image", "build", "payload.json"]).expect(0);
        let file = |name| world.file("acme/hello:1.0", "linux/amd64", name);
        assert_eq!(file("hello").as_deref(), Some(says));
        assert_eq!(file("wrong"), None);
    }
}

#[test]
fn a_dockerfile_alone_has_nothing_to_copy() {
    let world = World::new();
    let path = world.castoff.write("Dockerfile", "FROM scratch\nWORKDIR /hello\n");
    let source = |path: &std::path::Path| json!({ "dockerfile": { "url": format!("file://{}", path.display()) } });
    world.hello(&source(&path));
    world.castoff.run(&["image", "build", "payload.json"]).expect(0);
    let path = world.castoff.write("Dockerfile", "FROM scratch\nCOPY payload.json /\n");
    world.hello(&source(&path));
    let ended = world.castoff.run(&["image", "build", "payload.json"]).expect(3);
    assert!(ended.stderr.contains("not found"), "{}", ended.stderr);
}

#[test]
fn what_changes_and_keeps_its_length_and_date_is_built_again() {
    let world = World::new();
    let dockerfile = |folder: &str| {
        let text = format!("FROM scratch\nWORKDIR /{folder}\nCOPY hello /hello\n");
        let path = world.castoff.write("Dockerfile", text);
        json!({ "url": format!("file://{}", path.display()) })
    };
    let repository = world.castoff.path("repository");
    let url = format!("file://{}", repository.display());
    for (folder, hello) in [("one", "abc"), ("two", "def")] {
        commit(&repository, &[("hello", hello)]);
        let source = json!({
            "dockerfile": dockerfile(folder), "build_context": { "url": url },
        });
        world.hello(&source);
        world.castoff.run(&["image", "build", "payload.json"]).expect(0);
        let file = |name| world.file("acme/hello:1.0", "linux/amd64", name);
        assert!(file(folder).is_some(), "{folder}");
        assert_eq!(file("hello").as_deref(), Some(hello));
    }
}

#[test]
fn an_image_that_is_ready_is_pushed_as_it_was_saved() {
    let world = World::new();
    let server = GitServer::start(Some(LOGIN));
    let archive = crate::support::busybox::archives("first").join("linux.arm64.tar");
    server.file("saved.tar", std::fs::read(archive).expect("an archive"));
    let (user, password) = super::USER;
    let payload = json!({
        "source_type": "tar", "source_url": server.url("saved.tar"),
        "source_username": LOGIN.0, "source_password": LOGIN.1,
        "target_image_name": "acme/saved", "target_image_tag": "1.0",
        "target": { "registry": {
            "url": world.registry.address(), "username": user, "password": password,
        }},
    });
    world.castoff.write("payload.json", payload.to_string());
    world.castoff.run(&["image", "build", "payload.json"]).expect(0);
    let release = world.file("acme/saved:1.0", "linux/arm64", "release");
    assert_eq!(release.as_deref(), Some("first"));
}

#[test]
fn a_link_out_of_a_repository_is_refused() {
    let world = World::new();
    let repository = world.castoff.path("repository");
    commit(&repository, &[("Dockerfile", DOCKERFILE), ("hello", "hi")]);
    for (name, to) in [("out", "/etc"), ("Secretfile", "/etc/passwd")] {
        std::os::unix::fs::symlink(to, repository.join(name)).expect("a link");
    }
    commit(&repository, &[]);
    let url = format!("file://{}", repository.display());
    for (key, path) in [("workdir", "out"), ("dockerfile", "Secretfile")] {
        let mut source = json!({ "git_repo": { "url": url } });
        source["git_repo"][key] = json!(path);
        world.hello(&source);
        let ended = world.castoff.run(&["image", "build", "payload.json"]).expect(4);
        assert!(ended.stderr.contains("points outside the repository"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("root:"), "{}", ended.stderr);
    }
}
