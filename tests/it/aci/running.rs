//! What a command may do to a tree, and may not do to the machine.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::Path,
};

use super::{desk::Desk, work::that_runs};

/// Runs a script in a tree, and returns what it printed.
fn script(desk: &Desk, flags: &[&str], script: &str) -> String {
    let command = ["work", "--", "/bin/sh", "-c", script];
    desk.told(&[&["run"], flags, &command].concat())
}

#[test]
fn a_step_may_give_files_to_other_users_as_package_managers_do() {
    let desk = Desk::new();
    let root = that_runs(&desk);
    let told = script(&desk, &[], "echo x > /etc/of-web; chown 33:44 /etc/of-web; ls -ln /etc");
    assert!(told.starts_with("status 0") && told.contains("33 44"), "{told}");
    let metadata = fs::metadata(root.join("etc/of-web")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (33, 44));
    let told = script(&desk, &[], "chown 65533:65533 /etc/of-web");
    assert!(told.starts_with("status 0"), "{told}");
}

#[test]
fn a_step_has_devices_of_its_own_and_cannot_change_those_of_the_machine() {
    for desk in [Desk::new(), Desk::of_somebody()] {
        let root = that_runs(&desk);
        let name = format!("castoff-test-{}", std::process::id());
        let there = Path::new("/dev/shm").join(&name);
        fs::write(&there, "of the machine").unwrap();
        let told = script(
            &desk,
            &[],
            &format!(
                "echo x > /dev/null; cat /dev/zero /dev/full < /dev/null > /dev/null & \
                 [ -c /dev/random ] && [ -c /dev/urandom ] && [ -c /dev/tty ] && echo nodes; \
                 [ -c /dev/ptmx ] && [ -d /dev/pts ] && [ -d /dev/shm ] && echo folders; \
                 echo x > /dev/{name}; rm -f /dev/shm/{name} /dev/null; \
                 echo x > /dev/shm/mine && echo shm; ls /dev/shm; \
                 (echo x > /sys/kernel/castoff) 2> /etc/said || echo read-only; exit 0"
            ),
        );
        let is_left = there.exists();
        fs::remove_file(&there).unwrap();
        assert!(is_left, "the step removed a file of the machine: {told}");
        assert!(!Path::new("/dev").join(&name).exists(), "{told}");
        assert!(Path::new("/dev/null").exists());
        for word in ["status 0", "nodes\n", "folders\n", "shm\nmine\n", "read-only\n"] {
            assert!(told.contains(word), "{word}: {told}");
        }
        // Nothing of that is left in the tree.
        assert_eq!(fs::read_dir(root.join("dev")).unwrap().count(), 0);
    }
}

#[test]
fn names_are_resolved_where_the_network_is_asked_for_and_the_tree_stays_as_it_is() {
    let ours = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let desk = Desk::new();
    let root = that_runs(&desk);
    let told = script(&desk, &["--network"], "cat /etc/resolv.conf");
    assert!(told.starts_with("status 0") && told.contains(ours.trim()), "{told}");
    assert!(!root.join("etc/resolv.conf").exists() && !root.join("etc/hosts").exists());
    // As systemd has it.
    fs::create_dir(root.join("run")).unwrap();
    symlink("../run/systemd/resolve/stub-resolv.conf", root.join("etc/resolv.conf")).unwrap();
    let told = script(&desk, &["--network"], "cat /etc/resolv.conf");
    assert!(told.starts_with("status 0") && told.contains(ours.trim()), "{told}");
    assert_eq!(fs::read_dir(root.join("run")).unwrap().count(), 0);
    // A link that leads out of the tree writes nothing there.
    fs::remove_dir(root.join("run")).unwrap();
    symlink(desk.path("outside"), root.join("run")).unwrap();
    fs::create_dir(desk.path("outside")).unwrap();
    script(&desk, &["--network"], "exit 0");
    assert_eq!(fs::read_dir(desk.path("outside")).unwrap().count(), 0);
}
