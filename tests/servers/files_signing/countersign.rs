//! Releases of files that are signed where they lie.

use super::sums::Signed;

/// What `castoff --batch` publishes and nobody signs.
fn unsigned(name: &str, more: &str) -> Signed {
    let signed = Signed::new(name);
    signed.configure(name, "1.0", &format!("sign = []\n{more}"));
    signed.gpg.0.run(&["--batch"]).expect(0);
    signed
}

#[test]
fn files_that_are_published_are_signed_where_they_lie_and_castoff_verify_agrees() {
    let signed = unsigned("late", "");
    let bench = &signed.gpg.0;
    let (out, garage) = ("out/late:1.0", "garage/late:1.0");
    bench.run(&["verify", out, "--key", "mini.pub"]).expect(6);
    let dry = bench.run(&["sign", out, "--signer", "mini", "--dry-run"]).expect(0).stdout;
    assert!(dry.contains("mini would sign sha256:"), "{dry}");
    bench.run(&["sign", out, garage, "--signer", "mini"]).expect(0);
    let first = bench.read("out/df-dist-v1/late/1.0/SHA256SUMS.minisig");
    // Another signature joins the first.
    bench.run(&["sign", out, garage, "--signer", "release"]).expect(0);
    signed.check("out/df-dist-v1/late", "1.0");
    assert_eq!(bench.read("out/df-dist-v1/late/1.0/SHA256SUMS.minisig"), first);
    let again = bench.run(&["sign", out, "--signer", "mini", "-v"]).expect(0).stderr;
    assert!(again.contains("already signed"), "{again}");
    for place in [out, garage] {
        for signer in ["mini", "release"] {
            bench.run(&["verify", place, "--signer", signer]).expect(0);
        }
    }
    for name in ["SHA256SUMS", "SHA256SUMS.asc", "SHA256SUMS.minisig"] {
        let beside = |tag: &str| format!("df-dist-v1/late/{tag}/{name}");
        assert_eq!(signed.garage.keys(&beside("1.0")).first(), Some(&beside("1.0")));
        assert!(signed.garage.keys(&beside("latest")).is_empty());
    }
    assert!(signed.garage.keys("df-dist-v1/late/.staged").is_empty());
    // What is signed is not replaced: neither files nor the document.
    bench.run(&["--batch"]).expect(0);
    bench.run(&["verify", garage, "--signer", "mini"]).expect(0);
}

#[test]
fn the_sums_that_lie_there_are_signed_and_stay() {
    let signed = unsigned("summed", "checksums = true\n");
    let bench = &signed.gpg.0;
    let sums = bench.read("out/df-dist-v1/summed/1.0/SHA256SUMS");
    bench.run(&["sign", "out/summed:1.0", "--signer", "mini"]).expect(0);
    assert_eq!(bench.read("out/df-dist-v1/summed/1.0/SHA256SUMS"), sums);
    bench.run(&["verify", "out/summed:1.0", "--signer", "mini"]).expect(0);
}

#[test]
fn sums_of_something_else_are_neither_signed_nor_replaced() {
    let signed = unsigned("others", "");
    let bench = &signed.gpg.0;
    let sums = format!("{}  linux/amd64/tool\n", "0".repeat(64));
    bench.castoff.write("out/df-dist-v1/others/1.0/SHA256SUMS", &sums);
    let told = bench.run(&["sign", "out/others:1.0", "--signer", "mini"]).expect(6).stderr;
    assert!(
        told.contains("not the list of checksums of the files") && told.contains("hint: "),
        "{told}"
    );
    assert_eq!(bench.read("out/df-dist-v1/others/1.0/SHA256SUMS"), sums.as_bytes());
    assert!(!bench.castoff.path("out/df-dist-v1/others/1.0/SHA256SUMS.minisig").exists());
}

#[test]
fn a_file_that_is_not_what_the_bucket_says_is_neither_signed_nor_verified() {
    let signed = unsigned("forged", "");
    let bench = &signed.gpg.0;
    let place = "garage/forged:1.0";
    bench.run(&["sign", "garage/forged:latest", "--signer", "mini"]).expect(0);
    bench.run(&["verify", "garage/forged:latest", "--signer", "mini"]).expect(0);
    for tag in ["1.0", "latest"] {
        let key = format!("df-dist-v1/forged/{tag}/linux/arm/v7/doc/tool.txt");
        signed.garage.forge(&key, b"1.0 for ARM".to_vec());
    }
    let told = bench.run(&["sign", place, "--signer", "mini"]).expect(6).stderr;
    assert!(told.contains("but the sink says sha256:"), "{told}");
    assert!(signed.garage.keys("df-dist-v1/forged/1.0/SHA256SUMS").is_empty());
    let told = bench.run(&["verify", "garage/forged:latest", "--signer", "mini"]).expect(6).stderr;
    assert!(told.contains("doc/tool.txt is sha256:"), "{told}");
}

#[test]
fn what_cannot_be_signed_is_refused_before_anything_is_asked() {
    let signed = unsigned("refused", "");
    let bench = &signed.gpg.0;
    let seen = bench.run(&["inspect", "out/refused:1.0", "--json"]).expect(0).stdout;
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    let digest = seen["root"]["digest"].as_str().unwrap();
    let by_digest = format!("out/refused@{digest}");
    bench.castoff.write("cosign.key", "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n");
    for (arguments, told) in [
        (["sign", "out/refused:1.0", "--key", "cosign.key"], "cosign cannot sign the files"),
        (["sign", &by_digest, "--signer", "mini"], "does not exist"),
        (
            ["sign", "out/refused:1.0", "--notary-server", "https://n.example"],
            "apply only to images",
        ),
    ] {
        let ended = bench.run(&arguments);
        assert!([Some(2), Some(4)].contains(&ended.status), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    assert!(bench.castoff.run(&["runs"]).expect(0).stdout.lines().count() == 1);
}
