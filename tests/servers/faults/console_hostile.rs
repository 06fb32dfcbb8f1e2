//! The Browse screen before servers that mean no good, or go wrong: each says
//! what is the matter, and the rest of the screen stays usable.

use castoff::model::{Descriptor, Digest};
use serde_json::{Value, json};

use super::{
    Lab,
    console_browse::{ENTER, ESC, browse, published},
    denied, hub, shelf,
};
use crate::support::{Answer, Behind, DockerRegistry, Fault, Rule, Setup, Terminal};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A tag's name that would clear the screen and turn the text around.
const EVIL: &str = "\u{1b}[2J\u{202e}evil";
/// The same, as it is shown.
const SHOWN: &str = r"\u{1b}[2J\u{202e}evil";

/// A project that has published two versions to a registry, which is behind a
/// proxy from now on, and to a layout.
fn behind(rules: impl FnOnce(&Lab) -> Vec<Rule>) -> (Lab, Behind) {
    let lab = published(|lab| vec![hub(lab.registry.address()), shelf("shelf")]);
    let proxy = Behind::start(lab.registry.address(), rules(&lab));
    lab.configure("0.10", proxy.address());
    (lab, proxy)
}

/// Looks at the layout, of which nothing is spoiled, and goes back.
fn expect_usable(console: &mut Terminal) {
    console.press("hhhhG\r");
    console.expect("shelf/app");
    console.press(ENTER);
    console.expect("linux/arm64");
    console.press("hhg");
    console.expect("2 sinks, as configured");
}

/// Ends the console as a user does.
fn leave(mut console: Terminal) {
    console.press("q");
    assert_eq!(console.end(), 0);
    console.expect_restored();
}

#[test]
fn a_wrong_password_is_told_and_the_right_one_is_taken_when_asked_again() {
    let setup = Setup { user: Some(("bob", "secret")), ..Setup::default() };
    let lab = Lab { registry: DockerRegistry::with(&setup), ..Lab::new() };
    let host = lab.registry.address();
    let log_in = |auth: &str| {
        let login = json!({ "auths": { host: { "auth": auth } } });
        lab.castoff.docker_config(&login.to_string());
    };
    // bob:secret
    log_in("Ym9iOnNlY3JldA==");
    lab.configure("1.0", host);
    lab.run(&["--batch"]).expect(0);
    // bob:swordfish
    log_in("Ym9iOnN3b3JkZmlzaA==");
    let mut console = browse(&lab.castoff);
    console.press(ENTER);
    console.expect("401");
    console.expect("rejects the credentials; log");
    assert!(!console.text().contains("swordfish"), "{}", console.text());
    expect_usable(&mut console);
    log_in("Ym9iOnNlY3JldA==");
    console.press(ENTER);
    console.expect("1 repository");
    console.press(ENTER);
    console.expect("2 tags, by version");
    leave(console);
}

#[test]
fn a_repository_without_rights_says_so_and_the_others_are_opened() {
    let (lab, _proxy) = behind(|_| {
        vec![
            Rule::on("*", "/v2/team/other/", denied("no tags for you")),
            Rule::on("*", "/v2/team/third/manifests/", denied("no manifests for you")),
        ]
    });
    for name in ["other", "third"] {
        let to = format!("docker://{}/team/{name}:1.0", lab.registry.address());
        lab.run(&["copy", "shelf/app:0.9", &to]).expect(0);
    }
    let mut console = browse(&lab.castoff);
    console.press(ENTER);
    console.expect("3 repositories");
    console.press("j\r");
    console.expect("DENIED: no tags for you");
    console.expect("tags/list: 403");
    console.expect("the permission to pull");
    console.press("hj\r");
    console.expect("1 tag, by version");
    console.expect("no manifests for you");
    console.press(ENTER);
    console.expect("0 manifests");
    console.expect("DENIED: no manifests for you");
    console.press("hhg\r");
    console.expect("3 tags, by version");
    console.expect("linux/arm64");
    expect_usable(&mut console);
    leave(console);
}

