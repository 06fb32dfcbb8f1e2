//! What is found wrong where castoff writes is written again from verified
//! content, whichever way castoff comes by it.

mod buckets;
mod cache;
mod documents;
mod layouts;
mod registry;
mod sources;

use std::{
    fs,
    path::{Path, PathBuf},
};

use castoff::model::Digest;

use crate::support::{
    images::{Form, Image},
    project::{Ended, Project},
    tars::layer,
};

/// The ways that lead to a release once more.
const WAYS: [Way; 4] = [Way::Batch, Way::Force, Way::Resume, Way::Push];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Batch,
    Force,
    Resume,
    Push,
}

/// A project that is released to one sink.
struct Release {
    project: Project,
    /// Where `castoff push` sends it to.
    exact: String,
}

impl Release {
    /// A project of an image for two platforms, released once to `sink`.
    fn to(sink: &str) -> Self {
        Self::ready(sink, sink).first()
    }

    /// The same before the first release. A repository of a registry has a URL
    /// of its own.
    fn ready(sink: &str, exact: &str) -> Self {
        let project = Project::new();
        for platform in ["linux/amd64", "linux/arm64"] {
            let layers = ["shared", platform].map(|text| layer("file", text));
            let archive = Image::new(platform, &layers).save(Form::Docker25, true);
            project.write(&format!("docker/{}.tar", platform.replace('/', ".")), archive);
        }
        project.write(
            "castoff.toml",
            format!(
                "[release]\nversion = \"1\"\ntags = [\"{{version}}\", \"latest\"]\n\
                 [engine]\ndelay = \"1ms\"\nmax_delay = \"5ms\"\nshow_timeout = \"300ms\"\n\
                 [[artifact]]\nname = \"app\"\nfrom = {{ archives = \"docker\" }}\n\
                 [[sink]]\nname = \"there\"\nurl = \"{sink}\"\n"
            ),
        );
        Self { project, exact: exact.to_owned() }
    }

    fn first(self) -> Self {
        self.run(&["--batch"]).expect(0);
        self
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.project.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", "GKtest").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command.output().unwrap().into()
    }

    /// Releases once more.
    fn again(&self, way: Way) -> Ended {
        match way {
            Way::Batch => self.run(&["--batch"]),
            Way::Force => self.run(&["--batch", "--force"]),
            Way::Resume => {
                let runs = self.project.runs();
                let run = runs.first().expect("a run that began");
                self.project.kill_at_start(run);
                self.run(&["resume", run])
            }
            Way::Push => self.run(&["push", "-t", "app:1", "docker", &self.exact]),
        }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.project.path(below)
    }
}

/// Changes one bit.
fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

/// The files of a folder of blobs, in order.
fn blobs(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|of| of.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Fails where a blob is not what its name says.
#[track_caller]
fn expect_right(folder: &Path, told: &str) {
    for blob in blobs(folder) {
        let digest = Digest::of(&fs::read(&blob).unwrap());
        assert_eq!(blob.file_name().unwrap(), digest.hex(), "{told}");
    }
}
