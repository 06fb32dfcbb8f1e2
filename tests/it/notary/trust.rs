//! What is trusted, and what is refused with which words.

use castoff::{
    model::FailureKind,
    sign::{
        KeyError, PrivateKey,
        notary::{Gun, Repository, TufKey, certificate, first_targets, with_targets},
    },
};
use serde_json::{Value, json};

use super::server::{DAY, Server, key, signed, target};

/// Fails unless the repository is refused as not to be trusted, with all of
/// these words.
#[track_caller]
pub(super) fn refused(found: Result<Repository, castoff::model::Failure>, words: &[&str]) {
    let failure = found.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Integrity, "{failure}");
    for word in words {
        assert!(failure.to_string().contains(word), "`{word}` is not in: {failure}");
    }
}

fn means(repository: &Repository, tag: &str) -> Option<String> {
    repository.find(None, tag).unwrap().map(|(role, _)| role.to_owned())
}

/// The same root, one version on, changed by `change`.
pub(super) fn next_root(server: &Server, change: impl FnOnce(&mut Value)) -> Value {
    let raw = server.get_now("root").unwrap();
    let mut root: Value = serde_json::from_slice::<Value>(&raw).unwrap()["signed"].clone();
    root["version"] = json!(root["version"].as_u64().unwrap() + 1);
    change(&mut root);
    root
}

/// Gives the root a new key, and returns the key with its id.
fn rekey(root: &mut Value, server: &Server) -> (String, PrivateKey) {
    let new = key();
    let pem = certificate(&new, &server.gun, server.now).unwrap();
    let certified = TufKey::of_certificate(&pem);
    root["keys"][certified.id()] = json!(certified);
    root["roles"]["root"]["keyids"] = json!([certified.id()]);
    (certified.id(), new)
}

fn root_id(server: &Server) -> String {
    server.root_keys().root.id()
}

#[tokio::test]
async fn what_is_signed_as_it_should_be_is_trusted_and_noted() {
    let server = Server::new();
    let repository = server.read().await.unwrap();
    assert_eq!(means(&repository, "1.0").as_deref(), Some("targets"));
    assert_eq!(means(&repository, "2.0"), None);
    for role in ["root", "targets", "snapshot", "timestamp"] {
        let noted = server.pins().read(&server.gun, role).unwrap();
        assert_eq!(noted, server.get_now(role), "{role}");
    }
    let path = server.trust.path().join("tuf/registry.example.org/acme/app/metadata/root.json");
    assert!(path.exists());
}

#[tokio::test]
async fn metadata_that_another_key_signed_is_refused() {
    for role in ["root", "targets", "snapshot", "timestamp"] {
        let server = Server::new();
        let raw: Value = serde_json::from_slice(&server.get_now(role).unwrap()).unwrap();
        let id = raw["signatures"][0]["keyid"].as_str().unwrap().to_owned();
        server.put(role, signed(&raw["signed"], &[(id, &key())]));
        if role != "timestamp" && role != "snapshot" {
            server.settle(2);
        } else if role == "snapshot" {
            let timestamp = server.listing("Timestamp", &["snapshot"], 2);
            server.put("timestamp", server.sign("timestamp", &timestamp));
        }
        let words = [&*format!("`{role}` cannot be trusted"), "0 of its keys signed it; 1 must"];
        refused(server.read().await, &words);
    }
}

#[tokio::test]
async fn metadata_with_another_hash_or_size_is_refused() {
    for role in ["snapshot", "targets"] {
        let server = Server::new();
        let mut raw = server.get_now(role).unwrap();
        raw.push(b' ');
        server.put(role, raw);
        refused(server.read().await, &[&format!("`{role}` cannot be trusted"), "hash or size"]);
    }
}

#[tokio::test]
async fn metadata_that_is_not_there_or_of_another_sort_is_refused() {
    for role in ["timestamp", "snapshot", "targets"] {
        let server = Server::new();
        server.remove(role);
        refused(server.read().await, &[&format!("no metadata of `{role}`")]);
    }
    let server = Server::new();
    let snapshot = server.listing("Snapshot", &["snapshot"], 1);
    server.put("timestamp", server.sign("timestamp", &snapshot));
    refused(server.read().await, &["it is a `Snapshot`; it must be a `Timestamp`"]);
    server.put("timestamp", b"{}".to_vec());
    refused(server.read().await, &["it is not metadata"]);
}

#[tokio::test]
async fn an_expired_role_is_refused_by_its_name_and_date() {
    let server = Server::new();
    let late = server.now + DAY * 2;
    refused(server.read_at(late).await, &["`timestamp`", "it expired at "]);
    let server = Server::new();
    let mut targets = server.targets();
    targets["expires"] = json!("2020-02-02T02:02:02Z");
    server.put("targets", server.sign("targets", &targets));
    server.settle(2);
    refused(server.read().await, &["`targets`", "it expired at 2020-02-02T02:02:02Z"]);
}

