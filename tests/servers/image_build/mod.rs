//! Images of image-builder payloads, built and pushed for real.

mod moved;
mod outcome;
mod passwords;
mod sources;

use std::{path::Path, process::Command, sync::Arc};

use serde_json::{Value, json};

use crate::support::{Castoff, DockerEngine, DockerRegistry, Setup, run};

/// Who may write to the registry.
const USER: (&str, &str) = ("ci", "canary-registry-password");
/// A Dockerfile without steps to run.
const DOCKERFILE: &str = "FROM scratch\nCOPY hello /hello\n";

/// A project folder, a registry that only a payload knows the password of, and
/// an engine.
struct World {
    castoff: Castoff,
    registry: DockerRegistry,
    _engine: Arc<DockerEngine>,
}

impl World {
    fn new() -> Self {
        let engine = DockerEngine::shared();
        let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
        let registry = DockerRegistry::with(&Setup { user: Some(USER), ..Setup::default() });
        Self { castoff, registry, _engine: engine }
    }

    /// Writes a payload that builds `source`; `more` is said of each image
    /// beside its name and tag.
    fn payload(&self, source: &Value, images: &[(&str, &str, Value)]) {
        let image = |(name, tag, more): &(&str, &str, Value)| {
            let mut image = more.clone();
            image["image"] = json!(name);
            image["tag"] = json!(tag);
            image
        };
        let images: Vec<Value> = images.iter().map(image).collect();
        let (user, password) = USER;
        let registry = json!({
            "url": self.registry.address(), "username": user, "password": password,
        });
        let payload = json!({
            "source": source, "target": { "images": images, "registry": registry },
        });
        self.castoff.write("payload.json", payload.to_string());
    }

    /// A payload of one image, `acme/hello:1.0`.
    fn hello(&self, source: &Value) {
        self.payload(source, &[("acme/hello", "1.0", json!({}))]);
    }

    /// The content of a file of a published image; none where there is none.
    #[track_caller]
    fn file(&self, image: &str, platform: &str, name: &str) -> Option<String> {
        let to = tempfile::tempdir().expect("a temporary folder");
        let (user, password) = USER;
        let mut words = platform.split('/');
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["--insecure-policy", "--override-os", words.next().expect("a system")]);
        skopeo.args(["--override-arch", words.next().expect("an architecture")]);
        skopeo.args(words.flat_map(|variant| ["--override-variant", variant]));
        skopeo.args(["copy", "-q", "--src-tls-verify=false", "--src-creds"]);
        skopeo.arg(format!("{user}:{password}"));
        skopeo.arg(format!("docker://{}/{image}", self.registry.address()));
        run(skopeo.arg(format!("dir:{}", to.path().display())));
        unpacked(to.path(), name)
    }

    /// Whether a tag is there.
    fn has(&self, image: &str) -> bool {
        let (name, tag) = image.split_once(':').expect("a tag");
        let tags = self.registry.storage().join("repositories").join(name).join("_manifests/tags");
        tags.join(tag).exists()
    }
}

/// A file of the layers in a folder.
fn unpacked(folder: &Path, name: &str) -> Option<String> {
    let script =
        format!("for l in *; do tar -xzOf \"$l\" {name} 2>/dev/null && exit; done; exit 9");
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output();
    let output = output.expect("a shell");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
