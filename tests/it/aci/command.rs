//! `castoff aci` as people meet it, as root and as anybody.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::PathBuf,
    process::Command,
};

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use serde_json::{Value, json};

use super::{
    desk::Desk,
    support::{Image, date, listing, manifest},
};
use crate::support::tars::Tar;

#[test]
fn the_walkthrough_of_acido_works_as_it_is_written() {
    let desk = Desk::new();
    let mut document = manifest("example.com/fedora");
    document["labels"] = json!([
        { "name": "version", "value": "21.0.0" },
        { "name": "arch", "value": "amd64" },
        { "name": "os", "value": "linux" },
    ]);
    let root = desk.begin("fedora21", &document);
    fs::create_dir(root.join("bin")).unwrap();
    fs::write(root.join("bin/firewalld"), "program").unwrap();
    fs::write(root.join("bin/sh"), "program").unwrap();
    let built = desk.run(&["build", "fedora21/", "fedora21.aci"]);
    let imported = desk.run(&["import", "fedora21.aci"]);
    assert_eq!(imported, built);
    let hash = imported.strip_prefix("image: fedora21.aci, hash: ").unwrap();
    let by_hash = desk.run(&["startbuild", hash]);
    let work = desk.run(&["startbuild", "example.com/fedora,version=21.0.0"]);
    assert_eq!(listing(&desk.path(&by_hash).join("rootfs")), listing(&root));

    let changed = desk.path(&work);
    fs::write(changed.join("rootfs/bin/grep"), "program").unwrap();
    fs::remove_file(changed.join("rootfs/bin/firewalld")).unwrap();
    let mut derived: Value =
        serde_json::from_slice(&fs::read(changed.join("manifest")).unwrap()).unwrap();
    assert_eq!(
        derived["dependencies"],
        json!([{ "app": "example.com/fedora", "imageID": hash, "labels": document["labels"] }])
    );
    derived["labels"][0]["value"] = json!("21.0.1");
    fs::write(changed.join("manifest"), derived.to_string()).unwrap();
    desk.run(&["build", &work, "fedora21-new.aci"]);
    desk.run(&["import", "fedora21-new.aci"]);
    let out = desk.run(&["extract", "example.com/fedora,version=21.0.1"]);
    assert_eq!(listing(&desk.path(&out).join("rootfs")), listing(&changed.join("rootfs")));
    let same = Command::new("diff").arg("-rq").arg(desk.path(&out)).arg(&changed).output();
    let same = String::from_utf8(same.unwrap().stdout).unwrap();
    // The manifest of the new image has the list of what stays.
    assert_eq!(same.lines().filter(|line| !line.contains("manifest")).count(), 0, "{same}");
}

#[test]
fn data_is_printed_for_machines_too() {
    let desk = Desk::new();
    desk.write("a.aci", &Image::new("example.com/a").version("1.0").folder("", 0o755).tar());
    desk.write("b.aci", &Image::new("example.com/b").folder("", 0o755).tar());
    let output = desk.run(&["import", "a.aci", "b.aci", "--json"]);
    let lines: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["image"], lines.len()), (&json!("a.aci"), 2));
    assert_eq!(lines[0]["id"].as_str().unwrap().len(), 7 + 128);
    assert_eq!(lines[0]["hash"].as_str().unwrap().len(), 7 + 64);
    let listed = desk.run(&["ls", "--json"]);
    assert_eq!(listed.lines().count(), 2);
    let valid = desk.json(&["validate", "a.aci"]);
    assert_eq!((&valid["name"], &valid["hash"]), (&json!("example.com/a"), &lines[0]["hash"]));
    let folder = desk.json(&["extract", "example.com/a"]);
    assert!(desk.path(folder["folder"].as_str().unwrap()).join("rootfs").is_dir());
    assert_eq!(folder["hash"], lines[0]["hash"]);
}

#[test]
fn what_cannot_be_done_is_told() {
    let desk = Desk::new();
    desk.write("a.aci", &Image::new("example.com/a").folder("", 0o755).tar());
    desk.write("bad.aci", &Tar::default().file("foo", "x").finish());
    let root = desk.begin("folder", &manifest("example.com/f"));
    fs::create_dir(desk.path("empty")).unwrap();
    desk.write("there.aci", b"there");
    let mut orphan = manifest("example.com/o");
    orphan["dependencies"] = json!([{ "app": "example.com/nowhere" }]);
    desk.begin("orphan", &orphan);
    let mut told = Vec::new();
    for line in [
        "extract",
        "startbuild",
        "build",
        "extract example.com/a",
        "extract sha512-1",
        "extract No",
        "import bad.aci",
        "import nowhere.aci",
        "validate bad.aci",
        "build folder there.aci",
        "build empty x.aci",
        "build orphan x.aci",
        "build folder folder/rootfs/x.aci",
        "rm example.com/a",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        told.push(format!("$ castoff aci {line}\n{}", desk.told(&words)));
    }
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(fs::read(desk.path("there.aci")).unwrap(), b"there");
    assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    desk.run(&["build", "--overwrite", "folder", "there.aci"]);
    desk.run(&["validate", "there.aci"]);
    let left: Vec<_> = fs::read_dir(desk.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".castoff") || name.starts_with("castoff-"))
        .collect();
    assert_eq!(left, [""; 0]);
}

