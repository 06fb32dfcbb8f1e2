//! Answers that are whole and nevertheless not to be used.

use castoff::model::media_type;

use super::{Answer, Desk, Registry, Server, bucket::Bucket};

#[test]
fn a_registry_elsewhere_sends_no_credential_to_this_machine() {
    let service = Server::start(|_| Answer::new(200, "{\"token\":\"t\"}"));
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"here\"", service.address);
    // What is asked of another machine comes there.
    let proxy = Server::start(move |_| Answer::new(401, "{}").with("www-authenticate", &*realm));
    let desk = Desk::new().env("http_proxy", format!("http://{}", proxy.address));
    desk.run(&["push", "--insecure", "-t", "app:1", "images", "docker://registry.invalid/app"])
        .expect(4)
        .says(&["the registry names a token service on this machine or its link"]);
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
        .says(&["df-dist-v1/tool/1", "which is too much to be read whole"]);
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
    ended.expect(5).says(&[&format!("`{tag}` names {theirs}, which ")]);
    assert_eq!(to.held().tags[&tag], theirs);
}
