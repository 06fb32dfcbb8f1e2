//! What a bucket is sent, and what castoff makes of its answers.

use std::{fs, os::unix::fs::symlink};

use crate::support::{
    Answer, BUCKET, Behind, Castoff, Ended, Fault, Garage, Rule, busybox, copy_folder,
};

/// castoff before a proxy that stands before Garage.
fn proxied(garage: &Garage, rules: Vec<Rule>) -> (Castoff, Behind, String) {
    let proxy = Behind::start(&garage.endpoint(), rules);
    let url = garage.url().replace(&garage.endpoint(), proxy.address());
    (Castoff::new().with(garage), proxy, url)
}

fn push(castoff: &Castoff, name: &str, path: &str, url: &str) -> Ended {
    castoff.run(&["push", "-t", name, path, url])
}

#[test]
fn a_new_tag_of_files_is_appended_and_an_old_one_keeps_its_place() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    let list = || garage.text("df-dist-v1/files-order");
    for (tag, content, expected) in [
        ("0.9", "first", r#"{"name":"files-order","tags":["0.9"]}"#),
        ("0.10", "second", r#"{"name":"files-order","tags":["0.9","0.10"]}"#),
        ("0.9", "third", r#"{"name":"files-order","tags":["0.9","0.10"]}"#),
    ] {
        castoff.write("df/linux/amd64/tool", content);
        push(&castoff, &format!("files-order:{tag}"), "df", &garage.url()).expect(0);
        assert_eq!(list(), expected);
        assert_eq!(garage.text(&format!("df-dist-v1/files-order/{tag}/linux/amd64/tool")), content);
    }
    assert_eq!(garage.text("df-dist-v1/files-order/0.10/linux/amd64/tool"), "second");
}

#[test]
fn a_file_that_a_new_release_has_no_more_is_removed_from_its_tag() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    castoff.write("df/linux/amd64/kept", "kept");
    castoff.write("df/linux/amd64/gone", "gone");
    push(&castoff, "files-gone:1", "df", &garage.url()).expect(0);
    fs::remove_file(castoff.path("df/linux/amd64/gone")).unwrap();
    push(&castoff, "files-gone:1", "df", &garage.url()).expect(0);
    let keys = ["", "/1", "/1/linux/amd64/kept"].map(|key| format!("df-dist-v1/files-gone{key}"));
    assert_eq!(garage.keys("df-dist-v1/files-gone"), keys);
}

#[test]
fn files_and_folders_are_told_in_order_and_links_are_followed() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    castoff.write("out/zebra", "zebra");
    castoff.write("out/share/doc/manual.txt", "manual");
    fs::create_dir_all(castoff.path("df/linux")).unwrap();
    symlink(castoff.path("out"), castoff.path("df/linux/amd64")).unwrap();
    castoff.write("out/alpha", "alpha");
    push(&castoff, "files-links:1", "df", &garage.url()).expect(0);
    let document = "{\"flavors\":[{\"resources\":[{\"path\":\"alpha\"},\
        {\"path\":\"share/doc/manual.txt\"},{\"path\":\"zebra\"}],\
        \"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}}]}";
    assert_eq!(garage.text("df-dist-v1/files-links/1"), document);
    let manual = "df-dist-v1/files-links/1/linux/amd64/share/doc/manual.txt";
    assert_eq!(garage.text(manual), "manual");
}

#[test]
fn keys_with_every_sort_of_character_arrive_as_they_are() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    let name = "a b+c:d=é&%2F~(1)'!*@,;$.txt";
    castoff.write(&format!("df/linux/amd64/{name}"), "content");
    push(&castoff, "files-strange:1", "df", &garage.url()).expect(0);
    let key = format!("df-dist-v1/files-strange/1/linux/amd64/{name}");
    assert!(garage.keys("df-dist-v1/files-strange/1/").contains(&key));
    assert_eq!(garage.text(&key), "content");
}

#[test]
fn a_bucket_is_in_the_path_and_the_region_in_the_signature() {
    let garage = Garage::shared();
    let (castoff, proxy, url) = proxied(&garage, Vec::new());
    castoff.write("df/linux/amd64/tool", "tool");
    push(&castoff, "files-path:1", "df", &url).expect(0);
    let puts = proxy.seen_of("PUT", "");
    assert!(!puts.is_empty());
    for put in puts {
        assert!(put.path.starts_with(&format!("/{BUCKET}/df-dist-v1/files-path")), "{}", put.path);
        let signed = put.header("authorization").unwrap();
        assert!(signed.contains("/garage/s3/aws4_request"), "{signed}");
    }
}

#[test]
fn nothing_is_named_before_it_is_there() {
    let garage = Garage::shared();
    let (castoff, proxy, url) = proxied(&garage, Vec::new());
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    push(&castoff, "image-order:1", "docker", &url).expect(0);
    let puts = proxy.seen_of("PUT", "/v2/image-order/");
    let path = |put: &crate::support::Seen| put.path.replace("%3A", ":");
    let place = |key: &str| {
        let found = puts.iter().position(|put| path(put).contains(key));
        found.unwrap_or_else(|| panic!("{key} was not written"))
    };
    let (tag, list) = (place("/manifests/1"), place("/tags/list"));
    let index: serde_json::Value =
        serde_json::from_str(&garage.text("v2/image-order/manifests/1")).unwrap();
    let digest = castoff::model::Digest::of(&garage.object("v2/image-order/manifests/1").body);
    let index_place = place(&format!("/manifests/{digest}"));
    assert!(index_place < tag && tag < list);
    for manifest in index["manifests"].as_array().unwrap() {
        let key = format!("/manifests/{}", manifest["digest"].as_str().unwrap());
        let manifest: serde_json::Value =
            serde_json::from_str(&garage.text(&format!("v2/image-order{key}"))).unwrap();
        assert!(place(&key) < index_place);
        for blob in manifest["layers"].as_array().unwrap().iter().chain([&manifest["config"]]) {
            assert!(place(&format!("/blobs/{}", blob["digest"].as_str().unwrap())) < place(&key));
        }
    }
}

#[test]
fn a_bucket_that_fails_for_a_while_is_tried_again() {
    let garage = Garage::shared();
    let rules = vec![
        Rule::on("PUT", "/blobs/", Fault::Answer(Answer::new(500))).times(2),
        Rule::on("PUT", "/manifests/", Fault::Answer(Answer::new(503))).times(1),
        Rule::on("PUT", "/blobs/", Fault::Cut(1000)).after(2).times(1),
    ];
    let (castoff, _proxy, url) = proxied(&garage, rules);
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    let ended = push(&castoff, "image-faults:1", "docker", &url).expect(0);
    assert!(ended.stderr.contains("next attempt in"), "{}", ended.stderr);
}

#[test]
fn a_bucket_that_refuses_is_told_of_with_key_and_status() {
    let garage = Garage::shared();
    let denied = Answer::new(403).header("content-type", "application/xml").body(
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>not for you</Message></Error>",
    );
    let rules = vec![Rule::on("PUT", "/blobs/", Fault::Answer(denied))];
    let (castoff, _proxy, url) = proxied(&garage, rules);
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    let ended = push(&castoff, "image-denied:1", "docker", &url).expect(3);
    for told in ["PUT s3://localhost/v2/image-denied/blobs/sha256:", "403", "not for you"] {
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }
    assert_eq!(ended.stdout, "");
    assert!(!garage.keys("v2/image-denied/").iter().any(|key| key.ends_with("/1")));
}
