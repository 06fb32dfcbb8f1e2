//! Another tool that reads what was published.

use std::process::Command;

use castoff::model::Digest;
use serde_json::Value;
use tempfile::TempDir;

use super::process::{output, run};

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
        let home = self.home.path();
        command.env("HOME", home).env("XDG_RUNTIME_DIR", home).arg("--insecure-policy");
        command
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

    /// Copies an image with all its platforms into a new folder, which checks
    /// every digest, and gives back the digest that the index has there.
    #[track_caller]
    pub(crate) fn copy_all(&self, reference: &str) -> String {
        let to = tempfile::tempdir_in(self.home.path()).expect("a temporary folder");
        let place = format!("dir:{}", to.path().join("copy").display());
        let arguments = ["copy", "-q", "--all", "--preserve-digests", "--src-tls-verify=false"];
        run(self.command().args(arguments).args([reference, &place]));
        self.digest(&place)
    }
}
