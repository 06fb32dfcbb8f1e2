//! Servers that fail in passing, show late what was written, or never take
//! what they are sent. Spoken to by the program.

mod bad_bucket;
mod bad_registry;
mod bucket;
mod chunks;
mod late;
mod resumed;
mod stamina;
mod tries;

use std::{fs, path::PathBuf, time::Duration};

use assert_cmd::Command;
use bad_registry::{BadRegistry, Manners};
use tempfile::TempDir;

use crate::support::{
    images::{Form, Image},
    tars::Tar,
};

/// A project that is released to bad servers.
struct Project {
    folder: TempDir,
}

/// How castoff ended, and what it printed.
#[derive(Debug)]
struct Told {
    status: i32,
    err: String,
    out: String,
}

impl Project {
    /// Images of `platforms`, each with `layers` layers of `size` bytes.
    fn new(platforms: &[&str], layers: u64, size: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("docker")).expect("a folder");
        let project = Self { folder };
        for (place, platform) in (0..).zip(platforms) {
            let layers: Vec<_> = (0..layers).map(|of| layer(place * 1000 + of, size)).collect();
            project.add(platform, &layers);
        }
        project
    }

    fn add(&self, platform: &str, layers: &[Vec<u8>]) {
        let archive = Image::new(platform, layers).save(Form::Docker25, true);
        let name = format!("docker/{}.tar", platform.replace('/', "."));
        fs::write(self.path(&name), archive).expect("a file");
    }

    /// Names where it goes, with `[engine]` as it is said.
    fn configure(&self, sink: &str, engine: &str) {
        let config = format!(
            r#"
[release]
version = "1"
tags = ["{{version}}", "latest"]
[[artifact]]
name = "a"
from = {{ archives = "docker" }}
[[sink]]
name = "hub"
url = "{sink}"
[engine]
{engine}
"#
        );
        fs::write(self.folder.path().join("castoff.toml"), config).expect("a file");
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn run(&self, arguments: &[&str]) -> Told {
        self.run_in("home", arguments)
    }

    /// What `castoff ARGUMENTS` prints and returns, in a home of that name.
    fn run_in(&self, home: &str, arguments: &[&str]) -> Told {
        let mut command = Command::cargo_bin("castoff").expect("castoff was built");
        command.env_clear().current_dir(self.folder.path()).args(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("AWS_ACCESS_KEY_ID", "GKtest").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("COSIGN_PASSWORD", "x");
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"]
        {
            command.env(name, self.path(home).join(name));
        }
        let output = command.timeout(Duration::from_mins(2)).output().expect("castoff runs");
        Told {
            status: output.status.code().unwrap_or(-1),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }
}

/// A layer that no compressor makes smaller.
fn layer(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed + 1;
    let noise = std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    });
    Tar::default().file("noise", noise.take(size).collect::<Vec<u8>>()).finish()
}

/// `[engine]` that waits little.
const QUICK: &str = r#"
attempts = 5
delay = "1ms"
max_delay = "20ms"
show_timeout = "5s"
"#;

fn hub(registry: &BadRegistry) -> String {
    format!("docker://{}/acme", registry.address())
}

fn good() -> Manners {
    Manners::default()
}