#[test]
fn content_that_is_not_what_its_digest_says_is_not_shown() {
    let (lab, _proxy) = behind(|lab| {
        let told = lab.run(&["inspect", "shelf/app:0.10", "--json"]).expect(0).stdout;
        let tree: Value = serde_json::from_str(&told).unwrap();
        let config = tree["manifests"][0]["config"]["digest"].as_str().unwrap();
        let manifest = lab.at_hub("0.9").unwrap();
        let forged = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] });
        let forged = Answer::new(200).header("Content-Type", INDEX).body(forged.to_string());
        let other = Fault::Answer(Answer::new(200).body("{}"));
        vec![
            Rule::on("GET", &format!("/manifests/{manifest}"), Fault::Answer(forged)),
            Rule::on("GET", &format!("/blobs/{config}"), other),
        ]
    });
    let mut console = browse(&lab.castoff);
    console.press(ENTER);
    console.expect("1 repository");
    console.press(ENTER);
    console.expect("3 tags, by version");
    // The line is wrapped.
    console.expect("cannot be read: the");
    console.expect("received");
    console.press("j");
    console.expect("instead");
    console.press(ENTER);
    // The one row is the index itself, as what cannot be read.
    console.expect("1 manifest");
    console.expect("cannot be read: the");
    console.expect("instead");
    // Nor is it compared.
    console.press("h gd");
    console.expect("╭─ diff");
    console.press(ENTER);
    console.expect_gone("╭─ diff");
    expect_usable(&mut console);
    leave(console);
}

/// Rules that serve `body` under a tag and under its digest, and how it is
/// described.
fn serves(tag: &str, kind: &str, body: &Value) -> (Vec<Rule>, Value) {
    let body = body.to_string();
    let described = Descriptor::of(kind, body.as_bytes());
    let rule = |name: &str| {
        let answer = Answer::new(200).header("Content-Type", kind).body(&body);
        Rule::on("*", &format!("/manifests/{name}"), Fault::Answer(answer))
    };
    let rules = vec![rule(tag), rule(&described.digest.to_string())];
    (rules, serde_json::to_value(described).unwrap())
}

fn index(of: &[Value]) -> Value {
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": of })
}

/// Tags that are not what tags should be.
fn hostile_tags() -> Vec<Rule> {
    let listed = json!({
        "name": "team/app",
        "tags": ["0.9", EVIL, "claims", "deep", "endless", "heavy", "itself", "wide"],
    });
    let mut rules = vec![Rule::on("GET", "/tags/list", answer(listed.to_string()))];
    // An index that is said to contain itself.
    let it = Digest::of(b"itself");
    let itself = index(&[json!({ "mediaType": INDEX, "digest": it, "size": 10 })]);
    rules.extend(serves("itself", INDEX, &itself).0);
    rules.extend(serves(&it.to_string(), INDEX, &itself).0);
    // Indexes in indexes, and the same one again and again.
    let mut deep = index(&[]);
    for tag in ["in-1", "in-2", "in-3", "in-4", "in-5", "deep"] {
        let (more, described) = serves(tag, INDEX, &deep);
        rules.extend(more);
        deep = index(&[described]);
    }
    let (more, leaf) = serves("leaf", INDEX, &index(&[]));
    rules.extend(more);
    rules.extend(serves("wide", INDEX, &index(&vec![leaf; 2_000])).0);
    // Layers that no number can count.
    let empty = Descriptor::of("application/vnd.oci.empty.v1+json", b"{}");
    let layer = json!({ "mediaType": "x/y", "digest": it, "size": u64::MAX });
    let other = json!({ "mediaType": "x/y", "digest": Digest::of(b"other"), "size": u64::MAX });
    let heavy = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [layer, other],
    });
    rules.extend(serves("heavy", MANIFEST, &heavy).0);
    rules.extend(endless());
    rules
}

