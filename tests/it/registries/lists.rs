//! Lists that break off, and answers that say in their own way that there is
//! nothing.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// A registry of which the second page of a list is `answer`.
fn broken(list: &'static str, answer: &Answer) -> Registry {
    let answer = answer.clone();
    let registry = Registry::with(move |asked: &Asked, usual| {
        if !asked.is("GET", list) {
            return usual();
        }
        if asked.value("next").is_some() {
            return answer.clone();
        }
        usual().with("link", format!("<{}?next=1>; rel=\"next\"", asked.path))
    });
    for tag in ["1.0", "1.1", "zstable"] {
        registry.held().image(tag);
    }
    registry
}

fn cut_off() -> [Answer; 3] {
    [
        refusal(404, "NAME_UNKNOWN", "no such repository"),
        Answer::new(404, ""),
        Answer::new(502, "<html>"),
    ]
}

#[test]
fn half_a_list_of_tags_is_not_collected_by() {
    for answer in cut_off() {
        let registry = broken("/tags/list", &answer);
        let desk = Desk::new();
        for verb in [&["ls"][..], &["gc", "--keep", "1"]] {
            let url = registry.url("");
            let ended = desk.run(&[verb, &[&*url, "--insecure"]].concat());
            assert_eq!(ended.status, 3, "{verb:?}: {}", ended.stderr);
        }
        assert_eq!(registry.tags(), ["1.0", "1.1", "zstable"]);
        assert!(registry.server.seen("DELETE", "").is_empty());
    }
}

#[test]
fn half_a_catalogue_is_not_shown_as_all() {
    for answer in cut_off() {
        let registry = broken("/_catalog", &answer);
        let host = format!("docker://{}", registry.server.address);
        Desk::new().run(&["ls", &host, "--insecure"]).expect(3);
    }
}

#[test]
fn nothing_is_there_whatever_code_says_so() {
    for code in ["UNKNOWN", "TAG_EXPIRED", "TAG_UNKNOWN", "404", "MANIFEST_UNKNOWN"] {
        // The tag is shown late, and what is not there yet is told so.
        let late = Arc::new(AtomicU32::new(3));
        let left = Arc::clone(&late);
        let registry = Registry::with(move |asked: &Asked, usual| {
            let is_read = ["GET", "HEAD"].contains(&asked.method.as_str());
            let is_late = is_read && asked.path.ends_with("/manifests/1");
            if is_late && left.load(Ordering::Relaxed) > 0 {
                left.fetch_sub(1, Ordering::Relaxed);
                return refusal(404, code, "it does not exist");
            }
            usual()
        });
        let desk = Desk::new();
        let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
        assert_eq!(ended.status, 0, "{code}: {}", ended.stderr);
        assert_eq!(registry.tags(), ["1"], "{code}");
        assert_eq!(late.load(Ordering::Relaxed), 0, "{code}");
    }
}

#[test]
fn what_may_not_be_seen_is_not_taken_for_absent() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.path.contains("/manifests/1") && asked.method == "HEAD" {
            return Answer::new(405, "");
        }
        if asked.is("GET", "/manifests/1") {
            return refusal(404, "DENIED", "not for you");
        }
        usual()
    });
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    ended.says(&["not for you"]);
    assert!(registry.tags().is_empty());
}

#[test]
fn a_wait_of_a_day_is_not_begun() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("POST", "/blobs/uploads/") {
            return refusal(429, "TOOMANYREQUESTS", "tomorrow").with("retry-after", "86400");
        }
        usual()
    });
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(3);
    ended.says(&["tomorrow"]).never_says("again in");
}

#[test]
fn half_a_list_of_referrers_lets_no_content_be_removed() {
    for answer in cut_off() {
        let registry = Registry::with(move |asked: &Asked, usual| {
            if !asked.is("GET", "/referrers/") {
                return usual();
            }
            if asked.value("next").is_some() {
                return answer.clone();
            }
            let list = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
            Answer::new(200, list)
                .with("content-type", "application/vnd.oci.image.index.v1+json")
                .with("link", format!("<{}?next=1>; rel=\"next\"", asked.path))
        });
        for tag in ["1.0", "1.1"] {
            registry.held().image(tag);
        }
        let desk = Desk::new();
        let ended = desk.run(&["gc", &registry.url(""), "--keep", "1"]);
        assert_eq!(ended.status, 3, "{}", ended.stderr);
        // The tag that was named goes, and what may be about others stays.
        assert_eq!(registry.tags(), ["1.1"]);
        assert!(registry.server.seen("DELETE", "sha256:").is_empty());
        assert_eq!(registry.held().manifests.len(), 2);
    }
}

