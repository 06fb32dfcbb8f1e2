//! A source that is not what it says is never published, and never mended:
//! it ends with 6, in every verb, before anything is sent.

use std::{fs, path::Path};

use super::{Release, blobs, flip};
use crate::bucket::fake::Bucket;

/// Flips a bit of the largest or of the smallest blob of a layout: a layer, and
/// a document.
fn spoil(layout: &Path, largest: bool) {
    let mut blobs = blobs(&layout.join("blobs/sha256"));
    blobs.sort_by_key(|path| path.metadata().unwrap().len());
    let blob = if largest { blobs.pop().unwrap() } else { blobs.remove(0) };
    let mut bytes = fs::read(&blob).unwrap();
    flip(&mut bytes);
    fs::write(blob, bytes).unwrap();
}

/// A project with a layout of its image in `source`, of which nothing is in the
/// content store, and a bucket that it would be released to.
fn project() -> (Release, Bucket) {
    let bucket = Bucket::start(true, |_, _| None);
    let release = Release::ready(&bucket.url(), &bucket.url());
    release.run(&["push", "-q", "-t", "app:1", "docker", "oci:source"]).expect(0);
    fs::remove_dir_all(release.project.home("cache")).unwrap();
    let config = fs::read_to_string(release.path("castoff.toml")).unwrap();
    let config = config.replace("archives = \"docker\"", "layout = \"source\"");
    release.project.write("castoff.toml", config);
    (release, bucket)
}

#[track_caller]
fn expect_nothing(bucket: &Bucket) {
    let tags: Vec<_> = bucket.seen("PUT", "/manifests/");
    assert!(tags.is_empty(), "{tags:?}");
}

#[test]
fn a_layout_with_a_wrong_document_is_an_integrity_fault_in_every_verb() {
    let (release, bucket) = project();
    let folder = release.path("source/blobs/sha256");
    for (place, blob) in blobs(&folder).into_iter().enumerate() {
        let right = fs::read(&blob).unwrap();
        if !right.starts_with(b"{") {
            continue;
        }
        let mut wrong = right.clone();
        flip(&mut wrong);
        fs::write(&blob, wrong).unwrap();
        release.run(&["--batch"]).expect(6);
        release.run(&["push", "-t", "app:1", "source", &bucket.url()]).expect(6);
        // What is right in the content store would be taken from there.
        fs::remove_dir_all(release.project.home("cache")).unwrap();
        release.run(&["copy", "oci:source:app:1", &format!("oci:other{place}")]).expect(6);
        fs::write(&blob, right).unwrap();
    }
    expect_nothing(&bucket);
}

#[test]
fn a_layout_with_a_wrong_manifest_is_an_integrity_fault_for_all_that_only_look() {
    let (release, _bucket) = project();
    spoil(&release.path("source"), true);
    release.run(&["plan"]).expect(6);
    release.run(&["--batch", "--dry-run"]).expect(6);
    release.run(&["inspect", "oci:source:app:1", "--platform", "linux/amd64"]).expect(6);
}

#[test]
fn a_layout_with_a_wrong_layer_is_an_integrity_fault() {
    let (release, bucket) = project();
    for blob in blobs(&release.path("source/blobs/sha256")) {
        let mut bytes = fs::read(&blob).unwrap();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            flip(&mut bytes);
            fs::write(&blob, bytes).unwrap();
        }
    }
    release.run(&["--batch"]).expect(6);
    release.run(&["push", "-t", "app:1", "source", &bucket.url()]).expect(6);
    release.run(&["copy", "oci:source:app:1", "oci:other"]).expect(6);
    expect_nothing(&bucket);
}

#[test]
fn the_tar_of_a_layout_with_a_flipped_bit_is_an_integrity_fault() {
    let (release, bucket) = project();
    release.run(&["push", "-q", "-t", "app:1", "docker", "oci:source.tar"]).expect(0);
    fs::remove_dir_all(release.project.home("cache")).unwrap();
    let right = fs::read(release.path("source.tar")).unwrap();
    for entry in tar::Archive::new(&*right).entries().unwrap() {
        let entry = entry.unwrap();
        if !entry.path_bytes().starts_with(b"blobs/") {
            continue;
        }
        let begin = usize::try_from(entry.raw_file_position()).unwrap();
        let size = usize::try_from(entry.size()).unwrap();
        let mut wrong = right.clone();
        flip(&mut wrong[begin..begin + size]);
        fs::write(release.path("source.tar"), wrong).unwrap();
        release.run(&["push", "-t", "app:1", "source.tar", &bucket.url()]).expect(6);
        let _ = fs::remove_dir_all(release.project.home("cache"));
    }
    expect_nothing(&bucket);
}

#[test]
fn an_archive_of_docker_with_a_flipped_bit_is_an_integrity_fault() {
    let (release, bucket) = project();
    let right = fs::read(release.path("docker/linux.amd64.tar")).unwrap();
    for entry in tar::Archive::new(&*right).entries().unwrap() {
        let entry = entry.unwrap();
        if !entry.path_bytes().starts_with(b"blobs/") {
            continue;
        }
        let begin = usize::try_from(entry.raw_file_position()).unwrap();
        let mut wrong = right.clone();
        // Within a name of its content, so that the rest can be read.
        wrong[begin + 2] ^= 1;
        fs::write(release.path("docker/linux.amd64.tar"), wrong).unwrap();
        let ended = release.run(&["push", "-t", "app:1", "docker", &bucket.url()]);
        assert!(ended.status == Some(6), "{:?}: {}", entry.path(), ended.stderr);
    }
    expect_nothing(&bucket);
}