/// A manifest of 10 GB, which is said before or not.
fn endless() -> [Rule; 2] {
    let answer = || {
        Answer::new(200)
            .header("Content-Type", MANIFEST)
            .header("Content-Length", "10000000000")
            .body(" ".repeat(5 << 20))
    };
    let described = answer().header("Docker-Content-Digest", Digest::of(b"10 GB").to_string());
    [
        Rule::on("*", "/manifests/claims", Fault::Answer(described)),
        Rule::on("*", "/manifests/endless", Fault::Answer(answer())),
    ]
}

fn answer(body: String) -> Fault {
    Fault::Answer(Answer::new(200).body(body))
}

#[test]
fn a_tag_that_is_not_what_a_tag_should_be_says_why() {
    let (lab, _proxy) = behind(|_| hostile_tags());
    let mut console = browse(&lab.castoff);
    console.press(ENTER);
    console.expect("1 repository");
    console.press(ENTER);
    console.expect("8 tags, by version");
    console.expect("linux/arm64");
    console.press("j");
    console.expect("this is not a valid tag, so it cannot be read");
    for expected in [
        "which is too large",
        "is nested in more than 4",
        "has more than 4194304 bytes",
        "16384.0 PiB",
        "instead",
        "has more than 1000",
    ] {
        console.press("j");
        console.expect(expected);
    }
    expect_usable(&mut console);
    leave(console);
}

#[test]
fn a_name_with_escape_sequences_is_shown_without_on_the_screen() {
    let (lab, _proxy) = behind(|_| {
        let names = json!({ "repositories": ["team/app", format!("team/{EVIL}")] });
        let tags = json!({ "name": "team/app", "tags": [EVIL, "0.9"] });
        vec![
            Rule::on("GET", "/v2/_catalog", answer(names.to_string())),
            Rule::on("GET", "/tags/list", answer(tags.to_string())),
        ]
    });
    let mut console = browse(&lab.castoff);
    console.press(ENTER);
    console.expect("2 repositories");
    console.expect(&format!("team/{SHOWN}"));
    // It comes before the letters.
    console.press("g\r");
    console.expect("is not a repository");
    console.press("j\r");
    console.expect("2 tags, by version");
    console.expect(SHOWN);
    console.press("G\r");
    console.expect("is not a valid tag, so it cannot be read");
    console.press("y");
    console.expect("copied: docker://");
    assert!(console.clipboard().ends_with(SHOWN), "{:?}", console.clipboard());
    for (key, expected) in [("c", "select a tag"), ("D", "select a tag"), (" ", "can be marked")] {
        console.press(key);
        console.expect(expected);
    }
    console.press("k");
    console.expect("linux/arm64");
    expect_usable(&mut console);
    leave(console);
}

#[test]
fn a_list_without_an_end_is_stopped_by_the_user_or_by_itself() {
    let next = |page: &str| {
        let link = format!("</v2/team/app/tags/list?{page}>; rel=\"next\"");
        Fault::Header("link", Some(link))
    };
    let (lab, proxy) = behind(|_| {
        vec![
            Rule::on("GET", "/team/itself/tags/list", next("again")),
            // Round and round.
            Rule::on("GET", "/tags/list?one", next("other")),
            Rule::on("GET", "/tags/list", next("one")),
        ]
    });
    let to = format!("docker://{}/team/itself:1.0", lab.registry.address());
    lab.run(&["copy", "shelf/app:0.9", &to]).expect(0);
    let mut console = browse(&lab.castoff);
    console.press(ENTER);
    console.expect("2 repositories");
    console.press("j\r");
    console.expect("the list does not end");
    console.press("hg\r");
    console.expect("tags so far");
    console.press(ESC);
    console.expect("stopped: the list is incomplete");
    expect_usable(&mut console);
    let asked = proxy.seen_of("GET", "/tags/list").len();
    expect_usable(&mut console);
    assert_eq!(proxy.seen_of("GET", "/tags/list").len(), asked);
    leave(console);
}
