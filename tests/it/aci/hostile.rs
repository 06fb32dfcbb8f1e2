//! Images of people who mean harm, or whose disks failed: a message each, and
//! nothing left behind.

use std::{fs, io::Write};

use castoff::{
    aci::{Form, Import, Key, Plan, Stack},
    archive::Caps,
};
use serde_json::json;
use tar::EntryType;

use super::support::{Image, Lab, manifest};
use crate::support::tars::Tar;

/// An image in a test's own hand.
fn begun() -> Tar {
    let text = manifest("example.com/a").to_string();
    let tar = Tar::default().file("manifest", text);
    tar.entry(EntryType::Directory, "rootfs/", "", b"")
}

fn folder(tar: Tar, name: &str) -> Tar {
    tar.entry(EntryType::Directory, name, "", b"")
}

/// Why an archive is refused; nothing of it stays.
fn refused(tar: Tar) -> String {
    let lab = Lab::new();
    let failure = lab.import(&tar.finish()).unwrap_err();
    assert_eq!((lab.left(), lab.store.keys().unwrap().len()), (Vec::new(), 0));
    failure.to_string()
}

#[test]
fn what_leads_out_of_an_image_is_refused() {
    let told = [
        refused(begun().symlink("rootfs/l", "../etc/secret.conf")),
        refused(folder(begun(), "rootfs/a/").symlink("rootfs/a/l", "../b/../../x")),
        refused(begun().symlink("rootfs/l", "")),
        refused(begun().hardlink("rootfs/l", "/etc/passwd")),
        refused(begun().hardlink("rootfs/l", "rootfs/../../etc/passwd")),
        refused(begun().hardlink("rootfs/l", "manifest")),
        refused(begun().hardlink("rootfs/l", "rootfs-evil/x")),
        refused(begun().hardlink("rootfs/l", "rootfs/missing")),
        refused(folder(begun(), "rootfs/d/").hardlink("rootfs/l", "rootfs/d")),
        refused(begun().symlink("rootfs/l", "/etc").file("rootfs/l/passwd", "x")),
        refused(begun().file("rootfs/l/x", "x").symlink("rootfs/l", "/etc")),
        refused(begun().file("rootfs/../outside", "x")),
        refused(begun().file("../outside", "x")),
        refused(begun().file("/etc/outside", "x")),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_absolute_target_is_kept_and_not_followed() {
    let lab = Lab::new();
    let outside = lab.path("outside");
    fs::write(&outside, "mine").unwrap();
    let target = outside.display().to_string();
    let base = lab.image(&Image::new("base").folder("", 0o755).symlink("l", &target));
    let upper = Image::new("upper").on(&base, "base").content("l", "theirs");
    let upper = lab.image(&upper);
    let out = lab.extract(&base, "out").unwrap().folder;
    assert_eq!(fs::read_link(out.join("rootfs/l")).unwrap(), outside);
    let out = lab.extract(&upper, "out2").unwrap().folder;
    assert_eq!(fs::read_to_string(out.join("rootfs/l")).unwrap(), "theirs");
    assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
    // Below a link of the base, an image's file lies in a folder of its own.
    let etc = lab.path("etc");
    fs::create_dir(&etc).unwrap();
    let target = etc.display().to_string();
    let base = lab.image(&Image::new("base2").folder("", 0o755).symlink("etc", &target));
    let upper = lab.image(&Image::new("upper2").on(&base, "base2").content("etc/passwd", "x"));
    let out = lab.extract(&upper, "out3").unwrap().folder;
    assert!(fs::symlink_metadata(out.join("rootfs/etc")).unwrap().is_dir());
    assert_eq!(fs::read_dir(&etc).unwrap().count(), 0);
}

#[test]
fn a_blob_that_is_not_what_its_key_says_is_told_and_nothing_is_left() {
    for (place, what) in [(1536, "content"), (0, "header"), (usize::MAX, "length")] {
        let lab = Lab::new();
        let image = Image::new("a").content("f", "content").folder("", 0o755);
        let key = lab.image(&image);
        let blob = lab.store.blob(&key);
        let mut bytes = fs::read(&blob).unwrap();
        match bytes.get_mut(place) {
            Some(byte) => *byte ^= 1,
            None => bytes.truncate(2048),
        }
        fs::write(&blob, bytes).unwrap();
        for failure in
            [lab.extract(&key, "out").unwrap_err(), lab.start_build(&key, "out").unwrap_err()]
        {
            let told = lab.shown(&failure);
            let expected = what != "content" || told.contains("image hash does not match expected");
            assert!(expected, "{what}: {told}");
            assert_eq!(lab.left(), [""; 0], "{what}");
        }
    }
}

#[test]
fn a_difference_of_a_base_that_was_tampered_with_is_not_built() {
    let lab = Lab::new();
    let key = lab.image(&Image::new("a").content("f", "content").folder("", 0o755));
    let folder = lab.start_build(&key, "work").unwrap().folder;
    let blob = lab.store.blob(&key);
    let mut bytes = fs::read(&blob).unwrap();
    bytes[1536] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let Err(failure) = lab.build(&folder) else { panic!("it was built") };
    assert_eq!(failure.kind, castoff::model::FailureKind::Integrity);
}

#[test]
fn dependencies_that_are_missing_or_lead_in_a_circle_are_told() {
    let lab = Lab::new();
    let named = |name: &str, on: &str| {
        let mut image = Image::new(name).folder("", 0o755);
        image.manifest["dependencies"] = json!([{ "imageName": on }]);
        lab.image(&image)
    };
    let missing = named("missing/top", "missing/base");
    let own = named("circle/self", "circle/self");
    named("circle/b", "circle/a");
    let circle = named("circle/a", "circle/b");
    let told = |key: &Key| {
        let told = lab.shown(&lab.extract(key, "out").unwrap_err());
        told.replace(key.as_str(), "KEY")
    };
    insta::assert_snapshot!([told(&missing), told(&own), told(&circle)].join("\n\n"));
    assert_eq!(lab.left(), [""; 0]);
}

#[test]
fn diamonds_upon_diamonds_end() {
    let lab = Lab::new();
    let mut below = lab.image(&Image::new("d0").folder("", 0o755));
    for level in 1..30 {
        let under = format!("d{}", level - 1);
        let image = Image::new(&format!("d{level}")).on(&below, &under).on(&below, &under);
        below = lab.image(&image.folder("", 0o755));
    }
    let told = lab.extract(&below, "out").unwrap_err().to_string();
    assert!(told.contains("depends on more than 1000 others"), "{told}");
}

#[test]
fn an_image_that_inflates_without_end_is_refused() {
    let lab = Lab::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let image = Image::new("bomb").folder("", 0o755).file("f", 8 << 20);
    gzip.write_all(&image.tar()).unwrap();
    let caps = Caps { inflated: 1 << 30, ratio: 100, floor: 1 << 20 };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let how = Import { form: Form::Aci, caps, latest: false, now };
    let archive = gzip.finish().unwrap();
    let failure = lab.store.import(&*archive, "bomb.aci", how).unwrap_err();
    assert!(failure.to_string().contains("inflates to more than 100 times"), "{failure}");
    assert_eq!((lab.left(), lab.store.keys().unwrap().len()), (Vec::new(), 0));
}

#[test]
fn a_path_of_ten_thousand_levels_is_refused() {
    let path = format!("rootfs/{}", "a/".repeat(10_000));
    let told = refused(begun().pax("path", &path).file("rootfs/a", "x"));
    assert!(told.contains("512 folders deep"), "{told}");
    let path = format!("rootfs/{}", "a".repeat(10_000));
    let told = refused(begun().pax("path", &path).file("rootfs/a", "x"));
    assert!(told.contains("longer than 4095 bytes"), "{told}");
}

#[test]
fn a_tree_that_is_too_deep_or_leads_out_is_no_image() {
    let lab = Lab::new();
    let work = lab.begin("deep", &manifest("example.com/deep"));
    let mut at = work.join("rootfs");
    for _ in 0..600 {
        at.push("d");
    }
    fs::create_dir_all(&at).unwrap();
    let Err(failure) = lab.build(&work) else { panic!("it was built") };
    assert!(failure.to_string().contains("512 folders deep"), "{failure}");
    let work = lab.begin("links", &manifest("example.com/links"));
    std::os::unix::fs::symlink("../../x", work.join("rootfs/l")).unwrap();
    let Err(failure) = lab.build(&work) else { panic!("it was built") };
    assert!(failure.to_string().contains("insecure symlink"), "{failure}");
}

#[test]
fn a_folder_that_is_in_use_is_not_written_into() {
    let lab = Lab::new();
    let key = lab.image(&Image::new("a").folder("", 0o755).file("f", 1));
    fs::create_dir(lab.path("out")).unwrap();
    fs::write(lab.path("out/mine"), "mine").unwrap();
    let told = lab.shown(&lab.extract(&key, "out").unwrap_err());
    assert!(told.contains("is not empty"), "{told}");
    std::os::unix::fs::symlink("out", lab.path("link")).unwrap();
    let told = lab.shown(&lab.extract(&key, "link").unwrap_err());
    assert!(told.contains("not a folder"), "{told}");
    assert_eq!(lab.left(), ["link", "out"]);
    assert_eq!(fs::read_dir(lab.path("out")).unwrap().count(), 1);
    // An empty one is taken.
    fs::create_dir(lab.path("empty")).unwrap();
    assert!(lab.extract(&key, "empty").is_ok());
}

#[test]
fn headers_alone_are_read_to_plan() {
    let lab = Lab::new();
    let key = lab.image(&Image::new("a").folder("", 0o755).file("f", 5000));
    let stack = Stack::of(&lab.store, &key).unwrap();
    let plan = Plan::of(&stack).unwrap();
    assert_eq!(plan.view.len(), 2);
}
