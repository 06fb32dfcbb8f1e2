//! Input that cannot be used: castoff says what is wrong and where, asks no
//! server anything, and leaves what is published as it was.

mod archives;
mod disk;
mod words;

use std::{
    collections::BTreeMap,
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use castoff::model::Digest;
use tempfile::TempDir;

use crate::support::{
    images::{Form, Image},
    tars::layer,
};

/// A project with one release in its layout, and a registry that only notices
/// who knocks.
struct World {
    folder: TempDir,
    hub: TcpListener,
    published: BTreeMap<PathBuf, Digest>,
}

/// How castoff ended, without where the project lies.
struct Ended {
    status: Option<i32>,
    stderr: String,
}

impl World {
    /// The release is there, and nothing lies in the folder of archives.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let hub = TcpListener::bind("127.0.0.1:0").expect("a free port");
        hub.set_nonblocking(true).expect("a socket");
        let mut world = Self { folder, hub, published: BTreeMap::new() };
        world.write("images/linux.amd64.tar", image().save(Form::Legacy, true));
        world.configure_sinks("", &world.shelf());
        assert_eq!(world.run(&["--batch"]).status, Some(0));
        fs::remove_dir_all(world.path("images")).expect("a folder");
        fs::create_dir(world.path("images")).expect("a folder");
        world.published = world.tree();
        world.configure("");
        world
    }

    /// One archive for amd64.
    fn with(archive: impl AsRef<[u8]>) -> Self {
        let world = Self::new();
        world.write("images/linux.amd64.tar", archive);
        world
    }

    fn configure(&self, engine: &str) {
        let port = self.hub.local_addr().expect("it is bound").port();
        let hub = format!("[[sink]]\nname = \"hub\"\nurl = \"docker://127.0.0.1:{port}/team\"\n");
        self.configure_sinks(engine, &(hub + &self.shelf()));
    }

    fn configure_sinks(&self, engine: &str, sinks: &str) {
        self.write(
            "castoff.toml",
            format!(
                "[release]\nversion = \"1.0\"\n[engine]\nidle_timeout = \"1s\"\nattempts = 1\n\
                 {engine}\n[[artifact]]\nname = \"app\"\nfrom = {{ archives = \"images\" }}\n{sinks}"
            ),
        );
    }

    fn shelf(&self) -> String {
        let layout = self.path("shelf");
        format!("[[sink]]\nname = \"shelf\"\nurl = \"oci:{}\"\n", layout.display())
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    /// A program that sees nothing but this world.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, below) in [
            ("HOME", "home"),
            ("XDG_CACHE_HOME", "home/cache"),
            ("XDG_CONFIG_HOME", "home/config"),
            ("XDG_STATE_HOME", "home/state"),
            ("DOCKER_CONFIG", "home/docker"),
        ] {
            command.env(name, self.path(below));
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command(env!("CARGO_BIN_EXE_castoff"), arguments);
        self.ended(&command.output().expect("castoff runs"))
    }

    fn ended(&self, output: &Output) -> Ended {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stderr = stderr.replace(&self.folder.path().display().to_string(), "…");
        Ended { status: output.status.code(), stderr: stderr.trim_end().to_owned() }
    }

    /// Releases, and gives back what castoff has to say about it, after its
    /// exit status.
    #[track_caller]
    fn refuse(&self) -> String {
        let told = self.refused(&self.run(&["--batch", "-q"]));
        // What became of the tags is the same for all of it, and the run's name is
        // not.
        let rest = "\nno tag moved at any sink\ntry again, after fixing that: castoff resume ";
        told.split_once(rest).map_or(told.as_str(), |(told, _)| told).to_owned()
    }

    /// Fails if anybody was asked anything, or if anything was published.
    #[track_caller]
    fn refused(&self, ended: &Ended) -> String {
        let knocked = self.hub.accept().map(|_| "somebody knocked");
        let error = knocked.expect_err("no request is sent");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(self.tree(), self.published, "{}", ended.stderr);
        format!("{}\n{}", ended.status.unwrap_or(-1), ended.stderr)
    }

    /// What is published.
    fn tree(&self) -> BTreeMap<PathBuf, Digest> {
        let mut files = BTreeMap::new();
        read_tree(&self.path("shelf"), &mut files);
        files
    }
}

fn read_tree(folder: &Path, files: &mut BTreeMap<PathBuf, Digest>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        if entry.path().is_dir() {
            read_tree(&entry.path(), files);
        } else {
            let digest = Digest::of(&fs::read(entry.path()).expect("a file"));
            files.insert(entry.path(), digest);
        }
    }
}

/// An image that can be released.
fn image() -> Image {
    Image::new("linux/amd64", &[layer("hello", "one"), layer("world", "two")])
}
