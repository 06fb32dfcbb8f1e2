//! Which image gives what: the table of the original's renderer.

use castoff::aci::{ImageKey, RenderPlan, Stack};

use super::support::{Image, Lab};

/// What is given besides folders that nobody named: `a/file01 5`, `c/ 0700`.
fn rendered(lab: &Lab, key: &ImageKey) -> Vec<String> {
    let stack = Stack::of(&lab.store, key).unwrap();
    let plan = RenderPlan::of(&stack).unwrap();
    let named = plan.view.iter().filter(|(_, seen)| !seen.implied);
    let mut lines: Vec<String> = named
        .map(|(path, seen)| {
            let path = &path.to_string()[1..];
            match &seen.inode.kind {
                castoff::aci::InodeKind::Folder => format!("{path}/ {:04o}", seen.inode.mode),
                castoff::aci::InodeKind::File(size) => format!("{path} {size}"),
                other => format!("{path} {other:?}"),
            }
        })
        .collect();
    lines.sort();
    lines
}

/// What an image gives that stands on a base.
fn over(base: &Image, upper: Image) -> Vec<String> {
    let lab = Lab::new();
    let base = lab.image(base);
    let upper = lab.image(&upper.on(&base, "test01"));
    rendered(&lab, &upper)
}

fn base() -> Image {
    Image::new("test01")
}

fn upper() -> Image {
    Image::new("test02")
}

#[test]
fn folders_and_files_come_from_the_uppermost_image_that_has_them() {
    assert_eq!(over(&base().folder("a", 0o755), upper()), ["a/ 0755"]);
    assert_eq!(over(&base(), upper().folder("a", 0o755)), ["a/ 0755"]);
    assert_eq!(over(&base().folder("a", 0o755), upper().folder("a", 0o700)), ["a/ 0700"]);
    assert_eq!(over(&base().file("a/file01", 5), upper()), ["a/file01 5"]);
    assert_eq!(over(&base(), upper().file("a/file01", 10)), ["a/file01 10"]);
    let both = over(&base().file("a/file01", 5), upper().file("a/file01", 10));
    assert_eq!(both, ["a/file01 10"]);
    let covered = over(
        &base().folder("a/b", 0o700).folder("a/b/c", 0o700).file("a/b/c/file01", 5),
        upper().file("a/b", 10),
    );
    assert_eq!(covered, ["a/b 10"]);
    let uncovered = over(&base().file("a", 5), upper().file("a/b", 10));
    assert_eq!(uncovered, ["a/b 10"]);
}

/// The entries of the two rows about whitelists.
fn many() -> Image {
    let files = ["a/file01", "a/file02", "a/file03"];
    let image = files.iter().fold(base(), |image, path| image.file(path, 5));
    let image = image.symlink("b/link01", "file01").folder("c", 0o700).file("c/file01", 5);
    image.folder("d", 0o700).file("d/file01", 5).file("e/file01", 5)
}

const LINK: &str = "b/link01 Symlink([102, 105, 108, 101, 48, 49])";

#[test]
fn a_whitelist_of_the_parent_holds_for_the_parent() {
    let parent = many().pwl(&["/a/file01", "/a/file02", "/b/link01", "/c/", "/d/"]);
    let found = over(&parent, upper().file("b/file01", 10).file("c/file02", 5));
    let expected =
        ["a/file01 5", "a/file02 5", "b/file01 10", LINK, "c/ 0700", "c/file02 5", "d/ 0700"];
    assert_eq!(found, expected);
}

#[test]
fn a_whitelist_of_the_image_holds_for_all_that_it_stands_on() {
    let list = ["/a/file01", "/a/file02", "/b/link01", "/b/file01", "/c/file02", "/d/"];
    let found = over(&many(), upper().pwl(&list).file("a/file01", 10).file("c/file02", 5));
    assert_eq!(found, ["a/file01 10", "a/file02 5", LINK, "c/file02 5", "d/ 0700"]);
}

/// The images of the rows with several dependencies: what `A` gives, on `B`
/// and `C`, with `D` below `C` if it is asked for.
fn several(b_list: bool, c_list: bool, with_d: bool) -> Vec<String> {
    let lab = Lab::new();
    let files = ["a/file01", "a/file02", "a/file03", "a/file04"];
    let b = files.iter().fold(Image::new("b"), |image, path| image.file(path, 5));
    let b = b.symlink("b/link01", "file01").file("b/file01", 5);
    let b_pwl = [&files[..], &["b/link01", "b/file01"]].concat();
    let b = lab.image(&if b_list { b.pwl(&b_pwl) } else { b });
    let c = Image::new("c").file("a/file01", 10).file("a/file02", 10).file("b/file01", 5);
    let c = if c_list { c.pwl(&["a/file01", "a/file02", "b/file01"]) } else { c };
    let c = if with_d {
        let d = Image::new("d").file("a/file02", 5).file("b/file01", 5).folder("d", 0o700);
        let d = lab.image(&d.file("d/file01", 5));
        c.on(&d, "d")
    } else {
        c
    };
    let c = lab.image(&c);
    let list = ["a/file01", "a/file02", "a/file03", "b/link01", "b/file01", "b/file02", "c/file01"];
    let a = Image::new("a").on(&b, "b").on(&c, "c").pwl(&list);
    let a = a.file("a/file01", 15).file("b/file02", 5).file("c/file01", 5);
    rendered(&lab, &lab.image(&a))
}

