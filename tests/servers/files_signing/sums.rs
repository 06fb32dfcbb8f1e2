//! Releases of files with sums and signatures beside them.

use super::{Bench, openpgp::Gpg};
use crate::support::{Castoff, Garage};

const FOLDER: &str = "out/df-dist-v1/sums";

/// A project that releases files to a bucket and a folder, signed by two.
pub(super) struct Signed {
    pub(super) gpg: Gpg,
    pub(super) garage: std::sync::Arc<Garage>,
}

impl Signed {
    pub(super) fn new(name: &str) -> Self {
        let garage = Garage::shared();
        let bench = Bench::of(Castoff::new().with(&garage));
        bench.made("minisign", &["-G", "-W", "-p", "mini.pub", "-s", "mini.key"]);
        let gpg = Gpg::of(bench, "ed25519", "0");
        gpg.export(&["--armor"]);
        let this = Self { gpg, garage };
        this.configure(name, "1.0", "");
        this
    }

    pub(super) fn configure(&self, name: &str, version: &str, more: &str) {
        let castoff = &self.gpg.0.castoff;
        castoff.configure(&format!(
            "[release]\nversion = \"{version}\"\ntags = [\"{{version}}\", \"latest\"]\n\
             [[artifact]]\nname = \"{name}\"\nfrom = {{ files = \"df\" }}\n{more}\
             [[sink]]\nname = \"out\"\nurl = \"dir:out\"\n\
             [[sink]]\nname = \"garage\"\nurl = \"{}\"\n\
             [[signer]]\nname = \"release\"\nkind = \"openpgp\"\nkey = \"release.key\"\n\
             [[signer]]\nname = \"mini\"\nkind = \"minisign\"\nkey = \"mini.key\"\n",
            self.garage.url(),
        ));
        castoff.write("df/linux/amd64/tool", format!("{version} for amd64"));
        castoff.write("df/linux/arm/v7/doc/tool.txt", format!("{version} for arm"));
    }

    /// Checks the sums of a tag in the folder as people do.
    #[track_caller]
    pub(super) fn check(&self, folder: &str, tag: &str) {
        let (bench, place) = (&self.gpg.0, format!("{folder}/{tag}"));
        let told = bench.tool_in(&place, "sha256sum", &["-c", "SHA256SUMS"]).expect(0);
        assert_eq!(told.stdout, "linux/amd64/tool: OK\nlinux/arm/v7/doc/tool.txt: OK\n");
        let key = bench.castoff.path("mini.pub").display().to_string();
        let verify = ["-V", "-m", "SHA256SUMS", "-p", &key];
        bench.tool_in(&place, "minisign", &verify).expect(0);
        let verify = ["--verify", "SHA256SUMS.asc", "SHA256SUMS"];
        bench.tool_in(&place, "gpg", &verify).expect(0);
    }
}

#[test]
fn sums_and_signatures_lie_beside_files_and_go_with_their_tag() {
    let signed = Signed::new("sums");
    let bench = &signed.gpg.0;
    bench.run(&["--batch"]).expect(0);
    for tag in ["1.0", "latest"] {
        signed.check(FOLDER, tag);
    }
    let keys = |tag: &str| signed.garage.keys(&format!("df-dist-v1/sums/{tag}/"));
    for name in ["SHA256SUMS", "SHA256SUMS.asc", "SHA256SUMS.minisig"] {
        let key = format!("df-dist-v1/sums/1.0/{name}");
        assert!(keys("1.0").contains(&key), "{:?}", keys("1.0"));
    }
    let sums = bench.read(&format!("{FOLDER}/1.0/SHA256SUMS"));
    assert_eq!(signed.garage.text("df-dist-v1/sums/1.0/SHA256SUMS").as_bytes(), sums);
    assert!(signed.garage.keys("df-dist-v1/sums/.staged").is_empty());
    // The same again signs nothing again; another release has other sums.
    let before = bench.read(&format!("{FOLDER}/1.0/SHA256SUMS.asc"));
    bench.run(&["--batch"]).expect(0);
    assert_eq!(bench.read(&format!("{FOLDER}/1.0/SHA256SUMS.asc")), before);
    signed.configure("sums", "1.1", "");
    bench.run(&["--batch"]).expect(0);
    for tag in ["1.0", "1.1", "latest"] {
        signed.check(FOLDER, tag);
    }
    // They are no platform, and come along.
    let seen = bench.run(&["ls", "out", "-t", "sums"]).expect(0).stdout;
    assert!(seen.contains("linux/amd64") && !seen.contains("SHA256SUMS"), "{seen}");
    bench.run(&["copy", "garage/sums:1.1", "dir:copy"]).expect(0);
    signed.check("copy/df-dist-v1/sums", "1.1");
    // No sweep takes them before their tag goes.
    bench.run(&["gc", "garage", "-t", "sums", "--keep", "5", "--grace", "0s"]).expect(0);
    assert_eq!(keys("1.0").len(), 5);
    bench.run(&["rm", "garage/sums:1.0", "out/sums:1.0"]).expect(0);
    assert!(keys("1.0").is_empty());
    assert!(!bench.castoff.path(&format!("{FOLDER}/1.0/SHA256SUMS")).exists());
    signed.check(FOLDER, "latest");
}

