//! What is published, looked at by `castoff ls` and `castoff inspect`.

use std::sync::Arc;

use serde_json::Value;

use super::{ARM, Lab, hub, shelf};
use crate::support::{Answer, Castoff, DockerRegistry, Fault, FaultProxy, Garage, Rule};

/// A project that has published two versions to a registry, a bucket and a
/// layout, and the URLs of its repository there.
fn published(name: &str) -> (Lab, [String; 3], Arc<Garage>) {
    let garage = Garage::shared();
    let lab = Lab { castoff: Castoff::new().with(&garage), registry: DockerRegistry::start() };
    let bucket = format!("[[sink]]\nname = \"garage\"\nurl = \"{}\"\n", garage.url());
    let sinks = [hub(lab.registry.address()), bucket, shelf("shelf")];
    let sinks = sinks.map(|sink| format!("{sink}repository = \"{name}\"\n"));
    for version in ["0.9", "0.10"] {
        lab.content(version);
        lab.configure_sinks(version, &sinks, "");
        lab.castoff.run(&["--batch"]).expect(0);
    }
    let urls = ["hub", "garage", "shelf"].map(|sink| format!("{sink}/{name}"));
    (lab, urls, garage)
}

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Only some places know when a tag moved.
fn without_dates(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("date");
    }
    lines
}

#[test]
fn tags_are_listed_by_version_with_what_they_name_alike_at_every_sink() {
    let (lab, urls, _garage) = published("browse-ls");
    let told: Vec<Vec<Value>> = urls
        .iter()
        .map(|url| json(&lab.castoff.run(&["ls", url, "--json"]).expect(0).stdout))
        .map(without_dates)
        .collect();
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    let tags: Vec<&str> = told[0].iter().filter_map(|line| line["tag"].as_str()).collect();
    assert_eq!(tags, ["0.9", "0.10", "latest"]);
    let digest = |place: usize| told[0][place]["names"]["root"]["digest"].as_str().unwrap();
    assert_eq!(digest(1), digest(2));
    assert_eq!(Some(digest(1)), lab.at_shelf_of("browse-ls", "0.10").as_deref());
    let text = lab.castoff.run(&["ls", &urls[0]]).expect(0).stdout;
    assert!(text.contains("linux/amd64, linux/arm64"), "{text}");
    let names = lab.castoff.run(&["ls", &urls[1], "--names", "--sort", "stored"]).expect(0);
    assert_eq!(names.stdout, "0.10\n0.9\nlatest\n");
}

#[test]
fn repositories_are_listed_where_there_is_a_list() {
    let (lab, _, _garage) = published("browse-catalog");
    for sink in ["hub", "garage", "shelf"] {
        let listed = lab.castoff.run(&["ls", sink]).expect(0).stdout;
        assert!(listed.lines().any(|name| name.ends_with("browse-catalog")), "{sink}: {listed}");
    }
}

#[test]
fn a_tag_is_inspected_down_to_its_layers_alike_at_every_sink() {
    let (lab, urls, _garage) = published("browse-inspect");
    let inspect = |url: &str, more: &[&str]| {
        let reference = format!("{url}:0.9");
        let arguments: Vec<&str> = ["inspect", &reference].iter().chain(more).copied().collect();
        lab.castoff.run(&arguments).expect(0).stdout
    };
    let trees: Vec<String> = urls.iter().map(|url| inspect(url, &["--json"])).collect();
    assert_eq!(trees[0], trees[1]);
    assert_eq!(trees[0], trees[2]);
    let tree: Value = serde_json::from_str(&trees[0]).unwrap();
    assert_eq!(tree["manifests"].as_array().unwrap().len(), 2);
    assert_eq!(tree["manifests"][0]["layers"].as_array().unwrap().len(), 2);
    let raw = inspect(&urls[0], &["--raw"]);
    let digest = tree["root"]["digest"].as_str().unwrap();
    assert_eq!(castoff::model::Digest::of(raw.as_bytes()).to_string(), digest);
    let arm = inspect(&urls[0], &["--platform", ARM]);
    assert!(arm.contains(ARM) && !arm.contains("amd64"), "{arm}");
    let by_digest = format!("{}@{digest}", urls[0]);
    let by_digest = lab.castoff.run(&["inspect", &by_digest, "--json"]).expect(0).stdout;
    assert_eq!(by_digest, trees[0]);
}