#[tokio::test]
async fn a_certificate_that_expired_or_is_of_another_name_is_refused() {
    let server = Server::new();
    let later = server.now + DAY * 3651;
    refused(server.read_at(later).await, &["`root`", "its certificate expired at "]);
    let earlier = server.now - DAY;
    refused(server.read_at(earlier).await, &["`root`", "its certificate is valid from "]);
    let mut server = Server::new();
    server.gun = Gun::of("registry.example.org/acme/other").unwrap();
    refused(server.read().await, &["is for `registry.example.org/acme/app`, not for"]);
}

#[tokio::test]
async fn older_metadata_than_was_seen_is_refused() {
    for role in ["timestamp", "snapshot", "targets"] {
        let server = Server::new();
        let old = ["targets", "snapshot", "timestamp"].map(|role| server.get_now(role).unwrap());
        let targets = with_targets(server.targets(), &target("2.0"), server.now);
        if role == "targets" {
            server.put("targets", server.sign("targets", &targets));
        }
        server.settle(2);
        if role == "timestamp" {
            server.read().await.unwrap();
            server.put("snapshot", old[1].clone());
            server.put("timestamp", old[2].clone());
            refused(server.read().await, &["`timestamp`", "has version 1, but had 2"]);
            continue;
        }
        server.read().await.unwrap();
        if role == "targets" {
            server.put("targets", old[0].clone());
            server.settle(3);
        } else {
            server.put("snapshot", old[1].clone());
            let timestamp = server.listing("Timestamp", &["snapshot"], 3);
            server.put("timestamp", server.sign("timestamp", &timestamp));
        }
        refused(server.read().await, &[&format!("`{role}`"), "has version 1, but had 2"]);
    }
}

#[tokio::test]
async fn a_root_follows_from_the_one_before_it_and_signs_itself() {
    let server = Server::new();
    server.read().await.unwrap();
    let old = root_id(&server);
    // Two steps: the second is signed by the second key and the third.
    let mut second = next_root(&server, |_| {});
    let (second_id, second_key) = rekey(&mut second, &server);
    let by_both = [(old.clone(), &server.keys["root"]), (second_id.clone(), &second_key)];
    let raw = signed(&second, &by_both);
    server.put("2.root", raw.clone());
    server.put("root", raw);
    let mut third = next_root(&server, |_| {});
    let (third_id, third_key) = rekey(&mut third, &server);
    let by_both = [(second_id, &second_key), (third_id.clone(), &third_key)];
    server.put("root", signed(&third, &by_both));
    server.settle(3);
    // Without the one between, nothing leads from the first to the third.
    let between = server.get_now("2.root").unwrap();
    server.remove("2.root");
    refused(server.read().await, &["version 3 is not signed by the keys of version 1"]);
    server.put("2.root", between);
    assert_eq!(server.read().await.unwrap().root.version(), 3);
}

#[tokio::test]
async fn a_root_that_does_not_follow_is_refused() {
    let server = Server::new();
    server.read().await.unwrap();
    let old = root_id(&server);
    let mut second = next_root(&server, |_| {});
    let (id, new) = rekey(&mut second, &server);
    // By itself alone.
    server.put("root", signed(&second, &[(id.clone(), &new)]));
    server.settle(2);
    refused(server.read().await, &["version 2 is not signed by the keys of version 1"]);
    // By the old one alone.
    server.put("root", signed(&second, &[(old, &server.keys["root"])]));
    server.settle(2);
    refused(server.read().await, &["`root` cannot be trusted: 0 of its keys"]);
    // Nobody who comes for the first time can know.
    let by_both = signed(&second, &[(id, &new)]);
    server.put("root", by_both);
    server.settle(2);
    std::fs::remove_dir_all(server.trust.path().join("tuf")).unwrap();
    assert_eq!(server.read().await.unwrap().root.version(), 2);
}

#[tokio::test]
async fn an_older_or_another_root_of_the_same_version_is_refused() {
    let server = Server::new();
    server.read().await.unwrap();
    let mut same = next_root(&server, |root| root["version"] = json!(1));
    same["expires"] = json!("2090-01-01T00:00:00Z");
    server.put("root", server.sign("root", &same));
    server.settle(2);
    refused(server.read().await, &["another root of version 1"]);
    server.remove("root");
    refused(server.read().await, &["no longer knows it"]);
}