#[test]
fn sums_can_be_had_without_anybody_who_signs() {
    let signed = Signed::new("bare");
    let bench = &signed.gpg.0;
    signed.configure("bare", "1.0", "sign = []\nchecksums = true\n");
    bench.run(&["--batch"]).expect(0);
    let sums = bench.read("out/df-dist-v1/bare/1.0/SHA256SUMS");
    assert_eq!(signed.garage.text("df-dist-v1/bare/1.0/SHA256SUMS").as_bytes(), sums);
    bench.tool_in("out/df-dist-v1/bare/latest", "sha256sum", &["-c", "SHA256SUMS"]).expect(0);
    assert_eq!(signed.garage.keys("df-dist-v1/bare/1.0/").len(), 3);
    let told = bench.run(&["verify", "out/bare:1.0", "--key", "mini.pub"]).expect(6).stderr;
    assert!(told.contains("the checksums of its files are not signed"), "{told}");
}

#[test]
fn a_release_that_is_signed_no_more_leaves_no_old_sums() {
    let signed = Signed::new("unsigned");
    let bench = &signed.gpg.0;
    bench.run(&["--batch"]).expect(0);
    signed.configure("unsigned", "1.1", "sign = []\n");
    bench.run(&["--batch"]).expect(0);
    let keys = signed.garage.keys("df-dist-v1/unsigned/latest/");
    assert!(keys.iter().all(|key| !key.contains("SHA256SUMS")), "{keys:?}");
    assert_eq!(signed.garage.keys("df-dist-v1/unsigned/1.0/").len(), 5);
}

#[test]
fn what_lies_at_a_sink_is_verified_there() {
    let signed = Signed::new("verified");
    let bench = &signed.gpg.0;
    bench.run(&["--batch"]).expect(0);
    bench.made("minisign", &["-G", "-W", "-p", "other.pub", "-s", "other.key"]);
    for place in ["out/verified:1.0", "garage/verified:latest"] {
        let told = bench.run(&["verify", place, "--key", "mini.pub", "--json"]).expect(0).stdout;
        assert!(told.contains("\"digest\": \"sha256:"), "{told}");
        bench.run(&["verify", place, "--key", "other.pub"]).expect(6);
    }
    // One byte of one file.
    bench.castoff.write("out/df-dist-v1/verified/1.0/linux/amd64/tool", "1.0 for amd65");
    let told = bench.run(&["verify", "out/verified:1.0", "--key", "mini.pub"]).expect(6).stderr;
    assert!(told.contains("not the list of checksums of the files"), "{told}");
    signed.configure("verified", "1.1", "sign = []\n");
    bench.run(&["--batch"]).expect(0);
    let told = bench.run(&["verify", "out/verified:1.1", "--key", "mini.pub"]).expect(6).stderr;
    assert!(told.contains("there is no SHA256SUMS"), "{told}");
}
