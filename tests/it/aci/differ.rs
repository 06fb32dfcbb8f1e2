//! What counts as a change: the upstream table, and what it does not see.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use castoff::aci::{TreeChanges, tree};

use super::support::{Lab, date, manifest};

const T1: i64 = 1_425_168_000;

/// The base of the upstream table.
fn base(root: &Path) {
    fs::create_dir_all(root.join("dir01")).unwrap();
    fs::write(root.join("file01"), "hello").unwrap();
    fs::write(root.join("dir01/file01"), "hello").unwrap();
    settle(root, &["file01", "dir01/file01", "dir01"]);
}

fn settle(root: &Path, paths: &[&str]) {
    for path in paths {
        date(&root.join(path), T1, 0);
    }
    date(root, 0, 0);
}

/// What changes when `change` is done to the base, as `A path`, `M path` and
/// `D path`.
fn changed(change: impl Fn(&Path)) -> Vec<String> {
    let lab = Lab::new();
    let (old, new) = (lab.path("old"), lab.path("new"));
    base(&old);
    base(&new);
    change(&new);
    let (before, after) = (tree::walk(&old).unwrap(), tree::walk(&new).unwrap());
    let same = |path: &castoff::aci::TreePath| {
        fs::read(old.join(path.as_path())).unwrap() == fs::read(new.join(path.as_path())).unwrap()
    };
    let changes = TreeChanges::between(&before.view, &after.view, same);
    let lines = |mark: &str, paths: &std::collections::BTreeSet<castoff::aci::TreePath>| {
        paths.iter().map(|path| format!("{mark} {path}")).collect::<Vec<_>>()
    };
    [lines("A", &changes.added), lines("M", &changes.modified), lines("D", &changes.deleted)]
        .concat()
}

#[test]
fn the_upstream_table_holds() {
    assert_eq!(changed(|_| {}), [""; 0]);
    assert_eq!(changed(|new| date(&new.join("dir01"), T1, 1000)), ["M /dir01"]);
    let content = changed(|new| {
        fs::write(new.join("file01"), "hellohello").unwrap();
        settle(new, &["file01"]);
    });
    assert_eq!(content, ["M /file01"]);
    let replaced = changed(|new| {
        fs::rename(new.join("dir01"), new.join("dir02")).unwrap();
        settle(new, &["dir02"]);
    });
    assert_eq!(replaced, ["A /dir02", "A /dir02/file01", "D /dir01", "D /dir01/file01"]);
}

#[test]
fn what_the_original_tool_does_not_see_is_seen() {
    let older = changed(|new| date(&new.join("file01"), T1 - 1, 0));
    assert_eq!(older, ["M /file01"]);
    let content = changed(|new| {
        fs::write(new.join("file01"), "jello").unwrap();
        settle(new, &["file01"]);
    });
    assert_eq!(content, ["M /file01"]);
    let mode = changed(|new| {
        fs::set_permissions(new.join("file01"), fs::Permissions::from_mode(0o4600)).unwrap();
    });
    assert_eq!(mode, ["M /file01"]);
    let owner = changed(|new| {
        std::os::unix::fs::chown(new.join("file01"), Some(7), None).unwrap();
    });
    assert_eq!(owner, ["M /file01"]);
    let kind = changed(|new| {
        fs::remove_file(new.join("file01")).unwrap();
        std::os::unix::fs::symlink("hello", new.join("file01")).unwrap();
        settle(new, &["file01"]);
    });
    assert_eq!(kind, ["M /file01"]);
    let attribute = changed(|new| {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(new.join("file01"), "user.a", b"b", flags).unwrap();
    });
    assert_eq!(attribute, ["M /file01"]);
    let linked = changed(|new| {
        fs::remove_file(new.join("dir01/file01")).unwrap();
        fs::hard_link(new.join("file01"), new.join("dir01/file01")).unwrap();
        settle(new, &["dir01"]);
    });
    assert_eq!(linked, ["M /dir01/file01", "M /file01"]);
}

/// The experiment of the reference, where the original loses two changes.
#[test]
fn a_difference_holds_what_changed_and_nothing_else() {
    let lab = Lab::new();
    let folder = lab.begin("base", &manifest("example.com/base"));
    let root = folder.join("rootfs");
    for name in ["etc", "bin"] {
        fs::create_dir(root.join(name)).unwrap();
    }
    for name in ["etc/a", "etc/b", "bin/sh"] {
        fs::write(root.join(name), "12345").unwrap();
    }
    std::os::unix::fs::symlink("a", root.join("etc/link")).unwrap();
    for name in ["etc/a", "etc/b", "etc/link", "bin/sh", "etc", "bin", ""] {
        date(&root.join(name), T1, 0);
    }
    let key = lab.import(&lab.build(&folder).unwrap().0).unwrap().key;
    let folder = lab.start_build(&key, "work").unwrap().folder;
    let nothing = lab.build(&folder).unwrap();
    assert_eq!(names(&nothing.0), ["manifest", "rootfs/"]);
    let (id, whitelist) = (nothing.1.id, list(&nothing.0));
    assert_eq!((lab.build(&folder).unwrap().1.id, whitelist), (id, None));

    let root = folder.join("rootfs");
    fs::remove_file(root.join("etc/b")).unwrap();
    fs::set_permissions(root.join("bin/sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(root.join("etc/a"), "54321").unwrap();
    date(&root.join("etc/a"), T1 - 5, 0);
    fs::write(root.join("etc/c"), "new").unwrap();
    let (tar, _, build) = lab.build(&folder).unwrap();
    let expected =
        ["manifest", "rootfs/", "rootfs/bin/sh", "rootfs/etc/", "rootfs/etc/a", "rootfs/etc/c"];
    assert_eq!(names(&tar), expected);
    let expected = ["/", "/bin", "/bin/sh", "/etc", "/etc/a", "/etc/c", "/etc/link"];
    assert_eq!(list(&tar).unwrap(), expected);
    assert_eq!(build.changes().unwrap().deleted.len(), 1);
}

/// The names in a tar.
fn names(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap();
    entries.map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect()
}

/// The whitelist of an image.
fn list(tar: &[u8]) -> Option<Vec<String>> {
    let mut archive = tar::Archive::new(tar);
    let first = archive.entries().unwrap().next().unwrap().unwrap();
    let manifest: serde_json::Value = serde_json::from_reader(first).unwrap();
    serde_json::from_value(manifest.get("pathWhitelist")?.clone()).ok()
}

#[test]
fn a_list_that_somebody_wrote_stays_but_for_what_is_gone() {
    let lab = Lab::new();
    let folder = lab.begin("base", &manifest("example.com/base"));
    for name in ["a", "b", "c"] {
        fs::write(folder.join("rootfs").join(name), "x").unwrap();
    }
    let key = lab.import(&lab.build(&folder).unwrap().0).unwrap().key;
    let folder = lab.start_build(&key, "work").unwrap().folder;
    let mut document: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("manifest")).unwrap()).unwrap();
    document["pathWhitelist"] = serde_json::json!(["/a", "/b"]);
    fs::write(folder.join("manifest"), document.to_string()).unwrap();
    assert_eq!(list(&lab.build(&folder).unwrap().0).unwrap(), ["/a", "/b"]);
    fs::remove_file(folder.join("rootfs/b")).unwrap();
    assert_eq!(list(&lab.build(&folder).unwrap().0).unwrap(), ["/a"]);
}
