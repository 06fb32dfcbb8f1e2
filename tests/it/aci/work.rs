//! What is done to a tree between `startbuild` and `build`, and signatures.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{
    desk::Desk,
    support::{date, manifest},
};

fn begun(desk: &Desk) -> PathBuf {
    let root = desk.begin("work", &manifest("example.com/work"));
    desk.own(&desk.path("work"));
    desk.own(&root);
    root
}

#[test]
fn files_and_folders_are_copied_as_a_dockerfile_would() {
    let desk = Desk::new();
    let root = begun(&desk);
    desk.write("one", b"1");
    fs::set_permissions(desk.path("one"), fs::Permissions::from_mode(0o751)).unwrap();
    date(&desk.path("one"), 1234, 5);
    fs::create_dir_all(desk.path("folder/deep")).unwrap();
    desk.write("folder/deep/two", b"2");
    symlink("deep", desk.path("folder/link")).unwrap();
    desk.run(&["copy", "one", "work:/etc/"]);
    desk.run(&["copy", "one", "work:/renamed"]);
    desk.run(&["copy", "one", "folder", "work:/opt/many"]);
    desk.run(&["copy", "--chown", "33:44", "folder", "work:/owned"]);
    let metadata = fs::metadata(root.join("etc/one")).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.uid(), metadata.mtime()), (0o751, 0, 1234));
    assert_eq!(fs::read(root.join("renamed")).unwrap(), b"1");
    assert_eq!(fs::read(root.join("opt/many/one")).unwrap(), b"1");
    assert_eq!(fs::read(root.join("opt/many/deep/two")).unwrap(), b"2");
    assert_eq!(fs::read_link(root.join("opt/many/link")).unwrap(), PathBuf::from("deep"));
    let metadata = fs::metadata(root.join("owned/deep/two")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (33, 44));
    // What is there is replaced; a folder is not.
    desk.write("one", b"new");
    desk.run(&["copy", "one", "work:/renamed"]);
    assert_eq!(fs::read(root.join("renamed")).unwrap(), b"new");
    desk.run(&["copy", "one", "work:/owned"]);
    assert_eq!(fs::read(root.join("owned/one")).unwrap(), b"new");
    let told = desk.told(&["copy", "folder", "work:/renamed"]);
    assert!(told.starts_with("status 4") && told.contains("not a folder"), "{told}");
    for wrong in ["work", "work:etc", ":/etc"] {
        assert!(desk.told(&["copy", "one", wrong]).starts_with("status 2"), "{wrong}");
    }
}

#[test]
fn links_of_a_tree_are_followed_within_it() {
    let desk = Desk::new();
    let root = begun(&desk);
    fs::create_dir_all(root.join("usr/bin")).unwrap();
    fs::create_dir(desk.path("outside")).unwrap();
    symlink("usr/bin", root.join("bin")).unwrap();
    symlink("/usr/bin", root.join("absolute")).unwrap();
    symlink(desk.path("outside"), root.join("out")).unwrap();
    symlink("../../../../..", root.join("usr/up")).unwrap();
    symlink("circle", root.join("circle")).unwrap();
    desk.write("one", b"1");
    for to in ["/bin/a", "/absolute/b", "/usr/up/c", "/out/e"] {
        desk.run(&["copy", "one", &format!("work:{to}")]);
    }
    assert_eq!(fs::read(root.join("usr/bin/a")).unwrap(), b"1");
    assert_eq!(fs::read(root.join("usr/bin/b")).unwrap(), b"1");
    assert_eq!(fs::read(root.join("c")).unwrap(), b"1");
    // What the link names lies in the tree, too.
    assert_eq!(fs::read_dir(desk.path("outside")).unwrap().count(), 0);
    assert!(desk.told(&["copy", "one", "work:/circle/x"]).contains("too many links"));
    assert!(desk.told(&["copy", "one", "work:/../x"]).starts_with("status 4"));
}

#[test]
fn archives_are_unpacked_if_asked() {
    let desk = Desk::new();
    let root = begun(&desk);
    fs::create_dir_all(desk.path("src/sub")).unwrap();
    desk.write("src/sub/file", b"x");
    fs::hard_link(desk.path("src/sub/file"), desk.path("src/same")).unwrap();
    for (flag, name) in [("-cf", "a.tar"), ("-czf", "a.tgz"), ("-cJf", "a.txz"), ("-cjf", "a.tbz")]
    {
        let mut tar = Command::new("tar");
        tar.current_dir(desk.folder.path()).args([flag, name, "--owner=5", "--group=6"]);
        assert!(tar.args(["-C", "src", "."]).status().unwrap().success());
        let to = format!("work:/{}", name.replace('.', "-"));
        desk.run(&["copy", "--unpack", name, &to]);
        let out = root.join(name.replace('.', "-"));
        assert_eq!(fs::read(out.join("sub/file")).unwrap(), b"x", "{name}");
        let (one, two) =
            (fs::metadata(out.join("sub/file")).unwrap(), fs::metadata(out.join("same")).unwrap());
        assert_eq!((one.ino(), one.uid(), one.gid()), (two.ino(), 5, 6), "{name}");
    }
    desk.run(&["copy", "a.tar", "work:/kept/"]);
    assert!(root.join("kept/a.tar").is_file());
}

