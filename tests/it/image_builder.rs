//! Payloads of image-builder: read, refused, converted, and shown.

use std::fs;

use assert_cmd::Command;
use castoff::{
    git::Remote,
    model::{Failure, FailureKind, Side},
    recipe::{
        Cache,
        image_builder::{Document, Format, Mistakes, Payload, PayloadSource, with_base},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{git::program, network::network};

/// A payload of one image, built from `source`.
fn payload(source: &Value) -> Value {
    json!({
        "source": source,
        "target": {
            "images": [{ "image": "acme/hello", "tag": "1.0" }],
            "registry": { "url": "registry.example.org", "username": "u", "password": "canary" },
        },
    })
}

fn git() -> Value {
    json!({ "git_repo": { "url": "https://git.example.org/hello.git" } })
}

/// The same, with the value at a path replaced, or removed by `null`.
fn with(mut payload: Value, path: &str, value: Value) -> Value {
    let (parent, key) = path.rsplit_once('/').unwrap();
    payload.pointer_mut(parent).unwrap()[key] = value;
    payload
}

fn read(payload: &Value) -> Result<(Payload, Vec<String>), Vec<String>> {
    let document = Document::parse(&payload.to_string(), Format::Json).unwrap();
    document.payload().map_err(|Mistakes(mistakes)| mistakes)
}

#[track_caller]
fn mistakes(payload: &Value) -> Vec<String> {
    read(payload).unwrap_err()
}

/// Runs castoff on a payload in a file.
fn castoff(file: &str, text: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(file), text).unwrap();
    let mut command = Command::cargo_bin("castoff").unwrap();
    command.env_clear().env("HOME", folder.path()).current_dir(folder.path());
    let output = command.args(["image", "build", file]).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Payloads of every shape that there is.
fn shapes() -> Vec<Value> {
    let dockerfile = json!({ "url": "https://files.example.org/Dockerfile" });
    let context = |subdir: Value| {
        json!({
            "dockerfile": dockerfile,
            "build_context": { "url": "https://git.example.org/context", "subdir": subdir },
        })
    };
    let all = castoff::recipe::image_builder::PLATFORMS;
    let two = json!([
        { "image": "acme/hello", "tag": "latest", "platforms": all },
        { "image": "acme/hello", "tag": "small", "base": "base:1-small", "platforms": all[2..4] },
    ]);
    let placed = json!({ "git_repo": {
        "url": "https://git.example.org/hello.git", "workdir": "code_dir",
        "dockerfile": "docker_dir/Dockerfile", "username": "u", "password": "canary",
    }});
    vec![
        payload(&git()),
        payload(&placed),
        payload(&json!({ "dockerfile": dockerfile })),
        payload(&context(Value::Null)),
        payload(&context(json!("no_context"))),
        with(payload(&git()), "/target/images", two),
    ]
}

#[test]
fn json_and_yaml_are_two_ways_to_say_one_thing() {
    for shape in shapes() {
        let document = Document::parse(&shape.to_string(), Format::Json).unwrap().completed();
        let yaml = Document::parse(&document.to_yaml(), Format::Yaml).unwrap();
        assert_eq!(yaml.completed().to_json(), document.to_json());
        let dry = ["--dry-run", "--json"];
        let told = castoff("payload.json", &shape.to_string(), &dry);
        assert_eq!(told.0, Some(0), "{}", told.2);
        assert_eq!(told, castoff("payload.yaml", &document.to_yaml(), &dry));
    }
}

#[test]
fn a_conversion_fills_in_what_a_repository_leaves_out() {
    let given = with(payload(&git()), "/target/images/0/base", Value::Null);
    let (status, yaml, _) = castoff("payload.json", &given.to_string(), &["--to-yaml"]);
    assert_eq!(status, Some(0));
    insta::assert_snapshot!(yaml);
    let (_, again, _) = castoff("payload.yaml", &yaml, &["--to-json"]);
    assert_eq!(again, castoff("payload.json", &given.to_string(), &["--to-json"]).1);
}

#[test]
fn a_dry_run_tells_where_the_build_and_its_dockerfile_are() {
    let told =
        shapes().into_iter().map(|shape| castoff("p.json", &shape.to_string(), &["--dry-run"]).1);
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_source_is_a_repository_or_a_dockerfile_with_or_without_a_context() {
    let parts = [
        ("git_repo", json!({ "url": "https://git.example.org/a" })),
        ("dockerfile", json!({ "url": "https://files.example.org/Dockerfile" })),
        ("build_context", json!({ "url": "https://git.example.org/b" })),
    ];
    let rule = "source: Only one of build sources (git_repo, dockerfile) can be used.\n\
                build_context can only be used in combination with dockerfile";
    for which in 0..8 {
        let has = |place: &usize| which & (1 << place) != 0;
        let source: serde_json::Map<String, Value> = (0..3)
            .filter(has)
            .map(|place| (parts[place].0.to_owned(), parts[place].1.clone()))
            .collect();
        let read = read(&payload(&Value::Object(source)));
        match which {
            0b001 | 0b010 | 0b110 => assert!(read.is_ok(), "{which:03b}"),
            _ => assert_eq!(read.unwrap_err(), [rule], "{which:03b}"),
        }
    }
}

#[test]
fn every_mistake_names_its_field() {
    let good = payload(&git());
    for (path, value, field) in [
        ("/target/images", json!([]), "target.images"),
        ("/target/images", Value::Null, "target.images"),
        ("/target/images", json!("one"), "target.images"),
        ("/target/images", json!([[]]), "target.images[0]"),
        ("/target/images/0/tag", Value::Null, "target.images[0].tag"),
        ("/target/images/0/tag", json!(3.8), "target.images[0].tag"),
        ("/target/images/0/image", json!("Upper"), "target.images[0].image"),
        ("/target/images/0/base", json!("--x"), "target.images[0].base"),
        ("/target/images/0/base", json!("a b"), "target.images[0].base"),
        ("/target/images/0/platforms", json!(["linux/arm/v8"]), "target.images[0].platforms[0]"),
        ("/target/images/0/platforms", json!([true]), "target.images[0].platforms[0]"),
        ("/target/registry", Value::Null, "target.registry"),
        ("/target/registry/url", Value::Null, "target.registry.url"),
        ("/target/registry/url", json!("ftp://x"), "target.registry.url"),
        ("/target/registry/password", Value::Null, "target.registry.password"),
        ("/source/git_repo/url", Value::Null, "source.git_repo.url"),
        ("/source/git_repo/url", json!("-u:x"), "source.git_repo.url"),
        ("/source/git_repo/url", json!("ext::sh -c x"), "source.git_repo.url"),
        ("/source/git_repo/url", json!("ext::sh"), "source.git_repo.url"),
        ("/source/git_repo/version", json!("--upload-pack=x"), "source.git_repo.version"),
        ("/source/git_repo/workdir", json!("../.."), "source.git_repo.workdir"),
        ("/source/git_repo/workdir", json!("a/../../b"), "source.git_repo.workdir"),
        ("/source/git_repo/dockerfile", json!("/etc/passwd"), "source.git_repo.dockerfile"),
        ("/source/git_repo/dockerfile", json!("a\nb"), "source.git_repo.dockerfile"),
    ] {
        let told = mistakes(&with(good.clone(), path, value.clone()));
        assert_eq!(told.len(), 1, "{path} {value}: {told:?}");
        assert!(told[0].starts_with(&format!("{field}: ")), "{path} {value}: {told:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_no_password_with_them() {
    let payload = with(payload(&json!({})), "/target/registry/password", json!(["canary"]));
    let payload = with(payload, "/target/images/0/tag", json!("a tag"));
    let (status, _, stderr) = castoff("payload.json", &payload.to_string(), &[]);
    assert_eq!(status, Some(2));
    assert_eq!(stderr.matches("error: payload.json: ").count(), 3, "{stderr}");
    assert!(!stderr.contains("canary"), "{stderr}");
}

#[test]
fn what_is_no_json_or_yaml_is_told_with_its_line_and_column() {
    let json =
        "{\n  \"source\": { \"dockerfile\": {\n    \"url\": \"canary\"\n    \"username\": \"u\"\n";
    let (status, _, stderr) = castoff("payload.json", json, &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("line 4, column 5: it is not JSON: expected `,` or `}`"), "{stderr}");
    let yaml = "source:\n  dockerfile:\n    url: canary\n   username: u\n";
    let (status, _, stderr) = castoff("payload.yaml", yaml, &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("line 4, column ") && stderr.contains("it is not YAML"), "{stderr}");
    assert!(!stderr.contains("canary"), "{stderr}");
    let twice = "source: {}\nsource: {}\n";
    assert!(Document::parse(twice, Format::Yaml).is_err());
}

#[test]
fn what_is_not_known_is_a_warning() {
    let odd = with(payload(&git()), "/source/git_repo/versoin", json!("main"));
    let odd = with(odd, "/custom_workdir", json!("work"));
    let (_, warnings) = read(&odd).unwrap();
    assert_eq!(warnings.len(), 2);
    assert!(
        warnings.iter().any(|it| it.starts_with("source.git_repo.versoin: ")
            && it.ends_with("did you mean `version`?"))
    );
    assert!(warnings.iter().any(|it| it.starts_with("custom_workdir: ")));
    let context = json!({
        "dockerfile": { "url": "file:///Dockerfile" },
        "build_context": { "url": "https://git.example.org/b", "path": "/here" },
    });
    let (_, warnings) = read(&payload(&context)).unwrap();
    assert!(warnings[0].starts_with("source.build_context.path: "), "{warnings:?}");
}

#[test]
fn what_is_shown_of_a_payload_has_no_password() {
    let source = json!({ "git_repo": {
        "url": "https://u:canary@git.example.org/hello.git",
    }});
    let (payload, _) = read(&payload(&source)).unwrap();
    assert!(!format!("{payload:?}").contains("canary"), "{payload:?}");
    let PayloadSource::Git(git) = &payload.source else { panic!("{payload:?}") };
    assert_eq!(git.remote.url(), "https://git.example.org/hello.git");
    assert!(git.remote.login().is_some());
    let document = Document::parse("{\"password\": \"canary\"}", Format::Json).unwrap();
    assert!(!format!("{document:?}").contains("canary"));
}

#[test]
fn a_password_is_not_sent_where_everybody_can_read_it() {
    let open =
        |url: &str| json!({ "git_repo": { "url": url, "username": "u", "password": "canary" } });
    let told = mistakes(&payload(&open("http://git.example.org/hello.git")));
    assert!(told[0].contains("plain HTTP would send the password"), "{told:?}");
    assert!(read(&payload(&open("http://127.0.0.1:1/hello.git"))).is_ok());
}

#[test]
fn a_registry_is_a_host_and_not_what_looks_like_one() {
    let url = |url: &str| {
        let payload = with(payload(&git()), "/target/registry/url", json!(url));
        read(&payload).unwrap().0.registry.url.to_string()
    };
    assert_eq!(url("docker.io"), "docker://docker.io");
    assert_eq!(url("https://index.docker.io/v1/"), "docker://docker.io");
    assert_eq!(url("docker.io.example.com"), "docker://docker.io.example.com");
    assert_eq!(url("https://gitlab.example.org:5050/a/b/"), "docker://gitlab.example.org:5050/a/b");
}

#[test]
fn the_first_version_pushes_an_archive_to_the_host_that_its_name_begins_with() {
    let tar = |name: &str| {
        json!({
            "source_type": "tar", "source_url": "https://files.example.org/hello.tar",
            "target_image_name": name, "target_image_tag": "1.0",
        })
    };
    let (payload, _) = read(&tar("registry.example.org/acme/hello")).unwrap();
    assert_eq!(payload.registry.url.to_string(), "docker://registry.example.org");
    assert_eq!(payload.images[0].name(), "acme/hello:1.0");
    assert!(mistakes(&tar("acme/hello"))[0].starts_with("target.registry: "));
    let other = json!({ "source_type": "git" });
    assert!(mistakes(&other)[0].starts_with("source_type: "));
}

#[test]
fn a_repository_is_named_as_git_names_it_and_never_a_program() {
    for url in
        ["ssh://git@git.example.org:22/a", "git@git.example.org:a/b.git", "file:///a", "git://x/y"]
    {
        assert_eq!(Remote::parse(url).unwrap().url(), url);
    }
    for url in [
        "ext::sh -c x",
        "--x",
        "ssh://-oProxyCommand=x/y",
        "-o@x:y",
        "x",
        "/a",
        "fd::1",
        "https://x/y?z",
    ] {
        assert!(Remote::parse(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn what_was_fetched_is_fetched_once_and_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path().join("fetched"), network());
    let fill = async |to: &std::path::Path| {
        fs::write(to.join("file"), "content").unwrap();
        Ok(())
    };
    let held = cache.get("held", fill).await.unwrap();
    for name in 0..20 {
        cache.get(&name.to_string(), fill).await.unwrap();
    }
    let never = async |_: &std::path::Path| panic!("it is there");
    let again = cache.get("held", never).await.unwrap();
    assert_eq!(again.folder, held.folder);
    let names = fs::read_dir(folder.path().join("fetched")).unwrap();
    let folders = names.filter(|it| it.as_ref().unwrap().file_type().unwrap().is_dir());
    assert!(folders.count() <= 10);
}

#[tokio::test]
async fn what_cannot_be_fetched_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path().to_owned(), network());
    let fail = async |to: &std::path::Path| {
        fs::write(to.join("half"), "half").unwrap();
        Err(Failure::new(FailureKind::Network, Side::Source, "it broke"))
    };
    assert!(cache.get("x", fail).await.is_err());
    let left = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name());
    assert!(left.into_iter().all(|name| name.to_string_lossy().ends_with(".lock")));
}

#[tokio::test]
async fn a_commit_has_the_same_files_on_every_machine() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("repository");
    let script = "git init -q . && echo hi > hello && chmod 777 hello && mkdir sub && \
                  echo one > sub/one && chmod 600 sub/one && ln -s hello link && git add . && \
                  git -c user.name=x -c user.email=x commit -q -m one --date=now";
    fs::create_dir(&repository).unwrap();
    let mut shell = Command::new("sh");
    let date = "2023-11-14T22:13:20Z";
    shell.args(["-c", script]).current_dir(&repository).env("GIT_COMMITTER_DATE", date);
    shell.assert().success();
    let remote = Remote::parse(&format!("file://{}", repository.display())).unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let commit = program().commit(&remote, "HEAD", folder.path()).await.unwrap();
    program().check_out(&remote, &commit, &out).await.unwrap();
    let mut listed = std::process::Command::new("find");
    let listed = listed.args([".", "-printf", "%P %M %T@\n"]).current_dir(&out).output().unwrap();
    let mut listed: Vec<String> =
        String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    listed.sort();
    insta::assert_snapshot!(listed.join("\n"));
}

/// What the builder is given where the base is another.
fn based(dockerfile: &str) -> String {
    with_base(dockerfile).unwrap()
}

#[test]
fn the_first_external_from_is_replaced_and_nothing_else() {
    insta::assert_snapshot!(
        [
            "FROM python:3.8\nRUN x",
            "FROM a:1 as build\n",
            "# FROM nothing\n# syntax=x\nFROM x@sha256:0123\n",
            "FROM a:1 AS one\nFROM b:2\nFROM a:1\n",
            "FROM --platform=$BUILDPLATFORM img AS it\n",
            "from img\nrun x",
            "ARG V=1\nFROM python:${V}\n",
            "FROM scratch AS nothing\nFROM nothing AS build\nFROM build\nFROM img\n",
            "FROM \\\n  img \\\n  AS it\nRUN <<EOF\nFROM heredoc\nEOF\n",
            "# escape=`\nFROM `\n  img\n",
        ]
        .map(based)
        .join("\n----\n")
    );
}

#[test]
fn a_base_needs_an_image_that_it_replaces() {
    for dockerfile in ["FROM scratch\n", "FROM scratch AS a\nFROM A\n"] {
        let failure = with_base(dockerfile).unwrap_err();
        assert!(failure.to_string().contains("which has none"), "{failure}");
    }
    assert!(with_base("FRM x\n").is_err());
}

/// Trees as payloads are, and others.
fn trees() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~]{0,90}",
        proptest::sample::select(vec![
            "",
            "~",
            "null",
            "true",
            "no",
            "1.0",
            "0x1",
            "1e3",
            ".",
            "- a",
            "a: b",
            "# a",
            "'",
            "\"",
            "a\nb\n",
            " a ",
            "<<",
            "&a",
            "*a",
            "!a",
            "2026-01-01",
            "012",
            "{}",
            "[",
            "%",
            "|",
            ">",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(text.clone(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_json_says_comes_back_from_yaml(tree in trees()) {
        let tree = json!({ "source": { "git_repo": { "x": tree } } });
        let document = Document::parse(&tree.to_string(), Format::Json).unwrap().completed();
        let yaml = document.to_yaml();
        let back = Document::parse(&yaml, Format::Yaml);
        prop_assert!(back.as_ref() == Ok(&document), "{}\n{}\n{:?}", document.to_json(), yaml, back.err());
        prop_assert_eq!(back.unwrap().completed().to_json(), document.to_json());
    }
}

#[test]
fn a_payload_that_is_not_there_is_told() {
    let mut command = Command::cargo_bin("castoff").unwrap();
    let output = command.args(["image", "build", "nowhere.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn what_is_empty_is_taken_as_absent() {
    let payload = r#"{
        "source": { "git_repo": {
            "url": "https://git.example.org/a.git", "version": "", "workdir": "",
            "username": "", "password": ""
        }, "build_context": {} },
        "target": {
            "images": [{ "image": "a", "tag": "1", "base": "", "platforms": [] }],
            "registry": { "url": "registry.example.org", "username": "", "password": "" }
        }
    }"#;
    let document = castoff::recipe::image_builder::Document::parse(
        payload,
        castoff::recipe::image_builder::Format::Json,
    );
    let (payload, warnings) = document.unwrap().payload().unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(payload.images[0].base, None);
    assert_eq!(payload.images[0].platforms, ["linux/amd64".parse().unwrap()]);
    assert!(payload.registry.login.is_none());
}
