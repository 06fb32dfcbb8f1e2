//! The content store.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    time::{Duration, SystemTime},
};

use castoff::{
    model::{Descriptor, Digest, Failure, FailureKind, Manifest, Side, media_type},
    ports::{Source, Store as _},
    store::Store,
};
use tokio::io::AsyncReadExt;

use crate::support::Lab;

const TYPE: &str = media_type::OCTET_STREAM;

async fn read(store: &Store, node: &Descriptor) -> Result<Vec<u8>, Failure> {
    let content = store.open(node).await?;
    let mut bytes = Vec::new();
    let mut reader = content.read(0..content.size()).await?;
    let read = reader.read_to_end(&mut bytes).await;
    read.map_err(|error| Failure::find_in(&error).expect("a failure"))?;
    Ok(bytes)
}

fn blob(lab: &Lab, node: &Descriptor) -> std::path::PathBuf {
    lab.path("store/blobs/sha256").join(node.digest.hex())
}

#[tokio::test]
async fn what_is_another_content_than_it_is_called_is_not_kept() {
    let lab = Lab::new();
    let node = Descriptor::of(TYPE, b"content");
    let failure = lab.store.put(&node, b"another").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Integrity);
    assert!(failure.to_string().contains("has another digest"), "{failure}");
    assert!(read(&lab.store, &node).await.is_err());
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let lab = Lab::new();
    let mut writer = lab.store.writer().expect("a writer");
    writer.write_all(b"content").expect("written");
    let node = writer.commit(TYPE, None).expect("committed");
    assert_eq!(node, Descriptor::of(TYPE, b"content"));
    assert_eq!(read(&lab.store, &node).await.expect("content"), b"content");
    let part = lab.store.open(&node).await.expect("content").read(2..5).await;
    let mut bytes = Vec::new();
    part.expect("a reader").read_to_end(&mut bytes).await.expect("a part");
    assert_eq!(bytes, b"nte");
    assert_eq!(
        fs::metadata(blob(&lab, &node)).expect("a blob").permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let lab = Lab::new();
    let failure = read(&lab.store, &Descriptor::of(TYPE, b"x")).await.expect_err("nothing");
    assert_eq!(failure.kind, FailureKind::NotFound);
}

#[test]
fn what_has_another_digest_is_not_committed() {
    let lab = Lab::new();
    let mut writer = lab.store.writer().expect("a writer");
    writer.write_all(b"content").expect("written");
    let failure = writer.commit(TYPE, Some(&Digest::of(b"other"))).expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Integrity);
    assert_eq!(lab.temporary(), 0);
}

#[tokio::test]
async fn damaged_content_is_noticed_and_removed() {
    let lab = Lab::new();
    let node = lab.store.keep(TYPE, b"content").expect("kept");
    fs::write(blob(&lab, &node), b"tnetnoc").expect("damaged");
    let failure = read(&lab.store, &node).await.expect_err("damaged");
    assert_eq!((failure.kind, failure.side), (FailureKind::Integrity, Side::Local));
    assert!(!lab.store.has(&node).expect("a store"));
}

#[tokio::test]
async fn adopted_content_is_read_where_it_lies() {
    let lab = Lab::new();
    let path = lab.write("layout/blob", "content");
    let node = Descriptor::of(TYPE, b"content");
    assert!(lab.store.adopt(&node, &path).expect("adopted"));
    assert!(!lab.store.adopt(&node, &path).expect("adopted"));
    assert_eq!(read(&lab.store, &node).await.expect("content"), b"content");
    assert!(!blob(&lab, &node).exists());
}

#[tokio::test]
async fn adopted_content_that_changes_is_noticed() {
    let lab = Lab::new();
    let path = lab.write("layout/blob", "content");
    let node = Descriptor::of(TYPE, b"content");
    lab.store.adopt(&node, &path).expect("adopted");
    let time = fs::metadata(&path).expect("a file").modified().expect("a time");
    fs::write(&path, "tnetnoc").expect("changed");
    let file = fs::File::options().write(true).open(&path).expect("a file");
    file.set_modified(time).expect("a time");
    let failure = read(&lab.store, &node).await.expect_err("changed");
    assert_eq!((failure.kind, failure.side), (FailureKind::Integrity, Side::Source));
    assert!(!lab.store.has(&node).expect("a store"));
}

#[test]
fn a_link_is_not_adopted() {
    let lab = Lab::new();
    lab.write("secret", "content");
    lab.link("secret", "blob");
    let node = Descriptor::of(TYPE, b"content");
    let failure = lab.store.adopt(&node, &lab.path("blob")).expect_err("a link");
    assert!(castoff::error::advice(&failure).expect("a hint").contains("not links"));
}