#[tokio::test]
async fn one_key_in_two_certificates_is_one_key() {
    let server = Server::new();
    let mut root = server.root();
    let second = certificate(&server.keys["root"], &server.gun, server.now).unwrap();
    let second = TufKey::of_certificate(&second);
    let first = root["roles"]["root"]["keyids"][0].as_str().unwrap().to_owned();
    root["keys"][second.id()] = json!(second);
    root["roles"]["root"] = json!({ "keyids": [first, second.id()], "threshold": 2 });
    let key = &server.keys["root"];
    server.put("root", signed(&root, &[(first, key), (second.id(), key)]));
    server.settle(2);
    refused(server.read().await, &["1 of its keys signed it; 2 must"]);
}

#[tokio::test]
async fn a_role_that_nobody_need_sign_is_refused() {
    let server = Server::new();
    let mut root = server.root();
    root["roles"]["timestamp"]["threshold"] = json!(0);
    server.put("root", server.sign("root", &root));
    server.settle(2);
    refused(server.read().await, &["its threshold is 0"]);
}

#[tokio::test]
async fn a_key_of_an_unknown_kind_is_told() {
    let server = Server::new();
    let id = TufKey::of(server.keys["timestamp"].public()).unwrap().id();
    let mut root = server.root();
    let key: TufKey =
        serde_json::from_value(json!({ "keytype": "sphincs", "keyval": { "public": "" } }))
            .unwrap();
    root["keys"][key.id()] = json!(key);
    root["roles"]["timestamp"]["keyids"] = json!([key.id()]);
    server.put("root", server.sign("root", &root));
    server.settle(2);
    let timestamp = server.listing("Timestamp", &["snapshot"], 2);
    let raw = signed(&timestamp, &[(key.id(), &server.keys["timestamp"])]);
    server.put("timestamp", raw);
    refused(server.read().await, &["`timestamp`", "`sphincs`"]);
    assert_ne!(id, key.id());
    assert!(matches!(key.opened(), Err(KeyError::Unknown(_))));
}

#[tokio::test]
async fn a_role_below_targets_comes_first_where_it_may_say_so() {
    let server = Server::new();
    server.put("targets", server.sign("targets", &server.delegate("1.")));
    let releases = with_targets(first_targets(), &target("1.0"), server.now);
    let releases = with_targets(releases, &target("2.0"), server.now);
    server.put("targets/releases", server.sign("releases", &releases));
    server.settle(2);
    let repository = server.read().await.unwrap();
    assert_eq!(means(&repository, "1.0").as_deref(), Some("targets/releases"));
    // It is none of its business.
    assert_eq!(means(&repository, "2.0"), None);
}

#[tokio::test]
async fn a_role_below_targets_that_is_wrong_is_refused_where_it_is_asked() {
    let server = Server::new();
    server.put("targets", server.sign("targets", &server.delegate("")));
    let releases = with_targets(first_targets(), &target("1.0"), server.now);
    server.put("targets/releases", server.sign("targets", &releases));
    server.settle(2);
    let repository = server.read().await.unwrap();
    let failure = repository.find(None, "1.0").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Integrity);
    assert!(failure.to_string().contains("`targets/releases`"), "{failure}");
}

#[tokio::test]
async fn a_role_never_becomes_a_path_of_its_own() {
    let server = Server::new();
    let mut targets = server.delegate("");
    targets["delegations"]["roles"][0]["name"] = json!("targets/../../../../../escaped");
    server.put("targets", server.sign("targets", &targets));
    server.put("targets/../../../../../escaped", b"{}".to_vec());
    server.settle(2);
    let repository = server.read().await.unwrap();
    assert!(repository.targets("targets/../../../../../escaped").unwrap().is_none());
}

#[tokio::test]
async fn what_go_writes_as_null_is_nothing() {
    let server = Server::new();
    let mut targets = server.targets();
    targets["delegations"] = json!({ "keys": null, "roles": null });
    targets["targets"] = json!(null);
    server.put("targets", server.sign("targets", &targets));
    server.settle(2);
    assert_eq!(means(&server.read().await.unwrap(), "1.0"), None);
    let changed = with_targets(targets, &target("1.0"), server.now);
    assert!(changed["targets"]["1.0"]["length"].is_u64());
}

#[test]
fn what_is_not_understood_stays_as_it_is() {
    let server = Server::new();
    let mut targets = server.targets();
    targets["targets"]["other"] = json!({ "hashes": {}, "length": 1, "custom": { "a": 1 } });
    targets["later"] = json!("something new");
    let changed = with_targets(targets.clone(), &target("2.0"), server.now);
    assert_eq!(changed["targets"]["other"], targets["targets"]["other"]);
    assert_eq!(changed["later"], targets["later"]);
    assert_eq!(changed["version"], 2);
}
