//! `LinuxKit` packages, built by real engines and pushed to real registries.

mod build;
mod depends;
mod moved;
mod push;
mod references;
mod signers;
mod trust;

use std::{process::Command, sync::Arc};

use crate::support::{Castoff, DockerEngine, DockerRegistry, Ended, Skopeo, busybox, run};

/// busybox of the platform, what extra sources have, and a step that runs.
const DOCKERFILE: &str = r#"FROM scratch
ARG TARGETARCH
COPY ${TARGETARCH}/busybox /bin/busybox
COPY shared/lib.txt /lib.txt
SHELL ["/bin/busybox", "sh", "-c"]
RUN echo $(/bin/busybox cat /lib.txt) on $(/bin/busybox uname -m) > /made
CMD ["/bin/busybox", "cat", "/made"]
"#;

/// A package `acme/pkg` in a repository of git, an engine that builds it, and
/// the registry that it goes to.
struct Lab {
    engine: Arc<DockerEngine>,
    registry: DockerRegistry,
    castoff: Castoff,
}

impl Lab {
    fn new() -> Self {
        Self::with("arches: [amd64, arm64, arm/v7]\n")
    }

    /// The same, whose metadata says more.
    fn with(more: &str) -> Self {
        let (engine, registry) = (DockerEngine::of_packages(), DockerRegistry::start());
        let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
        let lab = Self { engine, registry, castoff };
        lab.package("pkg", more);
        lab
    }

    fn env(self, name: &str, value: impl Into<String>) -> Self {
        Self { castoff: self.castoff.env(name, value), ..self }
    }

    /// Another package, committed with all that lies there.
    fn package(&self, name: &str, more: &str) {
        busybox::context(&self.castoff.path(name));
        self.castoff.write("common/lib.txt", "shared");
        self.castoff.write(&format!("{name}/Dockerfile"), DOCKERFILE);
        let source = "extra-sources: ['../common:shared']\n";
        self.castoff.write(&format!("{name}/build.yml"), format!("image: {name}\n{source}{more}"));
        self.commit();
    }

    fn commit(&self) {
        if !self.castoff.path(".git").exists() {
            self.git(&["init", "-q", "-b", "main"]);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "all"]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(self.castoff.path(""))
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "a")
                .env(format!("GIT_{who}_EMAIL"), "a@example.org");
        }
        run(&mut git)
    }

    /// `castoff pkg VERB … pkg`, without content trust.
    fn pkg(&self, verb: &str, more: &[&str]) -> Ended {
        let org = self.org();
        let mut line = vec!["pkg", verb, "-disable-content-trust", "-org", &org];
        line.extend(more);
        if !more.iter().any(|word| word.starts_with("pkg")) {
            line.push("pkg");
        }
        self.castoff.run(&line)
    }

    /// `castoff pkg push` for one platform.
    fn push(&self, platform: &str, more: &[&str]) -> Ended {
        let mut line = vec!["--insecure", "--platforms", platform];
        line.extend(more);
        self.pkg("push", &line)
    }

    fn org(&self) -> String {
        format!("{}/acme", self.registry.address())
    }

    /// What a package is called, without its registry.
    fn tag(&self) -> String {
        let shown = self.castoff.run(&["pkg", "show-tag", "pkg"]).expect(0).stdout;
        shown.trim_end().rsplit(':').next().unwrap().to_owned()
    }

    fn image(&self, tag: &str) -> String {
        format!("{}/pkg:{tag}", self.org())
    }

    /// The platforms that a tag names at the registry.
    fn platforms(&self, tag: &str) -> Vec<String> {
        let raw = Skopeo::new().raw(&format!("docker://{}", self.image(tag)));
        let index: serde_json::Value = serde_json::from_slice(&raw).unwrap();
        let word = |entry: &serde_json::Value, key: &str| {
            entry["platform"][key].as_str().map(|word| format!("/{word}")).unwrap_or_default()
        };
        let platform =
            |entry| format!("{}{}", &word(entry, "architecture")[1..], word(entry, "variant"));
        index["manifests"].as_array().unwrap().iter().map(platform).collect()
    }

    /// What a tag names at the registry.
    fn digest(&self, tag: &str) -> String {
        Skopeo::new().digest(&format!("docker://{}", self.image(tag)))
    }

    /// The tags at the registry.
    fn tags(&self) -> Vec<String> {
        Skopeo::new().tags(&format!("docker://{}/pkg", self.org()))
    }
}

/// A file of an image at a registry; none where it has no such file.
fn file_of(image: &str, arch: &str, name: &str) -> Option<String> {
    let layers = tempfile::tempdir().unwrap();
    let mut skopeo = Command::new("skopeo");
    skopeo.args(["--insecure-policy", "--override-arch", arch, "copy", "-q"]);
    skopeo.args(["--src-tls-verify=false", &format!("docker://{image}")]);
    run(skopeo.arg(format!("dir:{}", layers.path().display())));
    let script =
        format!("for l in *; do tar -xzOf \"$l\" {name} 2>/dev/null && exit; done; exit 9");
    let output = Command::new("sh").args(["-c", &script]).current_dir(layers.path()).output();
    let output = output.unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
