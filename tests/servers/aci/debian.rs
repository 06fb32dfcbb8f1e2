//! The walkthrough of acido's document, on a tree of Debian's packages.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    process::Command,
};

use serde_json::Value;

use super::{Bench, is_pipe, is_same, links};
use crate::support::run;

#[test]
fn what_changes_in_a_debian_system_is_kept_and_nothing_else() {
    let bench = Bench::new();
    let root = bench.debian("debian");
    bench.told(&["build", "debian", "debian.aci"]);
    let imported = bench.told(&["import", "debian.aci"]);
    let hash = imported.rsplit(' ').next().unwrap();
    let work = bench.told(&["startbuild", "example.com/debian,version=12.0.0"]);
    let tree = bench.path(&work).join("rootfs");
    is_same(&root, &tree);
    let by_hash = bench.told(&["startbuild", hash]);
    is_same(&root, &bench.path(&by_hash).join("rootfs"));

    fs::write(tree.join("usr/bin/new"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(tree.join("usr/bin/new"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::remove_dir_all(tree.join("usr/share/doc")).unwrap();
    fs::remove_file(tree.join("usr/bin/sed")).unwrap();
    fs::set_permissions(tree.join("etc/debian_version"), fs::Permissions::from_mode(0o600))
        .unwrap();
    chown(tree.join("etc/issue"), Some(33), Some(44)).unwrap();
    fs::remove_file(tree.join("etc/os-release")).unwrap();
    symlink("../usr/lib/other", tree.join("etc/os-release")).unwrap();
    fs::hard_link(tree.join("usr/bin/new"), tree.join("usr/bin/same")).unwrap();
    run(Command::new("mkfifo").arg(tree.join("run/pipe")));
    run(Command::new("mknod").arg(tree.join("dev/null")).args(["c", "1", "3"]));
    let manifest = bench.path(&work).join("manifest");
    let text = fs::read_to_string(&manifest).unwrap().replacen("12.0.0", "12.0.1", 1);
    fs::write(&manifest, text).unwrap();
    let built: Value =
        serde_json::from_str(&bench.told(&["build", "--json", &work, "new.aci"])).unwrap();
    assert_eq!(built["added"], 4, "{built}");

    bench.told(&["import", "new.aci"]);
    let out = bench.path(&bench.told(&["extract", "example.com/debian,version=12.0.1"]));
    is_same(&tree, &out.join("rootfs"));
    let number = |root: &std::path::Path| fs::metadata(root.join("dev/null")).unwrap().rdev();
    assert_eq!(number(&tree), number(&out.join("rootfs")));
    assert!(is_pipe(&out.join("rootfs/run/pipe")) && links(&out.join("rootfs/usr/bin/same")) == 2);

    // What changed, with the folders that it changed in, and the list.
    let names = run(Command::new("tar").arg("-tzf").arg(bench.path("new.aci")));
    let mut names: Vec<&str> = names.lines().collect();
    names.sort_unstable();
    let expected = [
        "manifest",
        "rootfs/",
        "rootfs/dev/",
        "rootfs/dev/null",
        "rootfs/etc/",
        "rootfs/etc/debian_version",
        "rootfs/etc/issue",
        "rootfs/etc/os-release",
        "rootfs/run/",
        "rootfs/run/pipe",
        "rootfs/usr/bin/",
        "rootfs/usr/bin/new",
        "rootfs/usr/bin/same",
        "rootfs/usr/share/",
    ];
    assert_eq!(names, expected);
    let whole = fs::metadata(bench.path("debian.aci")).unwrap().len();
    assert!(fs::metadata(bench.path("new.aci")).unwrap().len() < whole / 20);
}

#[test]
fn a_command_changes_a_debian_system_and_the_change_is_kept() {
    let bench = Bench::new();
    bench.debian("debian");
    bench.told(&["build", "debian", "debian.aci"]);
    bench.told(&["import", "debian.aci"]);
    let work = bench.told(&["startbuild", "example.com/debian"]);
    let script = "id -u > /etc/made; rm -r /usr/share/doc; ls /dev/null; \
                  chown 33:42 /etc/issue && chown -R 1:1 /var/cache";
    bench.told(&["run", &work, "--", "/bin/sh", "-c", script]);
    let owner = fs::metadata(bench.path(&work).join("rootfs/etc/issue")).unwrap();
    assert_eq!((owner.uid(), owner.gid()), (33, 42));
    bench.told(&["build", &work, "new.aci"]);
    bench.told(&["import", "new.aci"]);
    let out = bench.path(&bench.told(&["extract", "example.com/debian"])).join("rootfs");
    is_same(&bench.path(&work).join("rootfs"), &out);
    assert_eq!(fs::read_to_string(out.join("etc/made")).unwrap(), "0\n");
    assert!(!out.join("usr/share/doc").exists() && !out.join("dev/null").exists());
}