/// A tree that runs: programs of this machine, with their libraries.
pub(super) fn that_runs(desk: &Desk) -> PathBuf {
    let root = begun(desk);
    for folder in ["proc", "dev", "sys", "etc"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    bring(
        &root,
        &["/bin/sh", "/bin/ls", "/bin/cat", "/bin/chown", "/bin/rm", "/usr/bin/id", "/usr/bin/env"],
    );
    let user = desk.user.unwrap_or(0).to_string();
    assert!(Command::new("chown").arg("-R").args([&user]).arg(&root).status().unwrap().success());
    root
}

/// Copies programs of this machine into a tree, with their libraries.
pub(super) fn bring(root: &Path, programs: &[&str]) {
    for program in programs {
        let libraries = Command::new("ldd").arg(program).output().unwrap().stdout;
        let libraries = String::from_utf8(libraries).unwrap();
        let libraries = libraries.split_whitespace().filter(|word| word.starts_with('/'));
        for file in libraries.chain([*program]) {
            let to = root.join(&file[1..]);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, &to).unwrap();
        }
    }
}

#[test]
fn a_command_runs_in_a_tree_and_sees_nothing_else() {
    for desk in [Desk::new(), Desk::of_somebody()] {
        let root = that_runs(&desk);
        let script = "id -u; ls /; echo secret=$CASTOFF_SECRET_X home=$HOME; ls /proc; \
                      cat /proc/net/dev; echo made > /etc/made; echo x > /dev/null";
        let told = desk.told(&["run", "work", "--", "/bin/sh", "-c", script]);
        assert!(told.starts_with("status 0\n0\nbin\n"), "{told}");
        assert!(told.contains("secret= home=/root\n1\n"), "{told}");
        // Two lines of head, and its own loop: no other network.
        let network = told.split("Inter-|").nth(1).unwrap().split("warning").next().unwrap();
        assert_eq!(network.matches(':').count(), 1, "{told}");
        assert_eq!(fs::read_to_string(root.join("etc/made")).unwrap(), "made\n");
        assert_eq!(fs::read_dir(root.join("dev")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(root.join("proc")).unwrap().count(), 0);
        let told = desk.told(&["run", "work", "--", "/bin/sh", "-c", "exit 7"]);
        assert!(told.starts_with("status 3") && told.contains('7'), "{told}");
        let told = desk.told(&["run", "--env", "A=b", "work", "--", "/bin/sh", "-c", "echo $A"]);
        assert!(told.contains("\nb\n"), "{told}");
        let told = desk.told(&["run", "work", "--", "/nowhere"]);
        assert!(told.starts_with("status 3"), "{told}");
        assert!(desk.told(&["run", "nowhere", "--", "/bin/sh"]).starts_with("status 4"));
    }
}

#[test]
fn an_image_is_signed_and_checked_with_the_keys_of_gpg() {
    let desk = Desk::new();
    begun(&desk);
    let home = desk.path("gnupg");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = |arguments: &[&str]| {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--quiet", "--homedir"]).arg(&home).args(arguments);
        let output = command.current_dir(desk.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let Ok(_) = Command::new("gpg").arg("--version").output() else { return };
    for name in ["maker", "other"] {
        gpg(&["--passphrase", "", "--quick-gen-key", name, "ed25519", "sign", "never"]);
        gpg(&["--armor", "--output", &format!("{name}.pub"), "--export", name]);
        gpg(&["--armor", "--output", &format!("{name}.key"), "--export-secret-keys", name]);
    }
    let made: Value = desk.json(&["build", "--key", "maker.key", "work", "a.aci"]);
    assert_eq!(made["signed"], true);
    gpg(&["--verify", "a.aci.asc", "a.aci"]);
    let told = desk.run(&["validate", "a.aci", "--key", "maker.pub"]);
    assert!(told.contains("signed by maker"), "{told}");
    desk.run(&["import", "a.aci", "--key", "maker.pub"]);
    let told = desk.told(&["validate", "a.aci", "--key", "other.pub"]);
    assert!(told.starts_with("status 6") && told.contains("not signed by this key"), "{told}");
    gpg(&["--armor", "--local-user", "other", "--detach-sign", "--output", "b.asc", "a.aci"]);
    desk.run(&["validate", "a.aci", "--key", "other.pub", "--signature", "b.asc"]);
    fs::remove_file(desk.path("a.aci.asc")).unwrap();
    assert!(desk.told(&["import", "a.aci", "--key", "maker.pub"]).starts_with("status 6"));
    // A key that cannot be opened makes nothing.
    let told = desk.told(&["build", "--key", "maker.pub", "work", "c.aci"]);
    assert!(!told.starts_with("status 0") && !desk.path("c.aci").exists(), "{told}");
}
