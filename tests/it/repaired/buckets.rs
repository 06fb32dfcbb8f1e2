//! Buckets, which tell what was noted of an object and not what is in it.

use std::fs;

use castoff::model::Digest;

use super::{Release, WAYS, flip};
use crate::{
    bucket::fake::Bucket,
    support::{
        images::{Form, Image},
        tars::layer,
    },
};

/// Flips a bit of every object that is named so, and leaves what is noted of it.
fn spoil(bucket: &Bucket, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut right = Vec::new();
    for (key, (body, _)) in &mut bucket.state().objects {
        if key.contains(name) {
            right.push((key.clone(), body.clone()));
            flip(body);
        }
    }
    assert!(!right.is_empty(), "nothing is named {name}");
    right
}

#[track_caller]
fn expect_mended(bucket: &Bucket, right: &[(String, Vec<u8>)], told: &str) {
    for (key, body) in right {
        assert!(bucket.state().objects[key].0 == *body, "{key} is still wrong: {told}");
    }
}

#[test]
fn every_blob_with_a_flipped_bit_in_a_bucket_is_mended_in_every_way() {
    for way in WAYS {
        let bucket = Bucket::start(true, |_, _| None);
        let release = Release::to(&bucket.url());
        let right = spoil(&bucket, "/blobs/");
        let ended = release.again(way).expect(0);
        expect_mended(&bucket, &right, &format!("{way:?}: {}", ended.stderr));
    }
}

#[test]
fn every_manifest_with_a_flipped_bit_in_a_bucket_is_mended_in_every_way() {
    for way in WAYS {
        let bucket = Bucket::start(true, |_, _| None);
        let release = Release::to(&bucket.url());
        let right = spoil(&bucket, "/manifests/sha256:");
        let ended = release.again(way).expect(0);
        expect_mended(&bucket, &right, &format!("{way:?}: {}", ended.stderr));
    }
}

#[test]
fn every_file_with_a_flipped_bit_in_a_bucket_is_mended_in_every_way() {
    for way in WAYS {
        let bucket = Bucket::start(true, |_, _| None);
        let release = Release::ready(&bucket.url(), &bucket.url());
        for platform in ["amd64", "arm64"] {
            release.project.write(&format!("docker/linux/{platform}/tool"), platform);
            fs::remove_file(release.path(&format!("docker/linux.{platform}.tar"))).unwrap();
        }
        let config = fs::read_to_string(release.path("castoff.toml")).unwrap();
        release.project.write("castoff.toml", config.replace("archives", "files"));
        let release = release.first();
        let right = spoil(&bucket, "/tool");
        let ended = release.again(way).expect(0);
        let pushed = |key: &str| way != super::Way::Push || key.contains("/1/");
        let right: Vec<_> = right.into_iter().filter(|(key, _)| pushed(key)).collect();
        expect_mended(&bucket, &right, &format!("{way:?}: {}", ended.stderr));
    }
}

#[test]
fn what_this_run_sent_to_a_bucket_itself_is_not_read_back_byte_by_byte() {
    let bucket = Bucket::start(true, |_, _| None);
    let release = Release::to(&bucket.url());
    assert_eq!(bucket.seen("GET", "/blobs/").len(), 0);
    let blobs = bucket.seen("PUT", "/blobs/").len();
    release.run(&["--batch"]).expect(0);
    assert_eq!(bucket.seen("GET", "/blobs/").len(), blobs, "each is read once");
    assert_eq!(bucket.seen("PUT", "/blobs/").len(), blobs, "none is sent again");
}

#[test]
fn large_content_that_a_bucket_has_under_its_digest_is_not_downloaded_again() {
    let bucket = Bucket::start(true, |_, _| None);
    let release = Release::ready(&bucket.url(), &bucket.url());
    let noise: String =
        (0..50_000_u32).map(|of| Digest::of(&of.to_be_bytes()).hex().to_owned()).collect();
    let archive = Image::new("linux/amd64", &[layer("noise", &noise)]).save(Form::Docker25, true);
    release.project.write("docker/linux.amd64.tar", archive);
    let release = release.first();
    release.run(&["--batch"]).expect(0);
    let read = bucket.seen("GET", "/blobs/");
    assert!(!read.is_empty());
    let objects = bucket.state();
    let longest =
        read.iter().filter_map(|of| objects.objects.get(&of.key)).map(|(body, _)| body.len());
    assert!(longest.max() < Some(1 << 20));
}
