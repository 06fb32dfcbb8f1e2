//! minisign itself, on both sides.

use std::fs;

use super::{Bench, PASSPHRASE};
use crate::support::{Ended, output};

/// A key pair of castoff's crate: Debian's minisign reads passphrases from a
/// terminal alone.
fn bench() -> Bench {
    let bench = Bench::new();
    let pair = minisign::KeyPair::generate_encrypted_keypair(Some(PASSPHRASE.to_owned())).unwrap();
    bench.castoff.write("release.key", pair.sk.to_box(None).unwrap().to_string());
    bench.castoff.write("release.pub", pair.pk.to_box().unwrap().to_string());
    // minisign -G -W makes one that is not encrypted.
    bench.made("minisign", &["-G", "-W", "-p", "theirs.pub", "-s", "theirs.key"]);
    bench
}

#[test]
fn minisign_takes_what_was_signed_and_its_own_is_taken() {
    let bench = bench();
    for key in ["release", "theirs"] {
        let (public, secret) = (format!("{key}.pub"), format!("{key}.key"));
        bench.run(&["sign", "app.tar", "--key", &secret]).expect(0);
        let told = bench.made("minisign", &["-V", "-m", "app.tar", "-p", &public]);
        assert!(told.stdout.contains("file:app.tar"), "{}", told.stdout);
        let other = ["-V", "-m", "changed.tar", "-x", "app.tar.minisig", "-p", &public];
        assert_ne!(bench.tool("minisign", &other).status, Some(0));
        let told = bench.run(&["verify", "app.tar", "--key", &public]).expect(0);
        assert!(told.stdout.contains("file:app.tar"), "{}", told.stdout);
        let other = ["verify", "changed.tar", "--signature", "app.tar.minisig", "--key", &public];
        bench.run(&other).expect(6);
        // Another key does not sign over it.
        fs::rename(bench.castoff.path("app.tar.minisig"), bench.castoff.path(key)).unwrap();
    }
    let verify = ["verify", "app.tar", "--signature", "theirs", "--key", "release.pub"];
    bench.run(&verify).expect(6);
    let sign = ["-S", "-m", "app.tar", "-s", "theirs.key", "-x", "made.minisig"];
    bench.made("minisign", &sign);
    let verify = |file| ["verify", file, "--signature", "made.minisig", "--key", "theirs.pub"];
    bench.run(&verify("app.tar")).expect(0);
    bench.run(&verify("changed.tar")).expect(6);
    // The comment is under the signature too.
    let text = String::from_utf8(bench.read("made.minisig")).unwrap();
    bench.castoff.write("made.minisig", text.replace("file:app", "file:abb"));
    bench.run(&verify("app.tar")).expect(6);
    bench.made("minisign", &[&sign[..], &["-l"]].concat());
    let ended = bench.run(&verify("app.tar")).expect(6);
    assert!(ended.stderr.contains("legacy format"), "{}", ended.stderr);
}

#[test]
fn a_wrong_passphrase_of_a_minisign_key_writes_nothing() {
    let bench = bench();
    let before = bench.names();
    let mut command = bench.castoff.command(&["sign", "app.tar", "--key", "release.key"]);
    let ended: Ended = output(command.env("CASTOFF_SECRET_RELEASE", "not the canary")).into();
    let ended = ended.expect(4);
    assert!(ended.stderr.contains("the passphrase is wrong"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("not the canary"));
    assert_eq!(bench.names(), before);
}