/// A registry whose list of tags has two pages, the second of them behind this
/// link, where `PAGE` stands for its address.
fn linked(link: &'static str) -> Registry {
    let registry = Registry::with(move |asked: &Asked, usual| {
        if !asked.is("GET", "/tags/list") {
            return usual();
        }
        if asked.value("next").is_some() {
            return Answer::new(200, r#"{"name":"team/app","tags":["stable"]}"#);
        }
        let page = format!("{}?next=1", asked.path);
        Answer::new(200, r#"{"name":"team/app","tags":["1.0","1.1"]}"#)
            .with("link", link.replace("PAGE", &page))
    });
    let mut held = registry.held();
    for tag in ["1.0", "1.1"] {
        held.image(tag);
    }
    let old = held.tags["1.0"].clone();
    held.tags.insert("stable".to_owned(), old);
    drop(held);
    registry
}

#[test]
fn a_list_goes_on_in_whatever_form_its_link_is_written() {
    for link in [
        "<PAGE>; rel=\"next\"",
        "<PAGE>; rel = next",
        "<PAGE>;rel=NEXT;title=\"a, b; rel=prev\"",
        "</v2/?x=1>; rel=\"prev\", <PAGE>; rel=\"next\"",
        "<PAGE>; rel=\"last next\"",
        "PAGE; rel=\"next\"",
    ] {
        let registry = linked(link);
        let ended = Desk::new().run(&["gc", &registry.url(""), "--keep", "1"]);
        assert_eq!(ended.status, 0, "{link}: {}", ended.stderr);
        assert_eq!(registry.tags(), ["1.1", "stable"], "{link}");
        assert_eq!(registry.held().manifests.len(), 2, "{link}: what stable names is kept");
    }
}

#[test]
fn a_link_that_cannot_be_read_is_not_the_end_of_a_list() {
    for link in ["<PAGE; rel=\"next\"", "<PAGE>", "<>; rel=\"next\""] {
        let registry = linked(link);
        let desk = Desk::new();
        for verb in [&["ls"][..], &["gc", "--keep", "1"]] {
            let ended = desk.run(&[verb, &[&*registry.url("")]].concat());
            assert_ne!(ended.status, 0, "{link}: {}", ended.stdout);
            ended.says(&["the link to the list's next page cannot be read"]);
        }
        assert!(registry.server.seen("DELETE", "").is_empty());
    }
}

#[test]
fn a_list_that_is_another_when_it_is_looked_at_again_lets_no_content_be_removed() {
    for answer in [
        refusal(404, "NAME_UNKNOWN", "no such repository"),
        Answer::new(200, r#"{"name":"team/app","tags":null}"#),
        Answer::new(200, r#"{"errors":[{"code":"UNKNOWN"}]}"#),
        Answer::new(200, r#"{"name":"team/app","tags":["1.1",{"x":1}]}"#),
    ] {
        let looks = AtomicU32::new(0);
        let other = answer.clone();
        let registry = Registry::with(move |asked: &Asked, usual| {
            let is_list = asked.is("GET", "/tags/list");
            if is_list && looks.fetch_add(1, Ordering::Relaxed) > 0 {
                other.clone()
            } else {
                usual()
            }
        });
        {
            let mut held = registry.held();
            held.image("1.0");
            held.image("1.1");
            let old = held.tags["1.0"].clone();
            held.tags.insert("stable".to_owned(), old);
        }
        let ended = Desk::new().run(&["gc", &registry.url(""), "--keep", "1"]);
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_ne!(ended.status, 0, "{said}: {}", ended.stderr);
        assert_eq!(registry.held().manifests.len(), 2, "{said}: {}", ended.stderr);
        assert!(registry.tags().contains(&"stable".to_owned()));
    }
}

#[test]
fn a_tag_that_a_list_shows_late_keeps_what_it_names() {
    let looks = AtomicU32::new(0);
    let registry = Registry::with(move |asked: &Asked, usual| {
        let answer = usual();
        if asked.is("GET", "/tags/list") && looks.fetch_add(1, Ordering::Relaxed) < 3 {
            let body = String::from_utf8(answer.body.clone()).unwrap();
            return Answer { body: body.replace(r#","stable""#, "").into_bytes(), ..answer };
        }
        answer
    });
    registry.held().image("1.0");
    registry.held().image("1.1");
    let desk = Desk::new();
    desk.run(&["copy", &registry.url(":1.0"), &registry.url(":stable")]).expect(0);
    desk.run(&["gc", &registry.url(""), "--keep", "1"]).expect(0);
    assert_eq!(registry.tags(), ["1.1", "stable"]);
    assert_eq!(registry.held().manifests.len(), 2);
}

#[test]
fn a_removal_that_would_take_tags_along_which_a_list_hides_is_refused() {
    for list in [
        Answer::new(200, r#"{"name":"team/app","tags":null}"#),
        refusal(404, "NAME_UNKNOWN", "no such repository"),
    ] {
        let registry = Registry::with(move |asked: &Asked, usual| {
            let is_tag = asked.path.ends_with("/manifests/1.0");
            if asked.is("GET", "/tags/list") {
                return list.clone();
            }
            if is_tag && ["DELETE", "PUT"].contains(&asked.method.as_str()) {
                return refusal(405, "UNSUPPORTED", "tags are not deleted");
            }
            usual()
        });
        {
            let mut held = registry.held();
            held.image("1.0");
            let old = held.tags["1.0"].clone();
            held.tags.insert("stable".to_owned(), old);
        }
        let ended = Desk::new().run(&["rm", &registry.url(":1.0")]);
        assert_ne!(ended.status, 0, "{}", ended.stderr);
        assert_eq!(registry.tags(), ["1.0", "stable"], "{}", ended.stderr);
    }
}

#[test]
fn odd_entries_among_what_is_about_an_image_lose_no_others() {
    let odd = [
        serde_json::json!({ "digest": "blake3:00", "size": 3, "mediaType": "x/y" }),
        serde_json::json!({ "digest": 5 }),
        serde_json::json!(null),
    ];
    for strange in odd {
        let registry = Arc::new(Registry::start());
        let behind = Arc::clone(&registry);
        let mut held = registry.held();
        let image = held.image("1");
        let config = held.blob("application/vnd.oci.empty.v1+json", "{}");
        let layer = held.blob("text/plain", "what is in it");
        let sbom = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "text/spdx", "config": config, "layers": [layer], "subject": image,
        });
        let sbom =
            held.put("about", "application/vnd.oci.image.manifest.v1+json", sbom.to_string());
        held.tags.remove("about");
        drop(held);
        let digest = sbom.clone();
        let front = super::Server::start(move |asked: &Asked| {
            if asked.is("GET", "/referrers/") {
                // Neither size nor media type: they are asked for.
                let entries = serde_json::json!([strange, { "digest": digest }]);
                let list = serde_json::json!({ "schemaVersion": 2, "manifests": entries });
                return Answer::new(200, list.to_string())
                    .with("content-type", "application/vnd.oci.image.index.v1+json");
            }
            behind.again(asked)
        });
        let from = format!("docker://{}/team/app:1", front.address);
        let desk = Desk::new();
        desk.run(&["copy", &from, "oci:shelf:app:1"]).expect(0);
        let name = sbom.replace("sha256:", "shelf/blobs/sha256/");
        assert!(desk.path(&name).exists(), "the SBOM was not copied");
    }
}

#[test]
fn what_is_no_list_of_what_is_about_an_image_ends_a_copy() {
    for body in [r#"{"schemaVersion":2,"manifests":[{"dig"#, r#"{"errors":[]}"#, "[]"] {
        let registry = Registry::with(move |asked: &Asked, usual| {
            if asked.is("GET", "/referrers/") {
                return Answer::new(200, body)
                    .with("content-type", "application/vnd.oci.image.index.v1+json");
            }
            usual()
        });
        registry.held().image("1");
        let ended = Desk::new().run(&["copy", &registry.url(":1"), "oci:shelf:app:1"]);
        assert_eq!(ended.status, 3, "{body}: {}", ended.stderr);
        ended.says(&["not a list of referrers"]);
    }
}

#[test]
fn a_page_for_people_is_no_manifest() {
    let registry = Registry::with(|asked: &Asked, usual| {
        let is_read = ["GET", "HEAD"].contains(&asked.method.as_str());
        if is_read && asked.path.contains("/manifests/") {
            return Answer::new(200, "<html>log in</html>")
                .with("content-type", "text/html; charset=utf-8");
        }
        usual()
    });
    registry.held().image("1");
    let desk = Desk::new();
    for verb in ["inspect", "rm", "verify"] {
        let key: &[&str] = if verb == "verify" { &["--key", "own.pub"] } else { &[] };
        desk.write("own.pub", "");
        let ended = desk.run(&[&[verb, &*registry.url(":1")], key].concat());
        assert_ne!(ended.status, 0, "{verb}: {}", ended.stdout);
        assert_ne!(ended.status, 6, "{verb}: {}", ended.stderr);
    }
    assert_eq!(registry.tags(), ["1"]);
}