/// A tree that only root can make: owners, devices, attributes.
fn of_root(desk: &Desk) {
    let mut document = manifest("example.com/root");
    document["labels"] = json!([{ "name": "version", "value": "1" }]);
    let root = desk.begin("root", &document);
    fs::create_dir(root.join("dev")).unwrap();
    let mode = Mode::from_raw_mode(0o666);
    mknodat(CWD, root.join("dev/null"), FileType::CharacterDevice, mode, makedev(1, 3)).unwrap();
    fs::write(root.join("owned"), "x").unwrap();
    chown(root.join("owned"), Some(33), Some(44)).unwrap();
    fs::write(root.join("ping"), "x").unwrap();
    let capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(root.join("ping"), "security.capability", &capability, flags).unwrap();
    fs::write(root.join("closed"), "x").unwrap();
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::write(root.join("changed"), "x").unwrap();
    fs::create_dir(root.join("sealed")).unwrap();
    fs::write(root.join("sealed/file"), "x").unwrap();
    fs::set_permissions(root.join("sealed"), fs::Permissions::from_mode(0o500)).unwrap();
    for path in ["dev/null", "owned", "ping", "closed", "changed", "sealed/file"] {
        date(&root.join(path), 1_000_000, 5);
    }
}

#[test]
fn somebody_builds_upon_what_only_root_can_make_and_loses_nothing() {
    let root = Desk::new();
    of_root(&root);
    root.run(&["build", "root", "root.aci"]);
    let desk = Desk::of_somebody();
    fs::copy(root.path("root.aci"), desk.path("root.aci")).unwrap();
    desk.run(&["import", "root.aci"]);

    let output = desk.output(&["startbuild", "example.com/root"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("owners, 1 device, 1 extended attribute could not be restored"),
        "{said}"
    );
    let refused = desk.told(&["startbuild", "example.com/root", "--exact"]);
    assert!(refused.starts_with("status 4") && refused.contains("only root can"), "{refused}");
    let work = desk.path(String::from_utf8(output.stdout).unwrap().trim());
    let work = work.display().to_string();
    let nothing = desk.json(&["build", &work, "nothing.aci"]);
    let counts = ["added", "modified", "deleted"].map(|name| nothing[name].as_u64().unwrap());
    assert_eq!(counts, [0, 0, 0]);

    let changed = PathBuf::from(&work).join("rootfs");
    fs::write(changed.join("changed"), "changed").unwrap();
    fs::write(changed.join("new"), "new").unwrap();
    for path in ["changed", "new"] {
        desk.own(&changed.join(path));
    }
    let derived = fs::read_to_string(PathBuf::from(&work).join("manifest")).unwrap();
    let derived = derived.replacen("\"value\":\"1\"", "\"value\":\"2\"", 1);
    fs::write(PathBuf::from(&work).join("manifest"), derived).unwrap();
    desk.run(&["build", &work, "new.aci"]);
    for name in ["root.aci", "new.aci"] {
        fs::copy(desk.path(name), root.path(name)).unwrap();
        root.run(&["import", name]);
    }
    let out = root.run(&["extract", "example.com/root:2"]);
    let (before, after) =
        (listing(&root.path("root/rootfs")), listing(&root.path(&out).join("rootfs")));
    let differs: Vec<&str> = after
        .iter()
        .filter(|(path, line)| before.get(*path) != Some(*line))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(differs, ["", "changed", "new"]);
    assert!(after["new"].contains(" 0:0 "), "{}", after["new"]);
}

#[test]
fn nothing_of_somebodys_is_left_where_it_fails() {
    let root = Desk::new();
    of_root(&root);
    root.run(&["build", "root", "root.aci"]);
    let desk = Desk::of_somebody();
    fs::copy(root.path("root.aci"), desk.path("root.aci")).unwrap();
    let key = desk.json(&["import", "root.aci"])["hash"].as_str().unwrap().to_owned();
    let blob = desk.path(&format!("store/cas/blob/sha512/{}/{key}", &key[7..9]));
    let mut bytes = fs::read(&blob).unwrap();
    let place = bytes.windows(8).rposition(|window| window == b"sealed/f").unwrap() + 600;
    bytes[place] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let told = desk.told(&["extract", "example.com/root", "out"]);
    assert!(told.starts_with("status 6"), "{told}");
    assert!(told.contains("image hash does not match expected"), "{told}");
    let mut left: Vec<_> = fs::read_dir(desk.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["castoff", "root.aci", "store"]);
}

#[test]
fn a_signal_ends_it_and_nothing_is_left() {
    use std::io::Write;

    let desk = Desk::new();
    let pipe = desk.path("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let tar = Image::new("example.com/a").folder("", 0o755).file("f", 64 << 20).tar();
    let mut running = desk.begun(&["import", "pipe"]);
    let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
    let mut pieces = tar.chunks(64 << 10);
    let is_begun = || {
        let left = fs::read_dir(desk.path("store/tmp")).into_iter().flatten();
        left.map(|entry| entry.unwrap().metadata().unwrap().len()).sum::<u64>() > 0
    };
    while !is_begun() {
        writer.write_all(pieces.next().unwrap()).unwrap();
    }
    let id = rustix::process::Pid::from_raw(running.id().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    // It reads on until it has heard of the signal.
    while writer.write_all(&[0; 4096]).is_ok() {}
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(desk.path("store/tmp")).unwrap().count(), 0);
    assert_eq!(desk.run(&["ls"]), "");
}
