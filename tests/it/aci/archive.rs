//! The golden archive, and the rules for archives.

use std::{fs, io::Write, process::Command};

use castoff::{
    aci::{AciForm, read},
    archive::Caps,
    model::Failure,
};
use serde_json::json;

use super::support::{Image, Lab, date, manifest};
use crate::support::tars::Tar;

const GOLDEN: &str = "sha512-9d903fa988eab2f57be5c7177befd476a78de3688df63fa9620fafda0f4aada8\
                      19b1da9524563dc2238a5cc4654de66de59c067d561915307f1e4ae048258f12";

fn check(archive: &[u8]) -> Result<castoff::aci::AciContents, Failure> {
    read(archive, "image.aci", AciForm::Aci, Caps::default(), &mut std::io::sink())
}

/// The folder of the reference's archive.
fn golden(lab: &Lab) -> std::path::PathBuf {
    let folder = lab.begin("golden", &json!(null));
    let text = r#"{"acKind":"ImageManifest","acVersion":"0.5.1","name":"example.com/t"}"#;
    fs::write(folder.join("manifest"), text).unwrap();
    fs::create_dir(folder.join("rootfs/etc")).unwrap();
    fs::write(folder.join("rootfs/etc/f"), "hi\n").unwrap();
    for path in ["rootfs/etc/f", "rootfs/etc", "rootfs"] {
        let mode = if path.ends_with('f') { 0o644 } else { 0o755 };
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(folder.join(path), mode).unwrap();
        date(&folder.join(path), 0, 0);
    }
    folder
}

#[test]
fn the_golden_archive_comes_out_byte_for_byte() {
    let lab = Lab::new();
    let folder = golden(&lab);
    let (tar, built, _) = lab.build(&folder).unwrap();
    assert_eq!(tar.len(), 10240);
    assert_eq!(built.id.as_str(), GOLDEN);
    assert_eq!(built.id.key().as_str(), &GOLDEN[..71]);
    let options = "--format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner";
    let made = Command::new("tar")
        .args(options.split(' '))
        .arg("-C")
        .arg(&folder)
        .args(["-cf", "-", "manifest", "rootfs"])
        .output()
        .unwrap();
    assert!(tar == made.stdout, "GNU tar makes other bytes");
    assert!(tar == lab.build(&folder).unwrap().0, "a second time makes other bytes");
}

#[test]
fn the_key_is_the_same_however_it_is_compressed_and_called() {
    let lab = Lab::new();
    let (tar, ..) = lab.build(&golden(&lab)).unwrap();
    for program in ["cat", "gzip", "bzip2", "xz"] {
        let mut child = Command::new(program)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&tar).unwrap();
        let packed = child.wait_with_output().unwrap().stdout;
        let imported = lab.import(&packed).unwrap();
        assert_eq!(imported.id.as_str(), GOLDEN, "{program}");
    }
    assert_eq!(lab.store.list().unwrap().len(), 1);
}

#[test]
fn an_archive_that_breaks_a_rule_is_told_so() {
    let text = manifest("example.com/a").to_string();
    let folder = |tar: Tar, name: &str| tar.entry(tar::EntryType::Directory, name, "", b"");
    let root = |tar: Tar| folder(tar, "rootfs/");
    let with = |tar: Tar| tar.file("manifest", &text);
    let good = || root(with(Tar::default()));
    let told = |name: &str, tar: Tar| {
        let archive = tar.finish();
        let failure = check(&archive).expect_err(name);
        let lab = Lab::new();
        let imported = lab.import(&archive).expect_err(name);
        assert_eq!(failure.causes, imported.causes, "{name}");
        assert_eq!((lab.left(), lab.store.list().unwrap().len()), (Vec::new(), 0), "{name}");
        format!("{name}: {failure}")
    };
    assert!(check(&good().finish()).is_ok());
    let all = [
        told("no manifest", root(Tar::default())),
        told("no rootfs", with(Tar::default())),
        told("only below rootfs", with(Tar::default()).file("rootfs/a", "x")),
        told("stray", good().file("foo", "x")),
        told("stray below", good().file("rootfs2/foo", "x")),
        told("absolute", good().file("/rootfs/foo", "x")),
        told("file twice", good().file("rootfs/a", "x").file("rootfs/a", "x")),
        told("folder twice", folder(folder(good(), "rootfs/a/"), "rootfs/a/")),
        told("otherwise spelt", good().file("rootfs/a", "x").file("./rootfs//a", "x")),
        told("manifest twice", with(good())),
        told("rootfs twice", root(good())),
        told("manifest is a folder", folder(root(Tar::default()), "manifest/")),
        told("manifest is a link", root(Tar::default()).symlink("manifest", "rootfs/m")),
        told("rootfs is a link", with(Tar::default()).symlink("rootfs", "/")),
        told("no JSON", root(Tar::default()).file("manifest", "{")),
        told("upwards", good().file("rootfs/../../x", "x")),
        told("NUL", good().pax("path", "rootfs/a\0b").file("rootfs/a", "x")),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_folder_without_dependencies_makes_an_archive_that_is_valid() {
    let lab = Lab::new();
    let folder = lab.begin("image", &manifest("example.com/a"));
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join("rootfs/pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let (tar, built, _) = lab.build(&folder).unwrap();
    let contents = check(&tar).unwrap();
    assert_eq!((contents.entries, contents.id.as_str()), (2, built.id.as_str()));
    let names: Vec<String> = tar::Archive::new(&*tar)
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert_eq!(names, ["manifest", "rootfs/", "rootfs/pipe"]);
}

#[test]
fn an_image_of_acidos_lacks_its_root_and_is_taken_if_asked() {
    let lab = Lab::new();
    let tar = Image::new("a").file("f", 3).tar();
    assert!(lab.import(&tar).is_err());
    let key = lab.import_as(&tar, AciForm::RootlessAci, false).unwrap().key;
    let folder = lab.extract(&key, "out").unwrap().folder;
    assert_eq!(fs::read_to_string(folder.join("rootfs/f")).unwrap(), "xxx");
}

#[test]
fn what_fits_no_header_stands_in_records_that_tar_reads() {
    let lab = Lab::new();
    let folder = lab.begin("image", &manifest("example.com/a"));
    let long = format!("rootfs/{}/{}", "d".repeat(120), "f".repeat(200));
    fs::create_dir_all(folder.join(&long).parent().unwrap()).unwrap();
    fs::write(folder.join(&long), "x").unwrap();
    let target = "t".repeat(150);
    std::os::unix::fs::symlink(&target, folder.join("rootfs/link")).unwrap();
    let times = [(-2, 500_000_000), (0, 1), (1 << 34, 120_000_000), (-100, 0), (100, 0)];
    for (place, (seconds, nanos)) in times.into_iter().enumerate() {
        let path = folder.join(format!("rootfs/time{place}"));
        fs::write(&path, "").unwrap();
        date(&path, seconds, nanos);
    }
    std::os::unix::fs::chown(folder.join("rootfs/time0"), Some(3_000_000), Some(4_000_000_000))
        .unwrap();
    let (tar, ..) = lab.build(&folder).unwrap();
    fs::write(lab.path("image.tar"), &tar).unwrap();
    let out = lab.path("out");
    fs::create_dir(&out).unwrap();
    let done = Command::new("tar")
        .args(["--numeric-owner", "-xpf"])
        .arg(lab.path("image.tar"))
        .arg("-C")
        .arg(&out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(
        super::support::listing(&out.join("rootfs")),
        super::support::listing(&folder.join("rootfs"))
    );
}