#[test]
fn content_of_another_size_is_not_adopted() {
    let lab = Lab::new();
    let path = lab.write("blob", "content and more");
    let node = Descriptor::of(TYPE, b"content");
    let failure = lab.store.adopt(&node, &path).expect_err("another size");
    insta::assert_snapshot!(lab.shown(&failure), @r"
    …/blob: it has 16 bytes, but its descriptor says 7
    hint: copy the layout again, whole
    ");
}

#[tokio::test]
async fn what_nobody_writes_any_more_is_swept() {
    let lab = Lab::new();
    let stale = lab.write("store/temp/1-1", "torn");
    let _writer = lab.store.writer().expect("a writer");
    drop(Store::open(&lab.path("store"), 0).expect("a store"));
    assert!(!stale.exists());
    assert_eq!(lab.temporary(), 1);
}

#[tokio::test]
async fn a_root_is_complete_when_all_its_parts_are_there() {
    let lab = Lab::new();
    let config = lab.store.keep(media_type::CONFIG, b"{}").expect("kept");
    let layer = Descriptor::of(media_type::LAYER, b"layer");
    let manifest = Manifest::of_image(config, vec![layer.clone()]);
    let root = manifest.descriptor();
    lab.store.put(&root, manifest.raw()).await.expect("kept");
    assert!(!lab.store.is_complete(&root).await.expect("a store"));
    lab.store.put(&layer, b"layer").await.expect("kept");
    assert!(lab.store.is_complete(&root).await.expect("a store"));
    assert_eq!(lab.store.successors(&root).await.expect("parts").len(), 2);
}

/// Keeps `content` as if it was last used so many seconds ago.
fn keep_old(lab: &Lab, store: &Store, content: &[u8], seconds: u64) -> Descriptor {
    let node = store.keep(TYPE, content).expect("kept");
    let file = fs::File::options().append(true).open(blob(lab, &node)).expect("a blob");
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("a time");
    node
}

#[tokio::test]
async fn what_was_not_used_for_longest_goes_first() {
    let lab = Lab::new();
    let store = Store::open(&lab.path("store"), 250).expect("a store");
    let nodes = [(b'a', 10), (b'b', 30), (b'c', 20)]
        .map(|(byte, age)| keep_old(&lab, &store, &[byte; 100], age));
    let evicted = store.evict(Duration::ZERO).await.expect("evicted");
    assert_eq!((evicted.blobs, evicted.bytes), (1, 100));
    let left = nodes.map(|node| store.has(&node).expect("a store"));
    assert_eq!(left, [true, false, true]);
}

#[tokio::test]
async fn what_was_used_just_now_stays() {
    let lab = Lab::new();
    let store = Store::open(&lab.path("store"), 0).expect("a store");
    let node = keep_old(&lab, &store, b"content", 10);
    store.evict(Duration::from_hours(1)).await.expect("evicted");
    assert!(store.has(&node).expect("a store"));
}

#[tokio::test]
async fn what_is_pinned_stays_until_it_is_unpinned() {
    let lab = Lab::new();
    let store = Store::open(&lab.path("store"), 0).expect("a store");
    let (config, layer) = (keep_old(&lab, &store, b"{}", 10), keep_old(&lab, &store, b"l", 10));
    let manifest = Manifest::of_image(config, vec![layer]);
    let root = store.keep(media_type::MANIFEST, manifest.raw()).expect("kept");
    store.pin("run 1", std::slice::from_ref(&root)).expect("pinned");
    store.evict(Duration::ZERO).await.expect("evicted");
    assert!(store.complete(&root).expect("a store"));
    store.unpin("run 1").expect("unpinned");
    store.evict(Duration::ZERO).await.expect("evicted");
    assert!(!store.has(&root).expect("a store"));
}

#[tokio::test]
async fn a_layer_is_remembered_only_while_it_is_there() {
    let lab = Lab::new();
    let diff_id = Digest::of(b"plain");
    let node = lab.store.keep(media_type::LAYER_GZIP, b"compressed").expect("kept");
    lab.store.set_layer_of(&diff_id, &node).expect("remembered");
    assert_eq!(lab.store.layer_of(&diff_id).expect("a store"), Some(node.clone()));
    fs::remove_file(blob(&lab, &node)).expect("removed");
    assert_eq!(lab.store.layer_of(&diff_id).expect("a store"), None);
}

#[tokio::test]
async fn sessions_are_kept_by_any_key() {
    let lab = Lab::new();
    let key = "https://registry/v2/…?a/../b\n";
    assert_eq!(lab.store.noted(key).await.expect("a store"), None);
    lab.store.note(key, "one").await.expect("put");
    lab.store.note(key, "two").await.expect("put");
    assert_eq!(lab.store.noted(key).await.expect("a store").as_deref(), Some("two"));
    lab.store.forget_note(key).await.expect("removed");
    lab.store.forget_note(key).await.expect("removed");
    assert_eq!(lab.store.noted(key).await.expect("a store"), None);
}

#[test]
fn a_store_that_cannot_be_made_names_its_path() {
    let lab = Lab::new();
    lab.write("file", "");
    let failure = Store::open(&lab.path("file/store"), 0).expect_err("not a folder");
    assert_eq!((failure.kind, failure.side), (FailureKind::Storage, Side::Local));
    assert!(failure.causes[0].ends_with("file/store/blobs/sha256"), "{failure}");
}
