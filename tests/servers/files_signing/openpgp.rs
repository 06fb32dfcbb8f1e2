//! gpg on both sides, with a home of its own for each test.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{Bench, PASSPHRASE};
use crate::support::{Ended, output};

const BATCH: [&str; 6] =
    ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", PASSPHRASE];

/// gpg's agent ends with this, and not later by itself.
pub(super) struct Gpg(pub(super) Bench);

impl Gpg {
    /// With the key `release@example.org`, of a kind that gpg knows, that
    /// lasts for a time.
    fn new(kind: &str, lasts: &str) -> Self {
        Self::of(Bench::new(), kind, lasts)
    }

    pub(super) fn of(bench: Bench, kind: &str, lasts: &str) -> Self {
        let home = bench.castoff.path("gnupg");
        fs::create_dir(&home).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        let this = Self(bench);
        this.run(&["--quick-gen-key", "Release <release@example.org>", kind, "sign,cert", lasts]);
        this
    }

    #[track_caller]
    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        self.0.made("gpg", &[&BATCH[..], arguments].concat())
    }

    /// Writes `release.key`, which is encrypted, and `release.pub`.
    pub(super) fn export(&self, armor: &[&str]) {
        self.export_as("release", armor);
    }

    /// The same, with another key, as `other.key` and `other.pub`.
    pub(super) fn with_another(self) -> Self {
        self.run(&["--quick-gen-key", "Other <other@example.org>", "ed25519", "sign", "0"]);
        self.export_as("other", &["--armor"]);
        self
    }

    fn export_as(&self, name: &str, armor: &[&str]) {
        let who = format!("{name}@example.org");
        let [secret, public] = ["key", "pub"].map(|ending| format!("{name}.{ending}"));
        let export = ["--yes", "--output", &secret, "--export-secret-keys", &who];
        self.run(&[armor, &export].concat());
        self.run(&[armor, &["--yes", "--output", &public, "--export", &who]].concat());
    }

    fn fingerprint(&self) -> String {
        let told = self.run(&["--with-colons", "--list-keys"]).stdout;
        let line = told.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        self.0.tool("gpgconf", &["--kill", "all"]);
    }
}

const SIGN: [&str; 4] = ["sign", "app.tar", "--key", "release.key"];

#[test]
fn gpg_takes_what_was_signed_and_its_own_is_taken() {
    for (kind, subkey, armor) in [
        ("ed25519", "ed25519", &["--armor"][..]),
        ("rsa2048", "rsa2048", &[]),
        ("nistp256", "nistp256/ecdsa", &[]),
    ] {
        let gpg = Gpg::new(kind, "0");
        for has_subkey in [false, true] {
            if has_subkey {
                gpg.run(&["--quick-add-key", &gpg.fingerprint(), subkey, "sign", "0"]);
            }
            gpg.export(armor);
            let bench = &gpg.0;
            bench.run(&[&SIGN[..], &["--with", "openpgp"]].concat()).expect(0);
            let told = gpg.run(&["--status-fd", "1", "--verify", "app.tar.asc", "app.tar"]).stdout;
            let valid = told.lines().find(|line| line.contains("VALIDSIG")).unwrap();
            let is_primary = valid.contains(&format!("VALIDSIG {}", gpg.fingerprint()));
            assert_eq!(is_primary, !has_subkey, "the subkey signs where there is one: {told}");
            let other = bench.tool("gpg", &["--verify", "app.tar.asc", "changed.tar"]);
            assert_ne!(other.status, Some(0));
            let verify = |file, signature| {
                ["verify", file, "--signature", signature, "--key", "release.pub"]
            };
            let told = bench.run(&verify("app.tar", "app.tar.asc")).expect(0);
            assert!(told.stdout.contains("release@example.org"), "{}", told.stdout);
            bench.run(&verify("changed.tar", "app.tar.asc")).expect(6);
            for form in [&["--armor"][..], &[]] {
                let sign = ["--yes", "--output", "made.sig", "--detach-sign", "app.tar"];
                gpg.run(&[form, &sign].concat());
                bench.run(&verify("app.tar", "made.sig")).expect(0);
                bench.run(&verify("changed.tar", "made.sig")).expect(6);
            }
        }
    }
}

#[test]
fn a_key_that_is_revoked_signs_nothing_and_vouches_for_nothing() {
    let gpg = Gpg::new("ed25519", "0");
    gpg.export(&["--armor"]);
    gpg.0.run(&SIGN).expect(0);
    let name = format!("gnupg/openpgp-revocs.d/{}.rev", gpg.fingerprint());
    let text = String::from_utf8(gpg.0.read(&name)).unwrap();
    // A colon keeps people from revoking a key by accident.
    gpg.0.castoff.write("revoked.asc", text.replace(":-----BEGIN", "-----BEGIN"));
    gpg.run(&["--import", "revoked.asc"]);
    gpg.export(&["--armor"]);
    let before = gpg.0.names();
    let ended = gpg.0.run(&SIGN).expect(4);
    assert!(ended.stderr.contains("revoked"), "{}", ended.stderr);
    assert_eq!(gpg.0.names(), before);
    let ended = gpg.0.run(&["verify", "app.tar", "--key", "release.pub"]).expect(6);
    assert!(ended.stderr.contains("revoked"), "{}", ended.stderr);
}

#[test]
fn a_key_that_expired_signs_nothing_and_what_it_signed_stays() {
    let gpg = Gpg::new("ed25519", "0");
    let bench = &gpg.0;
    let faked = ["--faked-system-time", "20200101T000000!"];
    let made = ["--quick-gen-key", "Old <release@example.com>", "ed25519", "sign", "30d"];
    gpg.run(&[&faked[..], &made].concat());
    let who = "release@example.com";
    gpg.run(&["--armor", "--output", "release.key", "--export-secret-keys", who]);
    let sign = ["--armor", "--local-user", who, "--output", "app.tar.asc", "--detach-sign"];
    gpg.run(&[&faked[..], &sign, &["app.tar"]].concat());
    let ended = bench.run(&SIGN).expect(4);
    assert!(ended.stderr.contains("the key expired on 2020-01-31"), "{}", ended.stderr);
    bench.run(&["verify", "app.tar", "--key", "release.key"]).expect(0);
}

#[test]
fn a_wrong_passphrase_of_an_openpgp_key_writes_nothing() {
    let gpg = Gpg::new("ed25519", "0");
    gpg.export(&["--armor"]);
    let before = gpg.0.names();
    let mut command = gpg.0.castoff.command(&SIGN);
    let ended: Ended = output(command.env("CASTOFF_SECRET_RELEASE", "not the canary")).into();
    let ended = ended.expect(4);
    assert!(ended.stderr.contains("the passphrase is wrong"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("not the canary"));
    assert_eq!(gpg.0.names(), before);
}
