//! What cannot be signed, or must not be trusted.

use std::collections::BTreeMap;

use castoff::sign::{
    PrivateKey, SignatureForm,
    notary::{
        Envelope, FileMeta, Gun, RootKeys, TufKey, certificate, first_root, first_targets,
        with_metadata, with_targets,
    },
};
use jiff::Timestamp;
use serde_json::json;

use super::Lab;
use crate::support::{Answer, Behind, Ended, Fault, FaultProxy, NotaryServer, Rule, run};

/// Fails unless nothing lies at the registry.
#[track_caller]
fn nothing_published(lab: &Lab) {
    assert!(!lab.registry.storage().join("repositories").exists());
}

#[track_caller]
fn told(ended: &Ended, words: &[&str]) {
    for word in words {
        assert!(ended.stderr.contains(word), "`{word}` is not in\n{}", ended.stderr);
    }
}

#[test]
fn a_wrong_passphrase_is_refused_before_anything_is_published() {
    let lab = Lab::new();
    let (trust, gun) = (lab.trust(), lab.gun());
    lab.notary(&trust, &["init", &gun, "-p"]);
    let (server, wrong) = (lab.server.url(), "{ env = \"ROOT_PASSPHRASE\" }");
    lab.configure_with("1.0", &format!("server = \"{server}\"\npassphrase = {wrong}\n"));
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["signer `tags`", ".key", "the passphrase is wrong"]);
    nothing_published(&lab);
}

#[test]
fn no_passphrase_is_refused_with_where_it_was_looked_for() {
    let lab = Lab::new();
    let (server, none) = (lab.server.url(), "{ env = \"NO_SUCH_VARIABLE\" }");
    lab.configure_with("1.0", &format!("server = \"{server}\"\nroot_passphrase = {none}\n"));
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["NO_SUCH_VARIABLE", "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"]);
    nothing_published(&lab);
}

#[test]
fn a_role_whose_key_is_not_here_is_refused() {
    let lab = Lab::new();
    let elsewhere = tempfile::tempdir().unwrap();
    lab.notary(elsewhere.path(), &["init", &lab.gun(), "-p"]);
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["`targets`", "docker trust key load"]);
    nothing_published(&lab);
}

#[test]
fn a_server_that_is_no_notary_server_is_refused() {
    let lab = Lab::new();
    lab.configure_at("1.0", &format!("http://{}", lab.registry.address()), "");
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["not a notary server"]);
    nothing_published(&lab);
}

#[test]
fn a_server_that_accepts_and_keeps_nothing_is_found_out_and_no_tag_moves() {
    for is_new in [true, false] {
        let lab = Lab::new();
        if !is_new {
            lab.release();
        }
        let rule = Rule::on("POST", "/_trust/tuf/", Fault::Answer(Answer::new(200)));
        let proxy = Behind::start(&lab.server.address(), vec![rule]);
        lab.content("two");
        lab.configure_at("1.1", &format!("http://{}", proxy.address()), "");
        let ended = lab.castoff.run(&["--batch"]).expect(6);
        told(&ended, &["accepted the signed metadata, but serves other metadata"]);
        assert_eq!(lab.named("1.1"), None);
        // When the server is well again, the release goes on, with the same keys.
        proxy.mend();
        lab.castoff.run(&["resume"]).expect(0);
        assert_eq!(std::fs::read_dir(lab.trust().join("private")).unwrap().count(), 2);
        assert!(
            lab.listed()
                .iter()
                .any(|[name, digest, _]| { name == "1.1" && *digest == lab.hex("1.1") })
        );
    }
}

#[test]
fn a_server_that_serves_garbage_after_it_accepted_is_found_out_and_no_tag_moves() {
    let lab = Lab::new();
    lab.release();
    let (asked, _) = lab.asked_before_a_release();
    for (garbage, word) in [("{}", "it is not metadata"), ("<html>", "it is not metadata")] {
        let answer = Fault::Answer(Answer::new(200).body(garbage));
        let rule = Rule::on("GET", "/timestamp.json", answer).after(asked);
        let proxy = Behind::start(&lab.server.address(), vec![rule]);
        lab.content(garbage);
        lab.configure_at("1.2", &format!("http://{}", proxy.address()), "");
        let ended = lab.castoff.run(&["--batch"]).expect(6);
        told(
            &ended,
            &["accepted the signed metadata, but serves other metadata", "`timestamp`", word],
        );
        assert_eq!(lab.named("1.2"), None);
    }
}

