//! Layouts.

use std::fs;

use super::{Release, WAYS, blobs, expect_right, flip};

#[test]
fn every_blob_with_a_flipped_bit_in_a_layout_is_mended_in_every_way() {
    for way in WAYS {
        let release = Release::to("oci:out");
        let folder = release.path("out/blobs/sha256");
        let index = fs::read(release.path("out/index.json")).unwrap();
        for blob in blobs(&folder) {
            let mut bytes = fs::read(&blob).unwrap();
            flip(&mut bytes);
            fs::write(blob, bytes).unwrap();
        }
        let ended = release.again(way).expect(0);
        expect_right(&folder, &format!("{way:?}: {}", ended.stderr));
        assert_eq!(fs::read(release.path("out/index.json")).unwrap(), index, "{way:?}");
    }
}

#[test]
fn a_blob_that_was_cut_in_a_layout_is_mended_in_every_way() {
    for way in WAYS {
        let release = Release::to("oci:out");
        let folder = release.path("out/blobs/sha256");
        for blob in blobs(&folder) {
            let bytes = fs::read(&blob).unwrap();
            fs::write(blob, &bytes[..bytes.len() / 2]).unwrap();
        }
        let ended = release.again(way).expect(0);
        expect_right(&folder, &format!("{way:?}: {}", ended.stderr));
    }
}

#[test]
fn every_blob_with_a_flipped_bit_in_the_tar_of_a_layout_is_mended_in_every_way() {
    for way in WAYS {
        let release = Release::to("oci:out.tar");
        let whole = fs::read(release.path("out.tar")).unwrap();
        let mut wrong = whole.clone();
        for entry in tar::Archive::new(&*whole).entries().unwrap() {
            let entry = entry.unwrap();
            if entry.path_bytes().starts_with(b"blobs/") {
                let begin = usize::try_from(entry.raw_file_position()).unwrap();
                let size = usize::try_from(entry.size()).unwrap();
                flip(&mut wrong[begin..begin + size]);
            }
        }
        fs::write(release.path("out.tar"), wrong).unwrap();
        let ended = release.again(way).expect(0);
        assert!(fs::read(release.path("out.tar")).unwrap() == whole, "{way:?}: {}", ended.stderr);
    }
}

#[test]
fn a_check_that_is_done_again_says_so_and_how_it_went() {
    let release = Release::to("oci:out");
    let spoil = || {
        let blob = blobs(&release.path("out/blobs/sha256")).remove(0);
        let mut bytes = fs::read(&blob).unwrap();
        flip(&mut bytes);
        fs::write(blob, bytes).unwrap();
    };
    spoil();
    let told = release.run(&["--batch"]).expect(0).stderr;
    let at = |line: &str| told.find(line).unwrap_or_else(|| panic!("{line} is not in {told}"));
    let (failed, again) = (at("check there: failed"), at("check there: will run again"));
    assert!(failed < again && again < at("check there: complete"), "{told}");
    spoil();
    let told = release.run(&["--batch", "--output", "json"]).expect(0).stdout;
    let at = |what: &str| told.find(what).unwrap_or_else(|| panic!("{what} is not in {told}"));
    let failed = at("\"result\":\"failed\"");
    let again = at("\"job_reset\"");
    assert!(failed < again && told[again..].contains("\"result\":\"done\""), "{told}");
}
