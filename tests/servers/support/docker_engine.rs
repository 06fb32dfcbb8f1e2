//! A real Docker Engine with a socket, a data root and a containerd of its
//! own. It needs root, by `sudo` where the tests do not have it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::Arc,
};

use tempfile::TempDir;

use super::{
    process::{provided, run, terminate, wait_until_ready},
    shared::Shared,
};

static SHARED: Shared<DockerEngine> = Shared::new();
static OF_PACKAGES: Shared<DockerEngine> = Shared::new();
static ON_CONTAINERD: Shared<DockerEngine> = Shared::new();
/// The oldest version of the API that Docker 29 answers.
const API: &str = "1.44";

/// A running engine, which ends with this value.
pub(crate) struct DockerEngine {
    process: Child,
    folder: TempDir,
    /// Whether its data lies on a disk of its own.
    has_disk: bool,
}

impl DockerEngine {
    /// The one that the tests share, each under names of its own.
    pub(crate) fn shared() -> Arc<Self> {
        SHARED.get(Self::start)
    }

    /// The one that the tests of packages share: images that lose their names
    /// there are in nobody's way.
    pub(crate) fn of_packages() -> Arc<Self> {
        OF_PACKAGES.get(Self::start)
    }

    /// A later Debian's with containerd's image store, and of the API no more
    /// than Docker 29 has. The tests share it.
    pub(crate) fn on_containerd() -> Arc<Self> {
        ON_CONTAINERD.get(|| {
            let mut dockerd = as_root("env");
            dockerd.arg(format!("DOCKER_MIN_API_VERSION={API}"));
            dockerd.arg(provided("CASTOFF_TEST_ENGINE", "engine/docker.io"));
            let folder = tempfile::tempdir().expect("a temporary folder");
            let process = serve_by(dockerd, &folder, &["--feature", "containerd-snapshotter=true"]);
            Self { process, folder, has_disk: false }
        })
    }

    /// One for a test alone.
    pub(crate) fn start() -> Self {
        Self::listening(&[])
    }

    /// One that also listens elsewhere, with these arguments.
    pub(crate) fn listening(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = serve(&folder, arguments);
        Self { process, folder, has_disk: false }
    }

    /// One whose disk holds no more than this.
    pub(crate) fn on_a_disk_of(size: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("the folder can be written");
        let size = format!("size={size}");
        run(as_root("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(data));
        let process = serve(&folder, &[]);
        Self { process, folder, has_disk: true }
    }

    /// Starts it again, after it was killed.
    pub(crate) fn restart(&mut self) {
        // What it could not take away itself.
        for name in ["pid", "exec"] {
            drop(as_root("rm").arg("-rf").arg(self.folder.path().join(name)).output());
        }
        self.process = serve(&self.folder, &[]);
    }

    /// What `DOCKER_HOST` is.
    pub(crate) fn host(&self) -> String {
        host(&self.folder)
    }

    /// The engine's own client.
    pub(crate) fn docker(&self) -> Command {
        docker(&self.host())
    }

    /// What it answers to a request for `path`.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str) -> serde_json::Value {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-X", method, "--unix-socket"]).arg(self.folder.path().join("socket"));
        let answer = run(curl.arg(format!("http://docker{path}")));
        serde_json::from_str(&answer).expect("JSON")
    }

    /// The names of all its images, and of those without a name.
    pub(crate) fn images(&self) -> String {
        let list = ["images", "--all", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"];
        run(self.docker().args(list))
    }

    /// Ends it at once, as a machine that goes away.
    pub(crate) fn kill(&mut self) {
        let id = fs::read_to_string(self.folder.path().join("pid")).expect("it runs");
        run(as_root("kill").args(["-KILL", id.trim_end()]));
        drop(self.process.wait());
        let containerd = self.folder.path().join("exec/containerd/containerd.pid");
        let id = run(as_root("cat").arg(containerd));
        run(as_root("kill").args(["-KILL", id.trim_end()]));
    }

    /// What a container of an image prints.
    #[track_caller]
    pub(crate) fn run(&self, platform: Option<&str>, image: &str, command: &[&str]) -> String {
        let mut docker = self.docker();
        docker.args(["run", "--rm", "--network", "none"]);
        docker.args(platform.map(|platform| format!("--platform={platform}")));
        run(docker.arg(image).args(command)).trim_end().to_owned()
    }

    /// The identity of an image; none where there is no such image.
    pub(crate) fn id(&self, image: &str) -> Option<String> {
        let inspect = ["image", "inspect", "--format", "{{.Id}}", image];
        let output = self.docker().args(inspect).output().expect("`docker` is installed");
        let id = String::from_utf8(output.stdout).expect("an identity is text");
        output.status.success().then(|| id.trim_end().to_owned())
    }
}

impl Drop for DockerEngine {
    fn drop(&mut self) {
        if is_root() {
            terminate(&mut self.process);
        } else {
            let id = fs::read_to_string(self.folder.path().join("pid")).unwrap_or_default();
            drop(as_root("kill").args(["-TERM", id.trim_end()]).status());
            drop(self.process.wait());
        }
        if self.has_disk {
            let data = self.folder.path().join("data");
            drop(as_root("umount").arg("--lazy").arg(data).status());
        }
        if !is_root() {
            drop(as_root("rm").arg("-rf").arg(self.folder.path()).status());
        }
    }
}

/// Runs an engine in a folder, until it answers.
fn serve(folder: &TempDir, arguments: &[&str]) -> Child {
    serve_by(as_root("dockerd"), folder, arguments)
}

/// The same, by this program.
fn serve_by(mut dockerd: Command, folder: &TempDir, arguments: &[&str]) -> Child {
    let at = |name: &str| folder.path().join(name);
    let log = File::create(at("log")).expect("the folder can be written");
    let mut process = dockerd
        .arg("--data-root")
        .arg(at("data"))
        .arg("--exec-root")
        .arg(at("exec"))
        .arg("--pidfile")
        .arg(at("pid"))
        .arg("--group")
        .arg(group())
        .args(["--host", &host(folder)])
        .args(arguments)
        // Images are all that is asked of it: no networks, and nothing
        // of the machine's is changed for them.
        .args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-masq=false"])
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("`dockerd` is installed (tests/run)");
    wait_until_ready(&mut process, &at("log"), || {
        let version = docker(&host(folder)).arg("version").output();
        version.is_ok_and(|version| version.status.success())
    });
    process
}

fn host(folder: &TempDir) -> String {
    format!("unix://{}", folder.path().join("socket").display())
}

fn docker(host: &str) -> Command {
    let mut docker = Command::new("docker");
    // Its own settings and plugins are nobody's but the test's.
    docker.env("DOCKER_HOST", host).env("DOCKER_CONFIG", "/nonexistent");
    docker.env("DOCKER_BUILDKIT", "0").env_remove("DOCKER_CONTEXT");
    docker
}

fn is_root() -> bool {
    owner_of(Path::new("/proc/self")) == 0
}

fn owner_of(of: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(of).expect("there is a /proc"))
}

fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(PathBuf::from(program));
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

fn group() -> String {
    run(Command::new("id").arg("-g")).trim_end().to_owned()
}