#[test]
fn later_dependencies_win_over_earlier_ones() {
    let expected = [
        "a/file01 15",
        "a/file02 10",
        "a/file03 5",
        "b/file01 5",
        "b/file02 5",
        LINK,
        "c/file01 5",
    ];
    assert_eq!(several(true, false, false), expected);
    assert_eq!(several(false, true, false), expected);
    assert_eq!(several(true, false, true), expected);
}

#[test]
fn the_root_is_that_of_the_uppermost_image_whatever_is_listed() {
    assert_eq!(over(&base(), upper().folder("", 0o700)), ["/ 0700"]);
    assert_eq!(over(&base(), upper().folder("", 0o700).pwl(&["foo"])), ["/ 0700"]);
    assert_eq!(over(&base().folder("", 0o700), upper().pwl(&["foo"])), ["/ 0700"]);
}

#[test]
fn the_list_that_counts_is_that_of_the_outermost_image_above() {
    let lab = Lab::new();
    let c = lab.image(&Image::new("c"));
    let b = lab.image(&Image::new("b").on(&c, "c"));
    let a = lab.image(&Image::new("a").on(&b, "b").pwl(&["x"]));
    let stack = Stack::of(&lab.store, &a).unwrap();
    let upper = |place| stack.upper_whitelist(place).map(|image| image.key.clone());
    assert_eq!((upper(0), upper(1), upper(2)), (None, Some(a.clone()), Some(a)));
}

/// A fault of the original: what stands beside an image is no ancestor of it.
#[test]
fn a_list_does_not_hold_for_what_stands_beside() {
    let lab = Lab::new();
    let b = lab.image(&Image::new("b").file("kept", 1));
    let d = lab.image(&Image::new("d").file("gone", 1).file("listed", 1));
    let c = lab.image(&Image::new("c").on(&d, "d").pwl(&["listed"]));
    let a = lab.image(&Image::new("a").on(&b, "b").on(&c, "c"));
    assert_eq!(rendered(&lab, &a), ["kept 1", "listed 1"]);
}

#[test]
fn four_images_that_write_one_path_are_asked_in_order() {
    let order = |writers: &[&str]| {
        let lab = Lab::new();
        let image = |name: &str, size| {
            let image = Image::new(name);
            if writers.contains(&name) { image.file("f", size) } else { image }
        };
        let b = lab.image(&image("b", 2));
        let d = lab.image(&image("d", 4));
        let c = lab.image(&image("c", 3).on(&d, "d"));
        let a = lab.image(&image("a", 1).on(&b, "b").on(&c, "c"));
        rendered(&lab, &a).join("")
    };
    assert_eq!(order(&["a", "b", "c", "d"]), "f 1");
    assert_eq!(order(&["b", "c", "d"]), "f 3");
    assert_eq!(order(&["b", "d"]), "f 4");
    assert_eq!(order(&["b"]), "f 2");
}

#[test]
fn a_link_whose_target_is_covered_keeps_its_content() {
    use castoff::aci::{InodeKind, TarWriter, TreePath};

    let lab = Lab::new();
    let path = |text: &str| TreePath::parse(text.as_bytes()).unwrap();
    let inode = super::support::inode(InodeKind::File(3), 0o644);
    let mut tar = TarWriter::of_aci(Vec::new());
    tar.manifest(super::support::manifest("test01").to_string().as_bytes()).unwrap();
    tar.inode(&path("a"), &inode, &mut &b"old"[..]).unwrap();
    tar.link(&path("b"), &path("a"), &inode).unwrap();
    tar.link(&path("c"), &path("a"), &inode).unwrap();
    let base = lab.import_as(&tar.finish().unwrap(), castoff::aci::AciForm::RootlessAci, false);
    let upper = lab.image(&upper().on(&base.unwrap().key, "test01").content("a", "new!"));
    let folder = lab.extract(&upper, "out").unwrap().folder.join("rootfs");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!((read("a"), read("b"), read("c")), ("new!".into(), "old".into(), "old".into()));
    let linked = super::support::listing(&folder);
    assert!(linked["b"].ends_with(r#"["b", "c"]"#), "{linked:?}");
}
