//! What is built of a tree is that tree again, on whatever it stands.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
};

use proptest::{collection::vec, prelude::*, sample::select};
use rustix::fs::{CWD, FileType, Mode, XattrFlags, makedev, mknodat};

use super::support::{Lab, date, listing, manifest};

/// Something in a tree that a test makes up.
#[derive(Clone, Debug)]
struct Thing {
    what: What,
    mode: u32,
    owner: u32,
    time: (i64, u32),
    attribute: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum What {
    Folder,
    File(&'static str),
    Symlink(&'static str),
    /// Linked with another path, where that is a file.
    Linked(&'static str),
    Fifo,
    Device(u32),
}

/// Paths that stand in each other's way.
const PATHS: [&str; 12] =
    ["a", "a/b", "a/b/c", "a/d", "b", "b/a", "c", "c/x", "d e", "d e/ü", "\u{1}odd", "x\\x2dy"];

fn thing() -> impl Strategy<Value = Thing> {
    let what = prop_oneof![
        3 => Just(What::Folder),
        4 => select(vec!["", "one", "two", "longer than these"]).prop_map(What::File),
        2 => select(vec!["a", "/etc/passwd", "b", "x/y"]).prop_map(What::Symlink),
        2 => select(PATHS.to_vec()).prop_map(What::Linked),
        1 => Just(What::Fifo),
        1 => (1..4u32).prop_map(What::Device),
    ];
    let mode = select(vec![0o644, 0o755, 0o600, 0o4755, 0o1777, 0o000]);
    let time = select(vec![(1_000, 0), (1_000, 1), (999, 0), (-5, 500_000_000)]);
    let attribute = prop::option::weighted(0.1, select(vec!["one", "two"]));
    (what, mode, select(vec![0, 0, 7]), time, attribute).prop_map(
        |(what, mode, owner, time, attribute)| Thing { what, mode, owner, time, attribute },
    )
}

type Tree = BTreeMap<&'static str, Thing>;

fn tree() -> impl Strategy<Value = Tree> {
    vec((select(PATHS.to_vec()), thing()), 0..14).prop_map(|things| things.into_iter().collect())
}

/// A tree that comes of another: some things go, some are new.
fn change() -> impl Strategy<Value = (Vec<&'static str>, Tree)> {
    (vec(select(PATHS.to_vec()), 0..4), vec((select(PATHS.to_vec()), thing()), 0..5))
        .prop_map(|(gone, new)| (gone, new.into_iter().collect()))
}

fn changed(tree: &Tree, (gone, new): &(Vec<&'static str>, Tree)) -> Tree {
    let mut tree = tree.clone();
    tree.retain(|path, _| !gone.contains(path));
    tree.extend(new.clone());
    tree
}

/// Makes a tree in an empty folder; what lies below something that is no
/// folder is left out.
fn plant(root: &Path, tree: &Tree) {
    let mut made = Vec::new();
    for (path, thing) in tree {
        let at = root.join(path);
        let above = at.parent().unwrap();
        if fs::symlink_metadata(above).is_ok_and(|above| !above.is_dir()) {
            continue;
        }
        if fs::create_dir_all(above).is_err() || fs::symlink_metadata(&at).is_ok() {
            continue;
        }
        make(root, &at, thing);
        made.push((at, thing));
    }
    // Folders of which nothing is said must look the same each time.
    let mut all = vec![root.to_owned()];
    let mut at = 0;
    while at < all.len() {
        let folders = fs::read_dir(&all[at]).unwrap().map(|entry| entry.unwrap().path());
        all.extend(folders.filter(|path| fs::symlink_metadata(path).unwrap().is_dir()));
        at += 1;
    }
    for folder in all.iter().rev() {
        date(folder, 77, 7);
    }
    for (at, thing) in made.iter().rev() {
        dress(at, thing);
    }
    date(root, 77, 7);
}

fn make(root: &Path, at: &Path, thing: &Thing) {
    match thing.what {
        What::Folder => fs::create_dir(at).unwrap(),
        What::File(content) => fs::write(at, content).unwrap(),
        What::Symlink(target) => std::os::unix::fs::symlink(target, at).unwrap(),
        What::Linked(other) => {
            let other = root.join(other);
            if fs::symlink_metadata(&other).is_ok_and(|other| other.is_file()) {
                fs::hard_link(other, at).unwrap();
            } else {
                fs::write(at, "linked").unwrap();
            }
        }
        What::Fifo => mknodat(CWD, at, FileType::Fifo, Mode::RWXU, 0).unwrap(),
        What::Device(minor) => {
            let kind = FileType::CharacterDevice;
            mknodat(CWD, at, kind, Mode::RWXU, makedev(1, minor)).unwrap();
        }
    }
}

fn dress(at: &Path, thing: &Thing) {
    std::os::unix::fs::lchown(at, Some(thing.owner), Some(thing.owner + 1)).unwrap();
    let is_link = fs::symlink_metadata(at).unwrap().is_symlink();
    if !is_link {
        fs::set_permissions(at, fs::Permissions::from_mode(thing.mode)).unwrap();
    }
    if let (Some(value), What::File(_) | What::Folder) = (thing.attribute, &thing.what) {
        rustix::fs::lsetxattr(at, "user.test", value.as_bytes(), XattrFlags::empty()).unwrap();
    }
    date(at, thing.time.0, thing.time.1);
}

/// Builds a tree on an image, takes the image in, and writes it again.
fn round(lab: &Lab, folder: &Path, name: &str) -> castoff::aci::ImageKey {
    let (tar, ..) = lab.build(folder).unwrap();
    let key = lab.import(&tar).unwrap().key;
    let out = lab.extract(&key, name).unwrap().folder;
    let (made, came) = (listing(&folder.join("rootfs")), listing(&out.join("rootfs")));
    assert_eq!(came, made);
    key
}

fn replant(folder: &Path, tree: &Tree) {
    castoff::aci::tree::remove(&folder.join("rootfs")).unwrap();
    fs::create_dir(folder.join("rootfs")).unwrap();
    plant(&folder.join("rootfs"), tree);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_difference_over_its_base_is_the_tree_that_it_was_made_of(
        base in tree(),
        changes in vec(change(), 1..4),
    ) {
        let lab = Lab::new();
        let folder = lab.begin("base", &manifest("example.com/base"));
        plant(&folder.join("rootfs"), &base);
        let mut key = round(&lab, &folder, "out");
        let mut tree = base;
        for (step, change) in changes.iter().enumerate() {
            tree = changed(&tree, change);
            let folder = lab.start_build(&key, &format!("work{step}")).unwrap().folder;
            replant(&folder, &tree);
            key = round(&lab, &folder, &format!("out{step}"));
        }
    }

    #[test]
    fn a_tree_that_nobody_touched_makes_an_empty_difference(base in tree()) {
        let lab = Lab::new();
        let folder = lab.begin("base", &manifest("example.com/base"));
        plant(&folder.join("rootfs"), &base);
        let key = round(&lab, &folder, "out");
        let folder = lab.start_build(&key, "work").unwrap().folder;
        let (_, _, build) = lab.build(&folder).unwrap();
        prop_assert!(build.changes().unwrap().is_empty(), "{:?}", build.changes());
    }
}

#[test]
fn all_that_acido_loses_comes_back() {
    let lab = Lab::new();
    let folder = lab.begin("base", &manifest("example.com/base"));
    let root = folder.join("rootfs");
    let write = |path: &str, content: &str| fs::write(root.join(path), content).unwrap();
    for path in ["etc", "bin", "gone"] {
        fs::create_dir(root.join(path)).unwrap();
    }
    write("etc/a", "12345");
    write("etc/b", "12345");
    write("bin/sh", "#!");
    write("gone/deep", "x");
    write("first", "linked");
    fs::hard_link(root.join("first"), root.join("second")).unwrap();
    std::os::unix::fs::symlink("a", root.join("etc/link")).unwrap();
    let key = round(&lab, &folder, "out0");

    let folder = lab.start_build(&key, "work").unwrap().folder;
    let root: PathBuf = folder.join("rootfs");
    let time = fs::metadata(root.join("etc/a")).unwrap().modified().unwrap();
    fs::write(root.join("etc/a"), "54321").unwrap();
    fs::File::options().write(true).open(root.join("etc/a")).unwrap().set_modified(time).unwrap();
    fs::write(root.join("etc/new"), "new").unwrap();
    fs::remove_dir_all(root.join("gone")).unwrap();
    fs::set_permissions(root.join("bin/sh"), fs::Permissions::from_mode(0o4755)).unwrap();
    chown(root.join("etc/b"), Some(33), Some(44)).unwrap();
    fs::remove_file(root.join("etc/link")).unwrap();
    std::os::unix::fs::symlink("b", root.join("etc/link")).unwrap();
    fs::remove_file(root.join("second")).unwrap();
    fs::hard_link(root.join("etc/new"), root.join("second")).unwrap();
    round(&lab, &folder, "out1");
}

#[test]
fn a_device_that_became_an_empty_file_is_a_difference() {
    let lab = Lab::new();
    let folder = lab.begin("base", &manifest("example.com/base"));
    let thing = |what| Thing { what, mode: 0o644, owner: 0, time: (1_000, 0), attribute: None };
    plant(&folder.join("rootfs"), &Tree::from([("c", thing(What::Device(1)))]));
    let key = round(&lab, &folder, "out");
    let folder = lab.start_build(&key, "work").unwrap().folder;
    replant(&folder, &Tree::from([("c", thing(What::File("")))]));
    assert!(!lab.build(&folder).unwrap().2.changes().unwrap().is_empty());
    round(&lab, &folder, "out1");
}
