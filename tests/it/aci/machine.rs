//! What a command in a tree cannot do to the machine, whatever it tries.

use std::fs;

use super::{
    desk::Desk,
    work::{bring, that_runs},
};

/// Writes a setting of the kernel as it is, mounts again what shows it, and
/// does both in namespaces of its own. Each that succeeds is told.
const TRIES: &str = r#"
same=$(cat /proc/sys/kernel/printk_delay)
(echo "$same" > /proc/sys/kernel/printk_delay) && echo wrote
mount -t proc proc /mnt && echo mounted proc
mount -t sysfs sysfs /mnt && echo mounted sysfs
mount -o remount,bind,rw /proc/sys && echo remounted proc
mount -o remount,bind,rw /sys && echo remounted sys
unshare --user --map-root-user --mount --pid --fork --net /bin/sh -c '
  mount -t proc proc /mnt && echo mounted proc inside
  mount -t sysfs sysfs /mnt && echo mounted sysfs inside
  mount -o remount,bind,rw /proc/sys && echo remounted proc inside
  (echo "$(cat /proc/sys/kernel/printk_delay)" > /proc/sys/kernel/printk_delay) && echo wrote inside'
for place in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug
do
  [ ! -f "$place" ] || echo sees "$place"
done
[ -z "$(ls /sys/firmware)" ] || echo sees firmware
exit 0
"#;

/// Leaves a root that is a folder of the machine's.
const LEAVE: &str = r#"
mkdir "/in"; chroot "/in" or exit 0;
chdir ".." for 1 .. 99;
chroot "." or exit 0;
print -e $ARGV[0] ? "left\n" : "stays\n";
"#;

fn tree(desk: &Desk) {
    let root = that_runs(desk);
    bring(&root, &["/usr/bin/mount", "/usr/bin/unshare", "/usr/bin/perl"]);
    fs::create_dir(root.join("mnt")).unwrap();
}

#[test]
fn a_step_of_root_sets_nothing_of_the_kernel() {
    for desk in [Desk::new(), Desk::of_somebody()] {
        tree(&desk);
        let told = desk.told(&["run", "work", "--", "/bin/sh", "-c", TRIES]);
        assert!(told.starts_with("status 0"), "{told}");
        for word in ["wrote", "mounted", "remounted", "sees"] {
            let done = told.lines().any(|line| line.split(' ').next() == Some(word));
            assert!(!done, "{word}: {told}");
        }
    }
}

#[test]
fn a_step_has_the_capabilities_of_a_container_and_no_others() {
    let desk = Desk::new();
    tree(&desk);
    let told = desk.told(&["run", "work", "--", "/bin/cat", "/proc/self/status"]);
    for set in ["CapPrm", "CapEff", "CapBnd"] {
        assert!(told.contains(&format!("{set}:\t00000000a80425fb\n")), "{told}");
    }
    // So that su and sudo work in the tree.
    assert!(told.contains("NoNewPrivs:\t0\n"), "{told}");
}

#[test]
fn a_step_cannot_leave_the_tree() {
    let desk = Desk::new();
    tree(&desk);
    let outside = desk.path("outside");
    fs::write(&outside, "").unwrap();
    let outside = outside.display().to_string();
    let told = desk.told(&["run", "work", "--", "/usr/bin/perl", "-e", LEAVE, &outside]);
    assert!(told.contains("stays\n") && !told.contains("left"), "{told}");
}
