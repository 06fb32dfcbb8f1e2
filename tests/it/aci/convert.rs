//! App Container Images as OCI images, and back.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use castoff::aci::{Halt, Key, Stack, convert::layers};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    desk::Desk,
    support::{Image, Lab, listing, manifest},
};

/// What layers make, by a tar and hands of others.
fn applied(tars: &[Vec<u8>], to: &Path) {
    fs::create_dir(to).unwrap();
    for (place, layer) in tars.iter().enumerate() {
        let mut archive = tar::Archive::new(&**layer);
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let is_folder = entry.header().entry_type().is_dir();
            let path = entry.path().unwrap().into_owned();
            let name = path.file_name().unwrap_or_default().to_str().unwrap();
            if let Some(gone) = name.strip_prefix(".wh.") {
                remove(&to.join(path.with_file_name(gone)));
            } else if fs::symlink_metadata(to.join(&path))
                .is_ok_and(|old| !(old.is_dir() && is_folder))
            {
                remove(&to.join(&path));
            }
        }
        let file = to.with_extension(format!("{place}.tar"));
        fs::write(&file, layer).unwrap();
        let unpack = Command::new("tar")
            .args(["--numeric-owner", "--exclude", ".wh.*", "-xpf"])
            .arg(&file)
            .arg("-C")
            .arg(to)
            .output()
            .unwrap();
        assert!(unpack.status.success(), "{}", String::from_utf8_lossy(&unpack.stderr));
        fs::remove_file(file).unwrap();
    }
}

fn remove(path: &Path) {
    let is_folder = fs::symlink_metadata(path).unwrap().is_dir();
    if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
}

/// The layers of an image.
fn made(lab: &Lab, key: &Key, flatten: bool) -> Vec<Vec<u8>> {
    let stack = Stack::of(&lab.store, key).unwrap();
    let layers = layers(&stack, flatten).unwrap();
    layers.iter().map(|layer| layer.write(Vec::new(), &Halt::default()).unwrap()).collect()
}

fn names(layer: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(layer);
    let entries = archive.entries().unwrap();
    entries.map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect()
}

#[test]
fn each_image_becomes_a_layer_and_what_a_list_leaves_out_a_whiteout() {
    let lab = Lab::new();
    let base = Image::new("base").folder("", 0o755).folder("etc", 0o755).file("etc/a", 1);
    let base = base.file("etc/b", 2).folder("opt", 0o755).file("opt/x", 3).file("opt/y", 3);
    let base = lab.image(&base);
    let middle = Image::new("middle").on(&base, "base").folder("", 0o755).file("etc/c", 4);
    let middle = lab.image(&middle.pwl(&["/", "/etc", "/etc/a", "/etc/c"]));
    let top = Image::new("top").on(&middle, "middle").folder("", 0o755).file("etc/a", 9);
    let top = lab.image(&top);
    let layers = made(&lab, &top, false);
    let expected = [
        &["etc/", "opt/", "etc/a", "etc/b", "opt/x", "opt/y"][..],
        &["etc/.wh.b", ".wh.opt", "etc/c"],
        &["etc/a"],
    ];
    assert_eq!(layers.iter().map(|layer| names(layer)).collect::<Vec<_>>(), expected);
    assert_eq!(names(&made(&lab, &top, true)[0]), ["etc/", "etc/a", "etc/c"].map(String::from));
    // An image's layers do not depend on what stands on it.
    assert!(made(&lab, &middle, false)[..] == layers[..2]);
}

#[test]
fn an_image_that_changes_nothing_is_no_layer_unless_there_is_no_other() {
    let lab = Lab::new();
    let empty = lab.image(&Image::new("empty").folder("", 0o755));
    assert_eq!(made(&lab, &empty, false).len(), 1);
    let base = lab.image(&Image::new("base").on(&empty, "empty").file("a", 1));
    let top = lab.image(&Image::new("top").on(&base, "base").on(&base, "base").folder("", 0o700));
    assert_eq!(made(&lab, &top, false).len(), 1);
}

