//! `cosign verify-blob`.

use super::{Bench, PASSPHRASE};
use crate::support::Cosign;

#[test]
fn cosign_takes_the_signature_of_a_file_and_castoff_takes_that_of_cosign() {
    let (bench, cosign) = (Bench::new(), Cosign::new());
    cosign.generate(&bench.castoff.path(""), "release", PASSPHRASE);
    bench.run(&["sign", "app.tar", "--key", "release.key"]).expect(0);
    let path = |name: &str| bench.castoff.path(name);
    let verify =
        |file: &str| cosign.verify_blob(&path(file), &path("release.pub"), &path("app.tar.sig"));
    verify("app.tar").expect("it is signed");
    verify("changed.tar").unwrap_err();
    let verify = |file| ["verify", file, "--signature", "app.tar.sig", "--key", "release.pub"];
    bench.run(&verify("app.tar")).expect(0);
    bench.run(&verify("changed.tar")).expect(6);
    cosign.sign_blob(&path("app.tar"), &path("release.key"), &path("app.tar.sig"), PASSPHRASE);
    bench.run(&verify("app.tar")).expect(0);
    bench.run(&verify("changed.tar")).expect(6);
}
