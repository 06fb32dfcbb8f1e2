//! Another tool that reads what was published.

use std::{fs, path::Path, process::Command};

use castoff::model::Digest;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    BUCKET,
    process::{newer, output, run},
};

/// skopeo with a home of its own, speaking plain HTTP.
pub(crate) struct Skopeo {
    home: TempDir,
}

impl Skopeo {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary folder") }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("skopeo");
        self.at_home(&mut command).arg("--insecure-policy");
        command
    }

    fn at_home<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let home = self.home.path();
        command.env("HOME", home).env("XDG_RUNTIME_DIR", home)
    }

    /// Copies an image with all its platforms, of which the index must be
    /// signed by a key; else gives back why not.
    pub(crate) fn copy_signed(&self, image: &str, key: &Path) -> Result<(), String> {
        let folder = tempfile::tempdir_in(self.home.path()).expect("a temporary folder");
        let (host, rest) = image.split_once('/').expect("a host");
        // A bucket is known by its name, and served here at a port of its own.
        let bare = host.split(':').next().expect("a host");
        let identity = if bare == BUCKET {
            let name = rest.split(':').next().expect("a name");
            let name = format!("{bare}/{name}");
            serde_json::json!({ "type": "exactRepository", "dockerRepository": name })
        } else {
            serde_json::json!({ "type": "matchRepository" })
        };
        let demand = serde_json::json!({
            "type": "sigstoreSigned", "keyPath": key,
            "signedIdentity": identity,
        });
        let policy = serde_json::json!({ "default": [demand] });
        let path = folder.path().join("policy.json");
        fs::write(&path, policy.to_string()).expect("a file");
        let lookaside = format!("docker:\n  {host}:\n    use-sigstore-attachments: true\n");
        fs::create_dir(folder.path().join("registries.d")).expect("a folder");
        fs::write(folder.path().join("registries.d/here.yaml"), lookaside).expect("a file");
        let output = output(
            self.at_home(&mut newer("skopeo"))
                .arg("--policy")
                .arg(&path)
                .arg("--registries.d")
                .arg(folder.path().join("registries.d"))
                .args(["copy", "-q", "--all", "--preserve-digests", "--src-tls-verify=false"])
                .args([
                    format!("docker://{image}"),
                    format!("dir:{}/copy", folder.path().display()),
                ]),
        );
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The manifest that a reference names, as it is served.
    #[track_caller]
    pub(crate) fn raw(&self, reference: &str) -> Vec<u8> {
        let arguments = ["inspect", "--raw", "--tls-verify=false", reference];
        let output = output(self.command().args(arguments));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "skopeo inspect {reference}: {said}");
        output.stdout
    }

    /// The digest of what a reference names.
    #[track_caller]
    pub(crate) fn digest(&self, reference: &str) -> String {
        Digest::of(&self.raw(reference)).to_string()
    }

    /// The tags of a repository.
    #[track_caller]
    pub(crate) fn tags(&self, repository: &str) -> Vec<String> {
        let arguments = ["list-tags", "--tls-verify=false", repository];
        let listed: Value =
            serde_json::from_str(&run(self.command().args(arguments))).expect("skopeo prints JSON");
        let tags = listed["Tags"].as_array().cloned().unwrap_or_default();
        tags.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Copies an image with all its platforms.
    #[track_caller]
    pub(crate) fn copy_to(&self, from: &str, to: &str) {
        let arguments = ["copy", "-q", "--all", "--preserve-digests", "--src-tls-verify=false"];
        run(self.command().args(arguments).args([from, to]));
    }

    /// Copies an image with all its platforms into a new folder, which checks
    /// every digest, and gives back the digest that the index has there.
    #[track_caller]
    pub(crate) fn copy_all(&self, reference: &str) -> String {
        let to = tempfile::tempdir_in(self.home.path()).expect("a temporary folder");
        let place = format!("dir:{}", to.path().join("copy").display());
        self.copy_to(reference, &place);
        self.digest(&place)
    }
}