#[test]
fn a_file_that_would_be_a_whiteout_is_refused() {
    let lab = Lab::new();
    let key = lab.image(&Image::new("a").folder("", 0o755).file("d/.wh.x", 1));
    let stack = Stack::of(&lab.store, &key).unwrap();
    let layers = layers(&stack, false).unwrap();
    let failure = layers[0].write(Vec::new(), &Halt::default()).unwrap_err();
    assert!(failure.to_string().contains("would remove another file"), "{failure}");
}

const PATHS: [&str; 8] = ["a", "a/b", "a/b/c", "a/d", "e", "e/f", "g", "g/h"];

/// An image of random files, on images before it, with a random list.
fn image() -> impl Strategy<Value = (Vec<(&'static str, usize)>, Vec<usize>, Vec<&'static str>)> {
    let files = vec((select(PATHS.to_vec()), 0..5usize), 0..5);
    let list = prop_oneof![Just(Vec::new()), vec(select(PATHS.to_vec()), 1..7)];
    (files, vec(0..6usize, 0..3), list)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn layers_upon_each_other_are_the_image(images in vec(image(), 1..6)) {
        let lab = Lab::new();
        let mut keys: Vec<Key> = Vec::new();
        for (place, (files, below, list)) in images.into_iter().enumerate() {
            let mut image = Image::new(&format!("image{place}")).folder("", 0o755);
            for on in below.into_iter().filter(|on| *on < keys.len()) {
                image = image.on(&keys[on], &format!("image{on}"));
            }
            let mut taken: Vec<&str> = Vec::new();
            for (path, size) in files {
                let clashes = |other: &&str| {
                    let inside = |a: &str, b: &str| a.starts_with(&format!("{b}/"));
                    *other == path || inside(other, path) || inside(path, other)
                };
                if !taken.iter().any(clashes) {
                    taken.push(path);
                    let is_folder = size == 4;
                    image = if is_folder { image.folder(path, 0o700) } else { image.file(path, size) };
                }
            }
            keys.push(lab.image(&if list.is_empty() { image } else { image.pwl(&list) }));
        }
        let key = keys.last().unwrap();
        lab.extract(key, "out").unwrap();
        let without_root = |folder: &str| {
            let mut all = listing(&lab.path(folder));
            all.remove("");
            all
        };
        for (flatten, name) in [(false, "layers"), (true, "flat")] {
            applied(&made(&lab, key, flatten), &lab.path(name));
            let (expected, found) = (without_root("out/rootfs"), without_root(name));
            // Writing into a folder changes its time, whoever unpacks.
            let keep = |all: BTreeMap<String, String>| -> Vec<(String, String)> {
                all.into_iter().filter(|(_, line)| !line.starts_with('4')).collect()
            };
            let folders = |all: &BTreeMap<String, String>| -> Vec<String> {
                let is_folder = |line: &String| line.starts_with('4');
                all.iter()
                    .filter(|(_, line)| is_folder(line))
                    .map(|(path, line)| {
                        let words: Vec<&str> = line.splitn(3, ' ').collect();
                        format!("{path} {} {}", words[0], words[1])
                    })
                    .collect()
            };
            prop_assert_eq!(folders(&expected), folders(&found));
            prop_assert_eq!(keep(expected), keep(found));
        }
    }
}

/// Three images upon each other, with all that an image can say of how it runs.
fn chain(desk: &Desk) {
    let root = desk.begin("base", &manifest("example.com/base"));
    fs::create_dir_all(root.join("bin")).unwrap();
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::write(root.join("bin/hello"), "#!/bin/sh\n").unwrap();
    fs::write(root.join("etc/gone"), "x").unwrap();
    desk.run(&["build", "base", "base.aci"]);
    desk.run(&["import", "base.aci"]);
    let step = |from: &str, name: &str, change: &dyn Fn(&Path)| {
        let work = desk.path(&desk.run(&["startbuild", from]));
        change(&work.join("rootfs"));
        let mut document: Value =
            serde_json::from_slice(&fs::read(work.join("manifest")).unwrap()).unwrap();
        document["name"] = json!(name);
        document["labels"] = json!([
            { "name": "version", "value": "1.0" },
            { "name": "os", "value": "linux" },
            { "name": "arch", "value": "aarch64" },
        ]);
        document["annotations"] = json!([
            { "name": "authors", "value": "Somebody" },
            { "name": "created", "value": "2015-03-24T10:00:00Z" },
        ]);
        document["app"] = json!({
            "exec": ["/bin/hello", "you"], "user": "7", "group": "8",
            "workingDirectory": "/etc",
            "environment": [{ "name": "GREETING", "value": "hi" }],
            "ports": [{ "name": "web", "protocol": "tcp", "port": 80 }],
            "mountPoints": [{ "name": "data", "path": "/data" }],
            "isolators": [],
        });
        fs::write(work.join("manifest"), document.to_string()).unwrap();
        let file = format!("{}.aci", name.rsplit('/').next().unwrap());
        desk.run(&["build", work.to_str().unwrap(), &file]);
        desk.run(&["import", &file]);
    };
    step("example.com/base", "example.com/middle", &|root| {
        fs::remove_file(root.join("etc/gone")).unwrap();
    });
    step("example.com/middle", "example.com/top", &|root| {
        fs::write(root.join("etc/new"), "new").unwrap();
    });
}

#[test]
fn an_image_goes_to_a_layout_and_comes_back() {
    let desk = Desk::new();
    chain(&desk);
    desk.run(&["convert", "example.com/top", "oci:layout:top:1.0"]);
    let shown = desk.castoff(&["inspect", "oci:layout:top:1.0", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let config = shown["manifests"][0]["config"]["digest"].as_str().unwrap();
    let config = desk.path(&format!("layout/blobs/{}", config.replace(':', "/")));
    let config: Value = serde_json::from_slice(&fs::read(config).unwrap()).unwrap();
    let mut config = config;
    assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(3));
    config["rootfs"]["diff_ids"] = json!([]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&config).unwrap());
    let expected = desk.path(&desk.run(&["extract", "example.com/top"]));
    for (options, name) in [(&[][..], "flat"), (&["--layers"], "layers")] {
        let file = format!("{name}.aci");
        let called = format!("example.com/{name}");
        let arguments = ["convert", "oci:layout:top:1.0", &file, "--name", &called, "--platform"];
        desk.run(&[&arguments[..], &["linux/arm64"], options].concat());
        desk.run(&["validate", &file]);
        desk.run(&["import", &file]);
        let found = desk.path(&desk.run(&["extract", &called]));
        let lines = |folder: &Path| {
            let mut all = listing(&folder.join("rootfs"));
            // Nothing says in a layer what the root is like.
            all.remove("");
            all
        };
        assert_eq!(lines(&found), lines(&expected), "{name}");
        let manifest: Value =
            serde_json::from_slice(&fs::read(found.join("manifest")).unwrap()).unwrap();
        let app = &manifest["app"];
        assert_eq!(app["exec"], json!(["/bin/hello", "you"]), "{manifest}");
        assert_eq!((&app["user"], &app["group"]), (&json!("7"), &json!("8")));
        assert_eq!(app["environment"], json!([{ "name": "GREETING", "value": "hi" }]));
        assert_eq!(manifest["labels"][2], json!({ "name": "arch", "value": "aarch64" }));
    }
    // All that the images of the layers leave out is left out by a list.
    let listed = desk.run(&["ls", "--json"]);
    assert!(listed.contains("example.com/layers/layer-"), "{listed}");
}

#[test]
fn a_file_is_converted_whose_dependencies_are_in_the_store() {
    let desk = Desk::new();
    chain(&desk);
    desk.run(&["rm", "example.com/top"]);
    let told = desk.output(&["convert", "top.aci", "oci:layout:top:1.0", "--flatten"]);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    assert!(String::from_utf8_lossy(&told.stdout).contains("top:1.0 digest: sha256:"));
    let shown = desk.castoff(&["inspect", "oci:layout:top:1.0", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let layers = &shown["manifests"][0]["layers"];
    assert_eq!(layers.as_array().map(Vec::len), Some(1), "{shown}");
}
