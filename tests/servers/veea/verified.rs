//! Archives of a real chain, checked and joined by castoff itself.

use std::fs;

use super::{CERTIFICATE, Directory};

/// Where what lies in an archive begins, in bytes of its tar, by name.
fn changed(directory: &Directory, part: &str) -> String {
    let archive = directory.archive("arm32v7");
    let folder = directory.path("unpacked");
    fs::create_dir_all(&folder).unwrap();
    let tar = |arguments: &[&str]| {
        crate::support::run(std::process::Command::new("tar").args(arguments).current_dir(&folder))
    };
    let archive = archive.display().to_string();
    tar(&["xf", &archive]);
    let listed = tar(&["tf", &archive]);
    let name = listed.lines().find(|line| line.ends_with(part)).unwrap();
    let mut bytes = fs::read(folder.join(name)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(folder.join(name), bytes).unwrap();
    let names: Vec<&str> = listed.lines().collect();
    let other = directory.path("changed.tgz").display().to_string();
    tar(&[&["czf", &other, "--no-recursion"][..], &names].concat());
    other
}

#[test]
fn one_changed_byte_is_found_and_its_part_named() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    let ca = directory.path("keys/ca.pem").display().to_string();
    let verify = |file: &str| directory.castoff.run(&["veea", "verify", file, "--ca", &ca]);
    verify(&directory.archive("arm32v7").display().to_string()).expect(0);
    for part in [".conf", ".tgz", ".cms"] {
        let told = verify(&changed(&directory, part)).expect(6);
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    }
    let other = directory.path(CERTIFICATE).display().to_string();
    let archive = directory.archive("arm32v7").display().to_string();
    directory.castoff.run(&["veea", "verify", &archive, "--ca", &other]).expect(0);
    // Another authority of the same name has not signed the certificate.
    fs::rename(directory.path("keys"), directory.path("first")).unwrap();
    directory.make_keys();
    let told = verify(&archive).expect(6);
    assert!(told.stderr.contains("is not trusted"), "{}", told.stderr);
}

#[test]
fn a_signature_counts_as_long_as_its_certificate_did() {
    let directory = Directory::new();
    directory.release(&["--arch", "arm32v7"]);
    let ca = directory.path("keys/ca.pem").display().to_string();
    let archive = directory.archive("arm32v7").display().to_string();
    let verify = |more: &[&str]| {
        let arguments = [&["veea", "verify", &archive, "--ca", &ca][..], more].concat();
        directory.castoff.run(&arguments)
    };
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    verify(&["--at", &tomorrow.to_string()]).expect(0);
    let late = verify(&["--at", "2099-01-01"]).expect(6);
    assert!(late.stderr.contains("expired"), "{}", late.stderr);
    let early = verify(&["--at", "2001-01-01T00:00:00Z"]).expect(6);
    assert!(early.stderr.contains("not valid before"), "{}", early.stderr);
}

#[test]
fn archives_of_both_architectures_are_joined_into_an_application() {
    let directory = Directory::new();
    directory.release(&[]);
    for arguments in [
        "app create --name MyApp --version 1.2.3 --folder app",
        "app config add-image vh_dbus --folder app",
        "app release --folder app",
    ] {
        let arguments: Vec<&str> = ["veea"].into_iter().chain(arguments.split(' ')).collect();
        directory.castoff.run(&arguments).expect(0);
    }
    let app = directory.path("app/build/MyApp-1.2.3.tgz");
    let listed = |file: &std::path::Path| {
        let tar = crate::support::run(std::process::Command::new("tar").arg("tf").arg(file));
        tar.lines().map(|line| line.trim_start_matches("./").to_owned()).collect::<Vec<_>>()
    };
    let mut union: Vec<String> =
        ["arm32v7", "arm64v8"].iter().flat_map(|arch| listed(&directory.archive(arch))).collect();
    let mut joined = listed(&app);
    union.sort();
    union.dedup();
    joined.sort();
    assert_eq!(joined, union);
    let app = app.display().to_string();
    directory.castoff.run(&["veea", "app", "verify", &app]).expect(0);
}