#[test]
fn what_does_not_exist_is_said_to() {
    let (lab, urls, _garage) = published("browse-missing");
    for url in &urls {
        let ended = lab.castoff.run(&["inspect", &format!("{url}:7")]).expect(4);
        assert!(ended.stderr.contains("does not exist"), "{}", ended.stderr);
        let ended = lab.castoff.run(&["ls", &format!("{url}-not")]).expect(4);
        assert!(ended.stderr.contains("does not exist"), "{}", ended.stderr);
    }
    let ended = lab.castoff.run(&["ls", "docker://127.0.0.1:1/x"]).expect(4);
    assert!(ended.stderr.contains("Connection refused"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_an_end_is_not_read_for_ever() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    lab.run(&["--batch"]).expect(0);
    let next = "</v2/team/app/tags/list?n=1&last=1.0>; rel=\"next\"".to_owned();
    let rules = vec![Rule::on("GET", "/tags/list", Fault::Header("link", Some(next)))];
    let proxy = FaultProxy::start(lab.registry.address(), rules).await;
    let url = format!("docker://{}/team/app", proxy.address());
    let ended = lab.run(&["ls", &url]).expect(4);
    assert!(ended.stderr.contains("the list does not end"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_escape_sequences_is_shown_without() {
    let body = serde_json::json!({ "name": "x", "tags": ["\u{1b}[2J\u{202e}evil"] }).to_string();
    let rules = vec![
        Rule::on("GET", "/tags/list", Fault::Answer(Answer::new(200).body(body))),
        Rule::on("GET", "/v2/", Fault::Answer(Answer::new(200))),
    ];
    let proxy = FaultProxy::alone(rules).await;
    let castoff = Castoff::new();
    let url = format!("docker://{}/x", proxy.address());
    for arguments in [&["ls", &url][..], &["ls", &url, "--names"]] {
        let ended = tokio::task::block_in_place(|| castoff.run(arguments)).expect(0);
        assert!(ended.stdout.starts_with(r"\u{1b}[2J\u{202e}evil"), "{:?}", ended.stdout);
    }
}

#[test]
fn a_diff_tells_what_changed_between_versions_and_between_sinks() {
    let (lab, urls, _garage) = published("browse-diff");
    let at = |place: usize, tag: &str| format!("{}:{tag}", urls[place]);
    let same = lab.castoff.run(&["diff", &at(0, "0.10"), &at(1, "latest")]).expect(0).stdout;
    assert!(same.starts_with("both are sha256:"), "{same}");
    let told = lab.castoff.run(&["diff", &at(0, "0.9"), &at(2, "0.10"), "--json"]).expect(0);
    let diff: Value = serde_json::from_str(&told.stdout).unwrap();
    let platforms = diff["platforms"].as_array().unwrap();
    assert_eq!(platforms.len(), 2);
    for platform in platforms {
        assert_eq!(platform["change"], "changed");
        let count = |layers: &str| platform[layers].as_array().unwrap().len();
        assert_eq!((count("shared"), count("removed"), count("added")), (0, 2, 2));
        assert_eq!(platform["config_changed"], true);
    }
}

#[test]
fn ten_thousand_tags_are_listed_at_a_registry() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    lab.castoff.run(&["--batch"]).expect(0);
    // The registry's own form of a tag.
    let tags = lab.registry.storage().join("repositories/team/app/_manifests/tags");
    let digest = lab.at_hub("1.0").unwrap();
    for place in 0..10_000 {
        let current = tags.join(format!("t{place:05}/current"));
        std::fs::create_dir_all(&current).unwrap();
        std::fs::write(current.join("link"), &digest).unwrap();
    }
    let stored = lab.castoff.run(&["ls", "hub/app", "--names", "--sort", "stored"]).expect(0);
    let versions = lab.castoff.run(&["ls", "hub/app", "--names"]).expect(0);
    assert_eq!(stored.stdout.lines().count(), 10_002);
    assert_eq!(versions.stdout.lines().next(), Some("1.0"));
    assert_eq!(versions.stdout.lines().last(), Some("t09999"));
}

#[test]
fn what_a_server_can_do_is_tried_without_changing_it() {
    let (lab, urls, garage) = published("browse-can");
    let before = garage.keys("v2/browse-can/");
    let told: Vec<Value> = urls
        .iter()
        .map(|url| lab.castoff.run(&["inspect", url, "--json"]).expect(0).stdout)
        .map(|told| serde_json::from_str(&told).unwrap())
        .collect();
    let can = |place: usize, what: &str| told[place]["can"][what].as_str().unwrap().to_owned();
    for (what, hub) in [
        ("catalogue", "yes"),
        ("referrers", "no"),
        ("mounts", "yes"),
        ("tag_deletes", "no"),
        ("manifest_deletes", "yes"),
        ("conditional_writes", "no"),
        ("resumable_uploads", "yes"),
    ] {
        assert_eq!(can(0, what), hub, "{what}");
    }
    // Garage takes the condition, and does not heed it.
    assert_eq!(can(1, "conditional_writes"), "no");
    assert_eq!(can(1, "resumable_uploads"), "yes");
    assert!(!garage.keys("").contains(&".castoff-probe".to_owned()));
    assert_eq!(garage.keys("v2/browse-can/"), before);
    let text = lab.castoff.run(&["inspect", &urls[0]]).expect(0).stdout;
    assert!(text.contains("referrers            no: stored as an index under a tag"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_nested_in_itself_or_not_what_it_should_be_is_refused() {
    let index = "application/vnd.oci.image.index.v1+json";
    let digest = format!("sha256:{}", "a".repeat(64));
    let itself = serde_json::json!({
        "schemaVersion": 2, "mediaType": index,
        "manifests": [{ "mediaType": index, "digest": digest, "size": 10 }],
    });
    let huge = serde_json::json!({
        "schemaVersion": 2, "mediaType": index,
        "manifests": [{ "mediaType": index, "digest": digest, "size": 10_000_000_000_u64 }],
    });
    for (body, expected) in [(itself, "instead of"), (huge, "which is too large")] {
        let answer = || Answer::new(200).header("Content-Type", index).body(body.to_string());
        let rules = vec![
            Rule::on("GET", "/manifests/", Fault::Answer(answer())),
            Rule::on("HEAD", "/manifests/", Fault::Answer(Answer::new(405))),
            Rule::on("GET", "/referrers/", Fault::Answer(Answer::new(404))),
            Rule::on("GET", "/v2/", Fault::Answer(Answer::new(200))),
        ];
        let proxy = FaultProxy::alone(rules).await;
        let castoff = Castoff::new();
        let reference = format!("docker://{}/x:1", proxy.address());
        let ended = tokio::task::block_in_place(|| castoff.run(&["inspect", &reference]));
        assert_ne!(ended.status, Some(0));
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}
