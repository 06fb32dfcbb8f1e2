//! What is refused, in the words of the vendor's tool.

use std::fs;

use insta::assert_snapshot;

use super::{CERTIFICATE, Directory};

/// What a release says that is refused, and that it made no archive.
#[track_caller]
fn refused(directory: &Directory, more: &[&str]) -> String {
    let ended = directory.veea("release", more);
    assert!(ended.status != Some(0), "{}", ended.stderr);
    assert!(!directory.archive("arm32v7").exists());
    directory.plain(&ended.stderr).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn nobody_releases_without_being_a_partner() {
    let directory = Directory::new();
    directory.castoff.configure("");
    let castoff = directory.castoff.env("HOME", "/nonexistent");
    let directory = Directory { castoff, ..directory };
    assert_snapshot!(refused(&directory, &[]), @"error: No partner ID found. Please use --unauth.");
}

#[test]
fn a_partner_is_found_in_the_users_home() {
    let directory = Directory::new();
    directory.castoff.configure("");
    let home = directory.path("home");
    fs::create_dir_all(home.join(".vhc")).unwrap();
    let name = "veea-partner-00000033-cert.pem";
    fs::copy(directory.path(CERTIFICATE), home.join(".vhc").join(name)).unwrap();
    let castoff = directory.castoff.env("HOME", home.display().to_string());
    let directory = Directory { castoff, ..directory };
    assert_snapshot!(refused(&directory, &[]), @"error: a release for a partner must be signed, \
                                                 and no signer is set");
    let (key, certificate) = (directory.path("keys/partner.key"), directory.path(CERTIFICATE));
    let (key, certificate) = (key.display().to_string(), certificate.display().to_string());
    let signed = ["--arch", "arm32v7", "--key", &key, "--certificate", &certificate];
    directory.veea("release", &signed).expect(0);
    assert!(directory.archive("arm32v7").exists());
}

#[test]
fn an_architecture_that_nobody_knows_or_that_is_not_configured_is_refused() {
    let directory = Directory::new();
    assert_snapshot!(refused(&directory, &["--arch", "x"]), @"ERROR: Architecture 'x' is not supported.");
    assert_snapshot!(refused(&directory, &["--arch", "amd64"]), @"ERROR: Architecture 'amd64' is not valid for this image.");
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let directory = Directory::new();
    let ended = directory.castoff.run(&["veea", "release", "nowhere"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(4), ""));
    assert_eq!(ended.stderr, "ERROR: nowhere does not exist.\n");
}

#[test]
fn a_device_without_licence_is_refused_before_anything_is_built() {
    let directory = Directory::new();
    let label = "        label:\n";
    let devices = "        label:\n            devices: ['DEV:EXCLUSIVE:bluetooth']\n";
    directory.change("config.yaml", label, devices);
    let ended = directory.veea("release", &[]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(4), ""));
    assert_snapshot!(ended.stderr);
    directory.castoff.write("licenses/bluetooth.lic", "LICENSE;DEV:EXCLUSIVE:bluetooth;sig\n");
    let licenses = directory.path("licenses").display().to_string();
    let lines = directory.release(&["--license", &licenses, "--arch", "arm32v7"]);
    let added = format!("  - Adding contents of license file {licenses}/bluetooth.lic\n");
    assert!(lines.contains(&added), "{lines}");
}

#[test]
fn an_image_without_the_partners_certificate_is_not_signed() {
    let directory = Directory::new();
    directory.change("Dockerfile", "ENTRYPOINT", "ARG NOTHING\nENTRYPOINT");
    // A stage that ends before the labels has none.
    directory.change("Dockerfile", "FROM scratch", "FROM scratch AS first");
    directory.change("config.yaml", "--network none", "--network none --target first");
    directory.castoff.write(
        "vh_dbus/Dockerfile",
        "FROM scratch AS first\nCOPY amd64/busybox /b\nFROM first\nENTRYPOINT [\"/b\"]\n",
    );
    let ended = directory.veea("release", &["--arch", "arm32v7"]);
    assert_eq!(ended.status, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("Missing label 'com.veea."), "{}", ended.stderr);
    assert!(!directory.build("auth/arm32v7/vh_dbus-arm32v7:1.0.1.signed.tar").exists());
}

#[test]
fn a_wrong_passphrase_refuses_before_anything_is_built() {
    let directory = Directory::new();
    let key = directory.path("keys/partner.key").display().to_string();
    let locked = directory.path("keys/locked.key").display().to_string();
    crate::support::run(std::process::Command::new("openssl").args([
        "pkcs8",
        "-topk8",
        "-v2",
        "aes-256-cbc",
        "-in",
        &key,
        "-out",
        &locked,
        "-passout",
        "pass:right",
    ]));
    let certificate = directory.path(CERTIFICATE).display().to_string();
    let signed = ["--key", &locked, "--certificate", &certificate, "--arch", "arm32v7"];
    let of = |passphrase: &str| {
        let mut command = vec!["veea", "release", "vh_dbus"];
        command.extend(signed);
        let mut command = directory.castoff.command(&command);
        let output = command.env("CASTOFF_SECRET_LOCKED", passphrase).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, wrong) = of("canary-wrong");
    assert_eq!(status, 4, "{wrong}");
    assert!(!wrong.contains("canary") && !directory.build("auth").exists(), "{wrong}");
    let (status, right) = of("right");
    assert_eq!(status, 0, "{right}");
}
