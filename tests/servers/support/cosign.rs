//! cosign itself.

use std::path::Path;

use tempfile::TempDir;

use super::process::{newer, output};

/// cosign with a home of its own, which asks no log and no other host.
pub(crate) struct Cosign {
    home: TempDir,
}

impl Cosign {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Makes `NAME.key` and `NAME.pub` in a folder.
    #[track_caller]
    pub(crate) fn generate(&self, folder: &Path, name: &str, password: &str) {
        let prefix = format!("--output-key-prefix={}", folder.join(name).display());
        self.run(&["generate-key-pair", &prefix], password).expect("cosign makes keys");
    }

    /// Signs an image, beside what others signed.
    #[track_caller]
    pub(crate) fn sign(&self, image: &str, key: &Path, password: &str) {
        self.sign_with(image, key, password, &[]);
    }

    /// The same, with options of one's own.
    #[track_caller]
    pub(crate) fn sign_with(&self, image: &str, key: &Path, password: &str, options: &[&str]) {
        let key = format!("--key={}", key.display());
        let sign = ["sign", "-y", "--tlog-upload=false", &key];
        let quiet = ["--allow-insecure-registry", "--allow-http-registry", image];
        self.run(&[&sign[..], options, &quiet].concat(), password).expect("cosign signs");
    }

    /// Attests what a file says of an image, beside what others attested.
    #[track_caller]
    pub(crate) fn attest(&self, image: &str, key: &Path, password: &str, predicate: &Path) {
        let (key, predicate) =
            (format!("--key={}", key.display()), format!("--predicate={}", predicate.display()));
        self.run(
            &[
                "attest",
                "-y",
                "--tlog-upload=false",
                "--allow-insecure-registry",
                "--allow-http-registry",
                "--type=custom",
                &key,
                &predicate,
                image,
            ],
            password,
        )
        .expect("cosign attests");
    }

    /// What cosign says of an image that must be signed by a key, or why it
    /// refuses it.
    pub(crate) fn verify(&self, image: &str, key: &Path) -> Result<String, String> {
        let key = format!("--key={}", key.display());
        let quiet =
            ["--insecure-ignore-tlog", "--allow-insecure-registry", "--allow-http-registry"];
        self.run(&[&["verify", &key], &quiet[..], &[image]].concat(), "")
    }

    /// Signs a file.
    #[track_caller]
    pub(crate) fn sign_blob(&self, file: &Path, key: &Path, to: &Path, password: &str) {
        let (key, to) =
            (format!("--key={}", key.display()), format!("--output-signature={}", to.display()));
        let file = file.display().to_string();
        self.run(&["sign-blob", "-y", "--tlog-upload=false", &key, &to, &file], password)
            .expect("cosign signs");
    }

    /// Whether a file is signed by a key, or why not.
    pub(crate) fn verify_blob(
        &self,
        file: &Path,
        key: &Path,
        signature: &Path,
    ) -> Result<String, String> {
        let key = format!("--key={}", key.display());
        let signature = format!("--signature={}", signature.display());
        let file = file.display().to_string();
        self.run(&["verify-blob", "--insecure-ignore-tlog", &key, &signature, &file], "")
    }

    fn run(&self, arguments: &[&str], password: &str) -> Result<String, String> {
        let home = self.home.path();
        let mut command = newer("cosign");
        command.env_clear().env("HOME", home).env("COSIGN_PASSWORD", password);
        let output = output(command.current_dir(home).args(arguments));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}
