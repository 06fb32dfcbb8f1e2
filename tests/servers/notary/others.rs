//! Others who sign in the same repository.

use std::{fs, process::Stdio, sync::Arc};

use tokio::sync::Notify;

use super::{Lab, OTHER};
use crate::support::{Fault, FaultProxy, PASSPHRASE, Rule, copy_folder, run};

#[test]
fn notary_goes_on_after_castoff_and_castoff_after_notary() {
    let lab = Lab::new();
    lab.release();
    let (trust, gun) = (lab.trust(), lab.gun());
    // The key that castoff made, opened by notary.
    lab.notary(&trust, &["addhash", &gun, "other", "504", "--sha256", OTHER, "-p"]);
    lab.content("two");
    lab.configure("1.1", "");
    lab.release();
    let listed = lab.listed();
    let names: Vec<&str> = listed.iter().map(|[name, ..]| name.as_str()).collect();
    assert_eq!(names, ["1.0", "1.1", "latest", "other"]);
    assert_eq!(listed[3][1], OTHER);
    lab.notary(&trust, &["remove", &gun, "other", "-p"]);
    assert_eq!(lab.listed().len(), 3);
}

#[test]
fn a_repository_of_notarys_own_is_signed_with_its_keys() {
    let lab = Lab::new();
    let (trust, gun) = (lab.trust(), lab.gun());
    // The key of the snapshot is notary's too, so castoff signs that.
    lab.notary(&trust, &["init", &gun, "-p"]);
    lab.notary(&trust, &["addhash", &gun, "other", "504", "--sha256", OTHER, "-p"]);
    lab.release();
    let names: Vec<String> = lab.listed().into_iter().map(|[name, ..]| name).collect();
    assert_eq!(names, ["1.0", "latest", "other"]);
    lab.notary(&trust, &["addhash", &gun, "more", "504", "--sha256", OTHER, "-p"]);
    assert_eq!(lab.listed().len(), 4);
}

#[test]
fn a_root_that_notary_changed_is_followed() {
    let lab = Lab::new();
    lab.release();
    let (trust, gun) = (lab.trust(), lab.gun());
    let (seen, kept) = (trust.join("tuf"), lab.castoff.path("seen"));
    copy_folder(&seen, &kept);
    lab.notary(&trust, &["key", "rotate", &gun, "targets"]);
    lab.notary(&trust, &["key", "rotate", &gun, "snapshot", "-r"]);
    lab.notary(&trust, &["key", "rotate", &gun, "timestamp", "-r"]);
    // What castoff saw last was the first root.
    fs::remove_dir_all(&seen).unwrap();
    copy_folder(&kept, &seen);
    let url = format!("{}/v2/{gun}/_trust/tuf/root.json", lab.server.url());
    let newest: serde_json::Value =
        serde_json::from_str(&run(std::process::Command::new("curl").args(["-sf", &url]))).unwrap();
    assert_eq!(newest["signed"]["version"], 4);
    lab.content("two");
    lab.configure("1.1", "");
    lab.release();
    assert_eq!(lab.listed().len(), 3);
}

#[test]
fn a_role_below_targets_signs_where_its_key_is_here() {
    let lab = Lab::new();
    let (admin, gun) = (tempfile::tempdir().unwrap(), lab.gun());
    let folder = admin.path().to_path_buf();
    lab.notary(&folder, &["init", &gun, "-p"]);
    lab.notary(&folder, &["key", "rotate", &gun, "snapshot", "-r"]);
    delegate(&lab, &folder);
    // Of the repository's keys castoff has this one alone.
    lab.configure("1.0", "key = \"delegation.key\"\n");
    lab.release();
    lab.expect_signed(&["1.0", "latest"], "targets/releases");
    lab.content("two");
    lab.configure("1.1", "key = \"delegation.key\"\nrole = \"targets/releases\"\n");
    lab.release();
    assert_eq!(lab.listed().len(), 3);
}

/// Makes a key as Docker's documentation says, and lets it sign all tags.
fn delegate(lab: &Lab, admin: &std::path::Path) {
    let (key, certificate) =
        (lab.castoff.path("delegation.key"), lab.castoff.path("delegation.pem"));
    let openssl = |arguments: &str| {
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(arguments.split_whitespace()).env("PASSPHRASE", PASSPHRASE);
        openssl
    };
    let make = "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1 -aes-256-cbc \
                -pass env:PASSPHRASE";
    run(openssl(make).arg("-out").arg(&key));
    let request = "req -x509 -days 30 -subj /CN=delegation -passin env:PASSPHRASE";
    run(openssl(request).arg("-key").arg(&key).arg("-out").arg(&certificate));
    let gun = lab.gun();
    let certificate = certificate.to_str().unwrap();
    let add = ["delegation", "add", &gun, "targets/releases", certificate, "--all-paths", "-p"];
    lab.notary(admin, &add);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_signs_again() {
    let lab = Lab::new();
    lab.release();
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    let rule = Rule::on("POST", "/_trust/tuf/", hold).times(1);
    let proxy = FaultProxy::start(&lab.server.address(), vec![rule]).await;
    lab.content("two");
    lab.configure_at("1.1", &format!("http://{}", proxy.address()), "");
    let mut castoff = lab.castoff.command(&["--batch"]);
    let running = castoff.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    came.notified().await;
    // Somebody else has the same key, and what they saw is theirs.
    let other = tempfile::tempdir().unwrap();
    let folder = other.path().to_path_buf();
    copy_folder(&lab.trust().join("private"), &folder);
    let gun = lab.gun();
    tokio::task::block_in_place(|| {
        lab.notary(&folder, &["addhash", &gun, "other", "504", "--sha256", OTHER, "-p"]);
    });
    go.notify_one();
    let ended = tokio::task::block_in_place(|| running.wait_with_output()).unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let names: Vec<String> =
        tokio::task::block_in_place(|| lab.listed()).into_iter().map(|[name, ..]| name).collect();
    assert_eq!(names, ["1.0", "1.1", "latest", "other"]);
    assert_eq!(proxy.seen_of("POST", "/_trust/tuf/").len(), 2);
}
