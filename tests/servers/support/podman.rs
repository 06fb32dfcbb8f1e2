//! A real Podman service, with storage of its own.

use std::{
    fs::File,
    process::{Child, Command},
};

use tempfile::TempDir;

use super::process::{run, terminate, wait_until_ready};

/// A running service.
pub(crate) struct Podman {
    process: Child,
    folder: TempDir,
}

impl Podman {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = File::create(folder.path().join("log")).expect("the folder can be written");
        let mut process = podman(&folder)
            .args(["system", "service", "--time=0"])
            .arg(host(&folder))
            .stderr(log)
            .spawn()
            .expect("`podman` is installed (tests/run)");
        let socket = folder.path().join("socket");
        wait_until_ready(&mut process, folder.path().join("log").as_path(), || {
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        });
        Self { process, folder }
    }

    /// What `DOCKER_HOST` is.
    pub(crate) fn host(&self) -> String {
        host(&self.folder)
    }

    /// The names of all its images.
    pub(crate) fn images(&self) -> String {
        run(podman(&self.folder).args(["images", "--format", "{{.Repository}}:{{.Tag}}"]))
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        terminate(&mut self.process);
        // Its files may belong to others.
        drop(podman(&self.folder).args(["system", "reset", "--force"]).output());
    }
}

fn host(folder: &TempDir) -> String {
    format!("unix://{}", folder.path().join("socket").display())
}

fn podman(folder: &TempDir) -> Command {
    let at = |name: &str| folder.path().join(name);
    let mut podman = Command::new("podman");
    podman.arg("--root").arg(at("root")).arg("--runroot").arg(at("run"));
    podman.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]);
    podman.arg("--tmpdir").arg(at("tmp"));
    podman
}
