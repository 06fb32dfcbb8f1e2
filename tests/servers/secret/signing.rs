//! Signing with a passphrase from the keyring.

use std::fs;

use super::{expect_nowhere, piped};
use crate::support::{Castoff, SecretService};

const SECRET: &str = "canary-5f3e77";

/// A project that signs with `release-key` and tells what its programs see.
fn signed(castoff: &Castoff, passphrase: &str) {
    castoff.write("df/linux/amd64/tool", "tool");
    castoff.configure(&format!(
        "[release]\nversion = {{ command = \"env >> seen; tr '\\\\0' ' ' < /proc/$PPID/cmdline >> seen; echo 1.0\" }}\n\
         tags = [\"{{version}}\"]\n\
         [[artifact]]\nname = \"app\"\nfrom = {{ image_of = \"files\", entrypoint = [\"/tool\"] }}\n\
         [[artifact]]\nname = \"files\"\nfrom = {{ files = \"df\" }}\nsinks = [\"out\"]\n\
         [[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n[[sink]]\nname = \"out\"\nurl = \"dir:out\"\n\
         [[signer]]\nname = \"release-key\"\nkind = \"cosign\"\nkey = \"release-key.key\"\n{passphrase}"
    ));
}

#[test]
fn a_batch_release_signs_with_the_passphrase_that_the_keyring_has() {
    let service = SecretService::start();
    let castoff = service.castoff();
    signed(&castoff, "");
    piped(&castoff, &["secret", "set", "release-key"], SECRET).expect(0);
    castoff.run(&["sign", "--generate-key", "release-key"]).expect(0);
    let ended =
        castoff.run(&["--batch", "-v", "--log-level", "trace", "--log-file", "log"]).expect(0);
    assert!(ended.stderr.contains("sign app by release-key"), "{}", ended.stderr);
    castoff.run(&["verify", "shelf/app:1.0", "--signer", "release-key"]).expect(0);
    assert!(!(ended.stdout + &ended.stderr).contains(SECRET));
    expect_nowhere(SECRET, &castoff.path(".."));
    // Without it, nothing is begun.
    castoff.run(&["secret", "rm", "release-key"]).expect(0);
    castoff.write("df/linux/amd64/tool", "another tool");
    let refused = castoff.run(&["--batch"]).expect(4);
    assert!(refused.stderr.contains("castoff secret set release-key"), "{}", refused.stderr);
}

#[test]
fn a_keyring_that_hangs_lets_the_next_source_answer_and_no_program_sees_it() {
    let service = SecretService::start();
    let castoff = service.castoff().env("OUR_PASSPHRASE", SECRET).env("COSIGN_PASSWORD", SECRET);
    signed(
        &castoff,
        "passphrase = [{ keyring = \"release-key\" }, { env = \"OUR_PASSPHRASE\" }]\n",
    );
    castoff.run(&["sign", "--generate-key", "release-key"]).expect(0);
    service.hang();
    castoff.run(&["--batch"]).expect(0);
    castoff.run(&["verify", "shelf/app:1.0", "--key", "release-key.pub"]).expect(0);
    let seen = fs::read_to_string(castoff.path("seen")).unwrap();
    assert!(seen.contains("PATH=") && !seen.contains(SECRET), "{seen}");
}
