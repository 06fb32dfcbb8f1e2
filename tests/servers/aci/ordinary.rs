//! Steps that a user runs, and not root: with the ids that `/etc/subuid` and
//! `/etc/subgid` give to that user.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    process::{Command, Output},
};

use super::Bench;
use crate::support::run;

/// A user that this machine does not have.
const USER: u32 = 54321;
/// The first id that is the user's beside that.
const FIRST: u32 = 200_000;

/// A user with a Debian system to work in, and an `/etc` that knows the user.
struct Ordinary(Bench);

impl Ordinary {
    /// `ranges` is what stands in `/etc/subuid` and `/etc/subgid`.
    fn new(ranges: &str) -> Self {
        let bench = Bench::new();
        bench.debian("work");
        let etc = bench.path("../etc");
        run(Command::new("cp").arg("-a").arg("/etc").arg(&etc));
        let add = |name: &str, line: &str| {
            let text = fs::read_to_string(etc.join(name)).unwrap_or_default();
            fs::write(etc.join(name), format!("{}\n{line}\n", text.trim_end())).unwrap();
        };
        add("passwd", &format!("castoff-test:x:{USER}:{USER}::/:/bin/sh"));
        add("group", &format!("castoff-test:x:{USER}:"));
        for name in ["subuid", "subgid"] {
            fs::write(etc.join(name), ranges).unwrap();
        }
        fs::copy(env!("CARGO_BIN_EXE_castoff"), bench.path("../castoff")).unwrap();
        let world = bench.path("..");
        run(Command::new("chown").args(["-hR", &USER.to_string()]).arg(bench.path("work")));
        chown(bench.path(""), Some(USER), Some(USER)).unwrap();
        chown(world.join("home"), Some(USER), Some(USER)).unwrap();
        run(Command::new("chmod").arg("a+rx").arg(world));
        Self(bench)
    }

    /// What a script in the tree does, which the user runs.
    fn step(&self, script: &str) -> Output {
        let of = self.0.path("..").display().to_string();
        let enter = "mount --bind \"$1/etc\" /etc && shift && exec setpriv --reuid \"$0\" \
                     --regid \"$0\" --clear-groups \"$@\"";
        let mut step = Command::new("unshare");
        step.args([
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            enter,
            &USER.to_string(),
            &of,
        ]);
        let run = ["aci", "--dir", "store", "--workdir", ".", "run", "work", "--", "/bin/sh", "-c"];
        step.arg(format!("{of}/castoff")).args(run).arg(script);
        step.current_dir(self.0.path("")).env("HOME", format!("{of}/home"));
        step.output().unwrap()
    }
}

#[test]
fn a_step_of_an_ordinary_user_may_give_files_to_the_ids_that_are_the_users() {
    let ordinary = Ordinary::new(&format!("castoff-test:{FIRST}:65536\n"));
    let script = "echo x > /etc/of-web && chown 33:42 /etc/of-web && id -u && ls -ln /etc/of-web";
    let output = ordinary.step(script);
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.starts_with("0\n") && out.contains(" 33 42 "), "{out}{err}");
    let there = fs::metadata(ordinary.0.path("work/rootfs/etc/of-web")).unwrap();
    assert_eq!((there.uid(), there.gid()), (FIRST + 32, FIRST + 41));
}

#[test]
fn without_a_range_a_step_is_told_that_there_is_one_id_and_how_there_are_more() {
    let ordinary = Ordinary::new("another:100000:65536\n");
    let output = ordinary.step("chown 33 /etc/issue");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{err}");
    assert!(err.contains("the command has only one uid"), "{err}");
    assert!(err.contains("a range for your user to /etc/subuid"), "{err}");
}