#[test]
fn a_server_whose_certificate_is_not_trusted_is_refused_with_where_docker_looks() {
    let lab = Lab::with(NotaryServer::with_tls());
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    let path = format!("docker/tls/{}/ca.crt", lab.server.address());
    told(&ended, &["invalid peer certificate", &path]);
    nothing_published(&lab);
}

#[test]
fn a_server_that_cannot_be_reached_is_refused_before_the_start() {
    let lab = Lab::new();
    let gone = NotaryServer::start().url();
    lab.configure_at("1.0", &gone, "");
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["signer `tags`", &lab.gun(), &gone]);
    nothing_published(&lab);
}

#[test]
fn a_key_that_nobody_let_sign_is_refused() {
    let lab = Lab::new();
    let (admin, gun) = (tempfile::tempdir().unwrap(), lab.gun());
    let make = "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1 -out";
    let mut openssl = std::process::Command::new("openssl");
    run(openssl.args(make.split(' ')).arg(lab.castoff.path("own.key")));
    lab.configure("1.0", "key = \"own.key\"\n");
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["own.key", "it does not exist yet"]);
    lab.notary(admin.path(), &["init", &gun, "-p"]);
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    told(&ended, &["the key of `key` does not belong to `targets`", "notary delegation add"]);
    nothing_published(&lab);
}

#[test]
fn another_server_under_the_same_name_is_refused() {
    let mut lab = Lab::new();
    lab.release();
    // It forgot everything, and somebody else made the name anew.
    lab.server = NotaryServer::start();
    lab.content("two");
    lab.configure("1.1", "");
    let ended = lab.castoff.run(&["--batch"]).expect(6);
    told(&ended, &["no longer knows it", "remove "]);
    let elsewhere = tempfile::tempdir().unwrap();
    lab.notary(elsewhere.path(), &["init", &lab.gun(), "-p"]);
    let ended = lab.castoff.run(&["--batch"]).expect(6);
    told(&ended, &["the metadata of `root` cannot be trusted", "remove "]);
    assert_eq!(lab.named("1.1"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_expired_is_refused_by_its_name_and_date() {
    let lab = Lab::new();
    // A real server takes nothing that expired already.
    let server = FaultProxy::alone(long_ago(&lab)).await;
    lab.configure_at("1.0", &format!("http://{}", server.address()), "");
    let ended = tokio::task::block_in_place(|| lab.castoff.run(&["--batch"])).expect(6);
    told(&ended, &["the metadata of `targets` cannot be trusted", "it expired at 2023-", "hint: "]);
    nothing_published(&lab);
}

/// A repository of which somebody last said in 2020 what its tags mean.
fn long_ago(lab: &Lab) -> Vec<Rule> {
    let gun = Gun::of(&lab.gun()).unwrap();
    let (then, now) = ("2020-11-21T12:00:00Z".parse().unwrap(), Timestamp::now());
    let key =
        PrivateKey::from_pkcs8(&PrivateKey::generate().unwrap(), SignatureForm::Fixed).unwrap();
    let (bare, certified) = (
        TufKey::of(key.public()).unwrap(),
        TufKey::of_certificate(&certificate(&key, &gun, then).unwrap()),
    );
    let keys = RootKeys {
        root: certified.clone(),
        targets: bare.clone(),
        snapshot: bare.clone(),
        timestamp: bare.clone(),
    };
    let sign = |document, key_of: &TufKey| {
        Envelope::sign(document, &[(key_of.id(), &key)]).unwrap().to_bytes().unwrap()
    };
    let root = sign(first_root(&keys, then), &certified);
    let targets = sign(with_targets(first_targets(), &BTreeMap::new(), then), &bare);
    let list = |kind: &str, of: &[(&str, &[u8])]| {
        let empty = json!({ "_type": kind, "version": 0 });
        let listed = of.iter().fold(empty, |listing, (role, bytes)| {
            with_metadata(listing, role, &FileMeta::of_metadata(bytes), now)
        });
        sign(listed, &bare)
    };
    let snapshot = list("Snapshot", &[("root", &root), ("targets", &targets)]);
    let timestamp = list("Timestamp", &[("snapshot", &snapshot)]);
    let files =
        [("root", root), ("targets", targets), ("snapshot", snapshot), ("timestamp", timestamp)];
    let rule = |(role, bytes): (&str, Vec<u8>)| {
        let body = String::from_utf8(bytes).unwrap();
        Rule::on("GET", &format!("/tuf/{role}."), Fault::Answer(Answer::new(200).body(body)))
    };
    files.into_iter().map(rule).collect()
}
