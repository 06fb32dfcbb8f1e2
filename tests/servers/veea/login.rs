//! A service signs what is released, for who is logged in.

use std::fs;

use super::Directory;
use crate::support::{Manners, Notarial, PASSWORD};

/// A directory that a service signs, and the service.
fn signed_by_a_service() -> (Directory, Notarial) {
    let (directory, server) = (Directory::new(), Notarial::start());
    let from = "from = { veea = \"vh_dbus\", signer = \"veea\", \
                certificate = \"keys/veea-partner-00000033-cert.pem\" }";
    let artifact = format!("[[artifact]]\nname = \"vh_dbus\"\n{from}\n");
    directory.castoff.configure(&format!("{artifact}{}", server.signer()));
    (directory, server)
}

#[test]
fn a_release_that_a_service_signs_is_verified_and_joined() {
    let (directory, server) = signed_by_a_service();
    let castoff = directory.castoff.env("CASTOFF_SECRET_VEEA", PASSWORD);
    let directory = Directory { castoff, ..directory };
    // Tokens are over long before the image is built.
    server.behaves(Manners { life: 1, ..Manners::default() });
    let ended = directory.veea("release", &["--arch", "arm32v7"]).expect(0);
    assert!(!(ended.stdout + &ended.stderr).contains("canary"));
    let archive = directory.archive("arm32v7").display().to_string();
    let told = directory.castoff.run(&["veea", "verify", &archive, "--signer", "veea"]).expect(0);
    assert!(told.stdout.contains("signed   by CN=leaf,O=castoff at "), "{}", told.stdout);
    for arguments in [
        "app create --name MyApp --version 1.0.0 --folder app",
        "app config add-image vh_dbus --folder app",
        "app release --folder app --signer veea",
    ] {
        let arguments: Vec<&str> = ["veea"].into_iter().chain(arguments.split(' ')).collect();
        directory.castoff.run(&arguments).expect(0);
    }
    let app = directory.path("app/build/MyApp-1.0.0.tgz").display().to_string();
    directory.castoff.run(&["veea", "app", "verify", &app]).expect(0);
}

#[test]
fn nothing_is_made_where_the_login_fails() {
    let (directory, server) = signed_by_a_service();
    let castoff = directory.castoff.env("CASTOFF_SECRET_VEEA", "wrong");
    let directory = Directory { castoff, ..directory };
    let ended = directory.veea("release", &["--arch", "arm32v7"]).expect(4);
    assert!(ended.stderr.contains("rejects this user name and password"), "{}", ended.stderr);
    assert!(!directory.archive("arm32v7").exists());
    assert!(!server.asked().iter().any(|path| path == "/v1/cms"));
    let made = fs::read_dir(directory.path("vh_dbus")).unwrap();
    let made = made.filter(|entry| entry.as_ref().unwrap().file_name() == "build");
    assert_eq!(made.count(), 0, "nothing is made");
}
