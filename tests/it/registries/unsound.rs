//! Answers that are whole and nevertheless not to be used.

use std::sync::atomic::{AtomicBool, Ordering};

use castoff::model::media_type;

use super::{Answer, Asked, Desk, Registry, Server, bucket::Bucket};

#[test]
fn a_registry_elsewhere_sends_no_credential_to_this_machine() {
    let service = Server::start(|_| Answer::new(200, "{\"token\":\"t\"}"));
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"here\"", service.address);
    // What is asked of another machine comes there.
    let proxy = Server::start(move |_| Answer::new(401, "{}").with("www-authenticate", &*realm));
    let desk = Desk::new().env("http_proxy", format!("http://{}", proxy.address));
    desk.run(&["push", "--insecure", "-t", "app:1", "images", "docker://registry.invalid/app"])
        .expect(4)
        .says(&["the registry's token service is at an address of this machine or its link"]);
    assert!(!proxy.seen("*", "").is_empty());
    assert!(service.seen("*", "").is_empty(), "{:?}", service.seen("*", ""));
}

#[test]
fn a_document_of_a_bucket_that_has_no_end_is_not_read_whole() {
    let bucket = Bucket::with(|asked, usual| {
        let is_tag = asked.method == "GET" && asked.path.ends_with("/df-dist-v1/tool/1");
        if is_tag { Answer::new(200, vec![b' '; (16 << 20) + 1]) } else { usual() }
    });
    let desk = Desk::new();
    desk.write("files/linux/amd64/tool", "tool");
    desk.run(&["push", "-t", "tool:1", "files", &bucket.url()])
        .expect(4)
        .says(&["df-dist-v1/tool/1", "which is too large"]);
}

#[test]
fn an_index_under_the_tag_of_signatures_is_no_list_of_them_and_stays() {
    let (from, to) = (Registry::start(), Registry::start());
    let digest = from.held().image("1")["digest"].as_str().unwrap().to_owned();
    let tag = format!("{}.sig", digest.replace(':', "-"));
    from.held().image(&tag);
    let index = r#"{"schemaVersion":2,"manifests":[]}"#;
    let theirs = to.held().put(&tag, media_type::INDEX, index);
    let ended = Desk::new().run(&["copy", &from.url(":1"), &to.url(":1")]);
    ended.expect(5).says(&[&format!("`{tag}` names {theirs}, parts of which ")]);
    assert_eq!(to.held().tags[&tag], theirs);
}

#[test]
fn a_registry_that_keeps_nothing_once_it_was_asked_is_sent_nothing_more() {
    let is_first = AtomicBool::new(true);
    let registry = Registry::with(move |asked: &Asked, usual| {
        let here = |status| Answer::new(status, "").with("location", &asked.path);
        match () {
            () if asked.is("PATCH", "/uploads/") && is_first.swap(false, Ordering::Relaxed) => {
                here(416)
            }
            () if asked.is("PATCH", "/uploads/") => here(202).with("range", "0-0"),
            () if asked.is("GET", "/uploads/") => here(204).with("range", "0-0"),
            () => usual(),
        }
    });
    let desk = Desk::new();
    desk.large_content();
    desk.configure(&registry.url(""));
    desk.run(&["--batch"]).expect(3).says(&["discards what it receives"]);
    let ends = registry.server.seen("PUT", "/uploads/");
    assert!(ends.iter().all(|asked| !asked.body.is_empty()), "what is not there was ended");
    assert!(registry.tags().is_empty());
}
