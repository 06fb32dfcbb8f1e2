//! App Container Images of real trees, and the clients of OCI images.

mod debian;
mod oci;
mod ordinary;

use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::support::{Castoff, Ended, provided, run};

/// castoff with a store of images of its own.
struct Bench(Castoff);

impl Bench {
    fn new() -> Self {
        Self(Castoff::new())
    }

    fn aci(&self, arguments: &[&str]) -> Ended {
        let own = ["aci", "--dir", "store", "--workdir", "."];
        self.0.run(&[&own, arguments].concat())
    }

    /// What a command that does well prints.
    #[track_caller]
    fn told(&self, arguments: &[&str]) -> String {
        self.aci(arguments).expect(0).stdout.trim_end().to_owned()
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path(below)
    }

    /// A folder of a new image, with the tree of Debian's packages.
    fn debian(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        let root = folder.join("rootfs");
        fs::create_dir_all(&root).unwrap();
        let packages = provided("CASTOFF_TEST_DEBS", "debs").join("debian");
        let mut found = 0;
        for entry in fs::read_dir(packages).expect("Debian's packages are here (tests/run)") {
            let path = entry.unwrap().path();
            run(Command::new("dpkg-deb").arg("--extract").arg(path).arg(&root));
            found += 1;
        }
        assert!(found > 10, "Debian's packages are here (tests/run)");
        // What a merged /usr has, and its packages leave to the installer.
        for name in ["bin", "sbin", "lib", "lib64"] {
            let own = root.join(name);
            if fs::symlink_metadata(&own).is_ok_and(|own| own.is_dir()) {
                run(Command::new("cp").arg("-a").arg(&own).arg(root.join("usr")));
                fs::remove_dir_all(&own).unwrap();
            }
            if root.join("usr").join(name).is_dir() {
                std::os::unix::fs::symlink(format!("usr/{name}"), own).unwrap();
            }
        }
        let manifest = json!({
            "acKind": "ImageManifest", "acVersion": "0.5.0", "name": "example.com/debian",
            "labels": [
                { "name": "version", "value": "12.0.0" },
                { "name": "arch", "value": "amd64" },
                { "name": "os", "value": "linux" },
            ],
        });
        fs::write(folder.join("manifest"), manifest.to_string()).unwrap();
        root
    }

    /// Begins an image on another, changes it, builds it, and takes it in.
    fn step(&self, from: &str, to: (&str, &str), app: &Value, change: impl FnOnce(&str, &Path)) {
        let work = self.told(&["startbuild", from]);
        change(&work, &self.path(&work).join("rootfs"));
        let manifest = self.path(&work).join("manifest");
        let mut document: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        document["name"] = json!(to.0);
        if !app.is_null() {
            document["app"] = app.clone();
        }
        fs::write(manifest, document.to_string()).unwrap();
        self.told(&["build", &work, to.1]);
        self.told(&["import", to.1]);
    }
}

/// A line for all that there is, with all that `find` shows of it but the
/// times of what was read, and its content by `diff`.
fn listed(root: &Path) -> String {
    let format = "%P %y %#m %U:%G %T@ %s %l %n\\n";
    let listed = run(Command::new("find").arg(root).args(["-printf", format]));
    let mut lines: Vec<&str> = listed.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn is_same(one: &Path, other: &Path) {
    // A device or pipe is compared by the list: diff would wait for it.
    let others = ["-x", "pipe", "-x", "null"];
    run(Command::new("diff").args(["-r", "--no-dereference"]).args(others).arg(one).arg(other));
    let (one, other) = (listed(one), listed(other));
    assert!(one == other, "{}", different(&one, &other));
}

fn different(one: &str, other: &str) -> String {
    let missing = |a: &str, b: &str, mark: &str| {
        let lines = a.lines().filter(|line| !b.lines().any(|other| other == *line));
        lines.take(10).map(|line| format!("{mark} {line}")).collect::<Vec<_>>()
    };
    [missing(one, other, "-"), missing(other, one, "+")].concat().join("\n")
}

fn is_pipe(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

fn links(path: &Path) -> u64 {
    fs::symlink_metadata(path).unwrap().nlink()
}
