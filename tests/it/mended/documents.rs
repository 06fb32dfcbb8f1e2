//! Documents that cannot be read. What can be made again of what is there is;
//! what alone says something is named, and nothing is written over it.

use std::fs;

use super::{Release, WAYS, Way};
use crate::bucket::fake::Bucket;

/// What became of a document: nothing, half of it, or something else.
const SPOILT: [&[u8]; 3] = [b"", b"{\"schemaVersion\":2,\"mani", b"<html>502 Bad Gateway</html>"];

/// A project of files for two platforms.
fn files(sink: &str) -> Release {
    let release = Release::ready(sink, sink);
    for platform in ["amd64", "arm64"] {
        release.project.write(&format!("docker/linux/{platform}/tool"), platform);
        fs::remove_file(release.path(&format!("docker/linux.{platform}.tar"))).unwrap();
    }
    let config = fs::read_to_string(release.path("castoff.toml")).unwrap();
    release.project.write("castoff.toml", config.replace("archives", "files"));
    release.first()
}

#[test]
fn the_index_of_a_layout_that_cannot_be_read_is_named_and_never_written_over() {
    for spoilt in SPOILT {
        let release = Release::to("oci:out");
        let index = release.path("out/index.json");
        fs::write(&index, spoilt).unwrap();
        for way in WAYS {
            release.again(way).expect(4).says(&["out/index.json", "so it was not overwritten"]);
        }
        for verb in [
            &["ls", "oci:out"][..],
            &["inspect", "oci:out:app:1"],
            &["rm", "oci:out:app:1"],
            &["gc", "oci:out", "-t", "app", "--keep", "1"],
            &["copy", "oci:out:app:1", "oci:other"],
            &["push", "-t", "app:2", "docker", "oci:out"],
        ] {
            release.run(verb).expect(4).says(&["out/index.json"]);
        }
        assert_eq!(fs::read(&index).unwrap(), spoilt);
    }
}

#[test]
fn the_index_of_the_tar_of_a_layout_that_cannot_be_read_is_named_and_never_written_over() {
    let release = Release::to("oci:out.tar");
    let mut tar = fs::read(release.path("out.tar")).unwrap();
    let begin = tar.windows(11).position(|of| of == b"index.json\0").unwrap();
    tar[begin + 512] = b'<';
    fs::write(release.path("out.tar"), &tar).unwrap();
    for way in WAYS {
        release.again(way).expect(4).says(&["out.tar: index.json"]);
    }
    assert!(fs::read(release.path("out.tar")).unwrap() == tar);
}

#[test]
fn the_mark_of_a_layout_is_written_again_unless_it_names_another_version() {
    let release = Release::to("oci:out");
    let mark = release.path("out/oci-layout");
    let right = fs::read(&mark).unwrap();
    for spoilt in SPOILT {
        fs::write(&mark, spoilt).unwrap();
        let tag = format!("app:t{}", spoilt.len());
        release.run(&["push", "-t", &tag, "docker", "oci:out"]).expect(0);
        assert_eq!(fs::read(&mark).unwrap(), right);
    }
    let newer = r#"{"imageLayoutVersion":"2.0.0"}"#;
    fs::write(&mark, newer).unwrap();
    for way in WAYS {
        release.again(way).expect(4).says(&["out/oci-layout", "2.0.0"]);
    }
    assert_eq!(fs::read_to_string(&mark).unwrap(), newer);
}

#[test]
fn the_document_of_a_tag_of_files_that_cannot_be_read_is_named_and_never_written_over() {
    for spoilt in SPOILT {
        let release = files("dir:out");
        let document = release.path("out/df-dist-v1/app/1/index.json");
        fs::write(&document, spoilt).unwrap();
        for way in WAYS {
            release.again(way).expect(4).says(&["app/1/index.json"]);
        }
        assert_eq!(fs::read(document).unwrap(), spoilt);
        let bucket = Bucket::start(true, |_, _| None);
        let release = files(&bucket.url());
        bucket.state().put("df-dist-v1/app/1", spoilt);
        for way in WAYS {
            release.again(way).expect(4).says(&["s3://rel/df-dist-v1/app/1"]);
        }
        assert_eq!(bucket.state().objects["df-dist-v1/app/1"].0, spoilt);
    }
}

#[test]
fn a_list_of_tags_that_cannot_be_read_is_named_and_made_again_by_the_next_release() {
    for spoilt in SPOILT {
        let release = files("dir:out");
        let list = release.path("out/df-dist-v1/app/index.json");
        let right = fs::read(&list).unwrap();
        for way in WAYS {
            fs::write(&list, spoilt).unwrap();
            release.run(&["ls", "dir:out", "-t", "app"]).expect(4).says(&["app/index.json"]);
            release.again(way).expect(0);
            assert_eq!(fs::read(&list).unwrap(), right, "{way:?}");
        }
        let bucket = Bucket::start(true, |_, _| None);
        let (files, images) = (files(&bucket.url()), Release::to(&bucket.url()));
        for (release, key, kind) in
            [(&files, "df-dist-v1/app", "files"), (&images, "v2/app/tags/list", "image")]
        {
            let right = bucket.text(key).unwrap();
            bucket.state().put(key, spoilt);
            let ls = ["ls", &bucket.url(), "-t", "app", "--kind", kind];
            release.run(&ls).expect(4).says(&[key]);
            release.again(Way::Batch).expect(0);
            assert_eq!(bucket.text(key).unwrap(), right);
        }
    }
}

#[test]
fn a_tag_of_a_bucket_that_is_no_manifest_is_named_and_never_written_over() {
    for spoilt in SPOILT {
        let bucket = Bucket::start(true, |_, _| None);
        let release = Release::to(&bucket.url());
        bucket.state().put("v2/app/manifests/1", spoilt);
        for way in WAYS {
            release.again(way).expect(4).says(&["v2/app/manifests/1 is not a manifest"]);
        }
        assert_eq!(bucket.state().objects["v2/app/manifests/1"].0, spoilt);
    }
}

#[test]
fn a_list_of_what_is_about_an_image_that_cannot_be_read_loses_nothing() {
    let bucket = Bucket::start(true, |_, _| None);
    let release = Release::to(&bucket.url());
    let digest = castoff::model::Digest::of(bucket.text("v2/app/manifests/1").unwrap().as_bytes());
    let key = format!("v2/app/referrers/{digest}");
    bucket.state().put(&key, "{\"schemaVersion\":2,\"mani");
    let kept = bucket.state().objects.clone();
    let reference = bucket.url().replace("s3://rel", "s3://rel/app:1");
    let gc = ["gc", &bucket.url(), "-t", "app", "--keep", "0"];
    // The tag goes, and nothing that may still be about something.
    release.run(&gc).expect(3).says(&[&key, "app:1 → removed"]);
    release.run(&["copy", &reference.replace("app:1", "app:latest"), "oci:other"]).expect(3);
    let is_list = |key: &str| key.ends_with("/tags/list") || key.ends_with("/manifests/1");
    for (key, object) in kept.into_iter().filter(|(key, _)| !is_list(key)) {
        assert!(bucket.state().objects.get(&key) == Some(&object), "{key} is not as it was");
    }
}
