//! Sinks that refuse before anything is published.

use super::{Lab, hub, shelf};
use crate::support::{DockerRegistry, Ended, Garage, Setup};

/// A release to `sink` and the layout, which is refused.
fn refused(lab: &Lab, sink: &str) -> Ended {
    lab.configure_sinks("1.0", &[sink.to_owned(), shelf("shelf")], "");
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    lab.expect_no_tag("1.0");
    assert!(!lab.castoff.path("shelf/blobs").exists(), "nothing is sent to the other sink");
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    ended
}

fn bucket(url: &str) -> String {
    format!("[[sink]]\nname = \"bucket\"\nurl = \"{url}\"\n")
}

#[test]
fn a_wrong_password_is_refused() {
    let setup = Setup { user: Some(("bob", "secret")), ..Setup::default() };
    let lab = Lab { registry: DockerRegistry::with(&setup), ..Lab::new() };
    let host = lab.registry.address();
    // bob:swordfish
    lab.castoff.docker_config(&format!(
        "{{\"auths\":{{\"{host}\":{{\"auth\":\"Ym9iOnN3b3JkZmlzaA==\"}}}}}}"
    ));
    let told = refused(&lab, &hub(host)).stderr;
    assert!(told.contains("401"), "{told}");
    assert!(told.contains("rejects the credentials; log in again"), "{told}");
    assert!(!told.contains("swordfish"), "{told}");
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused() {
    let setup = Setup { tls: true, ..Setup::default() };
    let lab = Lab { registry: DockerRegistry::with(&setup), ..Lab::new() };
    let told = refused(&lab, &hub(lab.registry.address())).stderr;
    assert!(told.contains("certificate"), "{told}");
    assert!(told.contains("with `ca = "), "{told}");
    // With its authority it is.
    let ca = lab.registry.authority();
    let sink = format!("{}ca = \"{}\"\n", hub(lab.registry.address()), ca.display());
    lab.configure_sinks("1.0", &[sink, shelf("shelf")], "");
    lab.castoff.run(&["--batch"]).expect(0);
}

#[test]
fn a_bucket_that_does_not_exist_is_refused() {
    let garage = Garage::shared();
    let lab = Lab::new();
    let lab = Lab { castoff: lab.castoff.with(&garage), ..lab };
    let told = refused(&lab, &bucket(&garage.url_of("nothing-here"))).stderr;
    assert!(told.contains("nothing-here"), "{told}");
}

#[test]
fn a_wrong_secret_is_refused() {
    let garage = Garage::shared();
    let lab = Lab::new();
    let castoff = lab.castoff.with(&garage).env("AWS_SECRET_ACCESS_KEY", "0".repeat(64));
    let lab = Lab { castoff, ..lab };
    let told = refused(&lab, &bucket(&garage.url())).stderr;
    assert!(told.contains("403"), "{told}");
    assert!(!told.contains(&"0".repeat(64)), "{told}");
}
