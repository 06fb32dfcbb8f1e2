//! What is in an archive, by the programs of others.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::Directory;
use crate::support::run;

/// The entries of an archive, as `tar tf` prints them.
fn entries(archive: &Path) -> Vec<String> {
    let listed = run(Command::new("tar").arg("tf").arg(archive));
    listed.lines().map(str::to_owned).collect()
}

/// An archive, unpacked by `tar`.
fn unpacked(archive: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(Command::new("tar").arg("xf").arg(archive).arg("-C").arg(folder.path()));
    folder
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_upper_hex = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || is_upper_hex(c))
}

#[test]
fn an_archive_has_the_entries_of_the_vendors_document_in_their_order() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    let entries = entries(&directory.archive("arm32v7"));
    let services = "containers/config/00000000-BA5E-5EED-C0DE-000000000003/services/";
    let fixed = [
        (0, "containers/"),
        (1, "containers/config/"),
        (2, "containers/config/00000000-BA5E-5EED-C0DE-000000000003/"),
        (3, services),
        (5, "containers/images/"),
        (7, "containers/metadata/"),
    ];
    for (place, name) in fixed {
        assert_eq!(entries[place], name);
    }
    let conf = entries[4].strip_prefix(services).unwrap().strip_suffix(".conf").unwrap();
    assert_eq!(conf, "00000033-A180-4F25-B6F9-F9439C533890");
    let image =
        entries[6].strip_prefix("containers/images/").unwrap().strip_suffix(".tgz").unwrap();
    let metadata = entries[8].strip_prefix("containers/metadata/").unwrap();
    let metadata = metadata.strip_suffix(".cms").unwrap();
    for random in [image, metadata] {
        assert!(is_uuid(random) && random.as_bytes()[14] == b'4', "{random}");
    }
    assert_eq!((entries.len(), BTreeSet::from([conf, image, metadata]).len()), (9, 3));
}

#[test]
fn the_parts_of_an_archive_are_what_others_can_read() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm64v8"]);
    let folder = unpacked(&directory.archive("arm64v8"));
    let one = |below: &str| {
        let mut found = fs::read_dir(folder.path().join("containers").join(below)).unwrap();
        found.next().unwrap().unwrap().path()
    };
    let conf = one("config/00000000-BA5E-5EED-C0DE-000000000003/services");
    assert_eq!(fs::read(conf).unwrap(), fs::read(directory.build("swarm.conf")).unwrap());
    let tar = folder.path().join("image.tar");
    let gunzip =
        Command::new("gunzip").arg("-c").arg(one("images")).stdout(Stdio::piped()).output();
    fs::write(&tar, gunzip.unwrap().stdout).unwrap();
    let inspected = run(Command::new("skopeo")
        .args(["--override-arch", "arm64", "inspect", "--config"])
        .arg(format!("docker-archive:{}", tar.display())));
    assert!(
        inspected.contains("\"com.veea.vhc.architecture\": \"arm64v8\"")
            || inspected.contains("\"com.veea.vhc.architecture\":\"arm64v8\""),
        "{inspected}"
    );
    let loaded = run(directory.engine.docker().arg("load").arg("-i").arg(&tar));
    assert_eq!(loaded.trim(), "Loaded image: vh_dbus-arm64v8:1.0.1");
    assert_eq!(directory.engine.run(None, "vh_dbus-arm64v8:1.0.1", &[]), "aarch64");
    let opened = run(Command::new("openssl")
        .args(["cms", "-verify", "-inform", "DER", "-binary", "-purpose", "any", "-CAfile"])
        .arg(directory.path("keys/ca.pem"))
        .arg("-in")
        .arg(one("metadata")));
    let metadata = directory.build("auth/arm64v8/vh_dbus-arm64v8-metadata-1.0.1.json");
    assert_eq!(opened.trim(), fs::read_to_string(metadata).unwrap().trim());
}

#[test]
fn the_same_image_becomes_the_same_archive_again_where_nobody_signs() {
    let directory = Directory::new();
    directory.castoff.configure("");
    let castoff = directory.castoff.env("SOURCE_DATE_EPOCH", "1700000000");
    let directory = Directory { castoff, ..directory };
    let archive = || {
        directory.veea("release", &["--unauth", "--arch", "arm32v7"]).expect(0);
        let archive = directory.build("unauth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz");
        let bytes = fs::read(archive).unwrap();
        fs::remove_dir_all(directory.path("vh_dbus/build")).unwrap();
        bytes
    };
    let (one, other) = (archive(), archive());
    assert!(one == other, "the archives differ");
}

#[test]
fn a_development_build_keeps_the_identity_of_nobody() {
    let directory = Directory::new();
    directory.veea("release", &["--unauth", "--arch", "arm32v7"]).expect(0);
    let archive = directory.build("unauth/arm32v7/vh_dbus-arm32v7-release-1.0.1.tgz");
    let conf = "services/FFFFFFFF-A180-4F25-B6F9-F9439C533890.conf";
    assert!(entries(&archive).iter().any(|entry| entry.ends_with(conf)));
    assert!(!directory.build("auth").exists());
}
