//! What needs neither a signer nor an engine, and whose key signs by itself.

use std::fs;

use super::{Directory, skipped};

/// A configuration with one CMS signer, which no artifact names.
const ONE_SIGNER: &str = "[[signer]]\nname = \"veea\"\nkind = \"cms\"\n\
     key = \"keys/partner.key\"\ncertificate = \"keys/veea-partner-00000033-cert.pem\"\n";

#[test]
fn the_service_file_needs_no_signer_and_no_build() {
    let directory = Directory::new().at("unix:///nowhere/docker.sock");
    directory.castoff.configure("");
    let certificate = directory.path(super::CERTIFICATE).display().to_string();
    directory.veea("swarm", &["--partner-certificate", &certificate]).expect(0);
    assert!(fs::read_to_string(directory.build("swarm.conf")).is_ok());
    assert!(!directory.build("auth/Dockerfile").exists(), "another step was done");
}

#[test]
fn the_only_cms_signer_of_the_configuration_signs() {
    let directory = Directory::new();
    directory.castoff.configure(ONE_SIGNER);
    let certificate = directory.path(super::CERTIFICATE).display().to_string();
    let more = ["--arch", "arm32v7", "--partner-certificate", &certificate];
    let lines = directory.release(&more);
    assert_eq!(skipped(&lines), [false; 7]);
    assert!(directory.archive("arm32v7").exists());
    // Of two, none is meant more than the other.
    directory
        .castoff
        .configure(&format!("{ONE_SIGNER}{}", ONE_SIGNER.replace("\"veea\"", "\"other\"")));
    let told = directory.veea("release", &[&more[..], &["--force"]].concat()).expect(4).stderr;
    assert!(told.contains("no signer is set"), "{told}");
}
