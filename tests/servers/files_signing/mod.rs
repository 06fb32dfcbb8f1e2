//! Files that are signed, and what other tools make of it; files that other
//! tools signed, and what castoff makes of them.

mod bounds;
mod cms;
mod cosign;
mod countersign;
mod minisign;
mod openpgp;
mod rollback;
mod several;
mod sums;

use std::{fs, path::Path, process::Command};

use crate::support::{Castoff, Ended, output};

/// The passphrase of every key here.
const PASSPHRASE: &str = "a canary's own passphrase";

/// A folder with a file, keys, and castoff, which knows the passphrase.
struct Bench {
    castoff: Castoff,
}

impl Bench {
    fn new() -> Self {
        Self::of(Castoff::new())
    }

    fn of(castoff: Castoff) -> Self {
        let castoff = castoff
            .env("CASTOFF_SECRET_LEAF", PASSPHRASE)
            .env("CASTOFF_SECRET_OTHER", PASSPHRASE)
            .env("CASTOFF_SECRET_RELEASE", PASSPHRASE);
        castoff.write("app.tar", "what is released");
        castoff.write("changed.tar", "what is releaseD");
        Self { castoff }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.castoff.run(arguments)
    }

    /// Runs another tool in the folder.
    fn tool(&self, name: &str, arguments: &[&str]) -> Ended {
        self.tool_in("", name, arguments)
    }

    /// Runs another tool in a folder below.
    fn tool_in(&self, folder: &str, name: &str, arguments: &[&str]) -> Ended {
        let mut command = Command::new(name);
        command.args(arguments).current_dir(self.castoff.path(folder));
        output(command.env("GNUPGHOME", self.castoff.path("gnupg"))).into()
    }

    /// The same, of a tool that must do what it is asked.
    #[track_caller]
    fn made(&self, name: &str, arguments: &[&str]) -> Ended {
        self.tool(name, arguments).expect(0)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.castoff.path(name)).unwrap()
    }

    /// All that lies in the folder.
    fn names(&self) -> Vec<String> {
        names(&self.castoff.path(""))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
