//! Metadata that all keys signed and that is nevertheless not to be trusted.

use castoff::sign::notary::{FileMeta, TufKey, first_targets, with_targets};
use serde_json::{Value, json};

use super::{
    server::{Server, target},
    trust::{next_root, refused},
};

/// Lists all in a timestamp, and in a snapshot that was changed.
fn settle(server: &Server, roles: &[&str], change: impl FnOnce(&mut Value)) {
    let mut snapshot = server.listing("Snapshot", roles, 2);
    change(&mut snapshot);
    server.put("snapshot", server.sign("snapshot", &snapshot));
    let timestamp = server.listing("Timestamp", &["snapshot"], 2);
    server.put("timestamp", server.sign("timestamp", &timestamp));
}

#[tokio::test]
async fn a_root_that_is_too_far_from_the_last_one_is_refused() {
    let server = Server::new();
    server.read().await.unwrap();
    let far = next_root(&server, |root| root["version"] = json!(1002));
    server.put("root", server.sign("root", &far));
    server.settle(2);
    refused(server.read().await, &["`root`", "its version is 1002, but 1 was seen last"]);
}

#[tokio::test]
async fn a_root_between_that_calls_itself_another_version_is_refused() {
    let server = Server::new();
    server.read().await.unwrap();
    let named = |version| server.sign("root", &next_root(&server, |it| it["version"] = version));
    let (second, third) = (named(json!(7)), named(json!(3)));
    server.put("2.root", second);
    server.put("root", third);
    server.settle(2);
    refused(server.read().await, &["`root`", "version 2 calls itself 7"]);
}

#[tokio::test]
async fn metadata_with_a_fraction_in_it_are_signed_by_nobody() {
    let server = Server::new();
    let targets = String::from_utf8(server.get_now("targets").unwrap()).unwrap();
    server.put("targets", targets.replacen("{\"signed\":{", "{\"signed\":{\"x\":1.5,", 1).into());
    server.settle(2);
    refused(server.read().await, &["`targets`", "it has a number that is not an integer"]);
}

#[tokio::test]
async fn metadata_that_do_not_say_what_they_should_are_refused() {
    let server = Server::new();
    let timestamp = server.listing("Timestamp", &["snapshot"], 2);
    let mut timestamp = timestamp.as_object().unwrap().clone();
    timestamp.remove("version");
    server.put("timestamp", server.sign("timestamp", &json!(timestamp)));
    refused(server.read().await, &["`timestamp`", "it is incomplete"]);
}

#[tokio::test]
async fn a_snapshot_of_another_root_is_refused() {
    let server = Server::new();
    settle(&server, &["targets"], |_| {});
    refused(server.read().await, &["`snapshot`", "it refers to no root"]);
    settle(&server, &["root", "targets"], |snapshot| {
        snapshot["meta"]["root"] = FileMeta::of_metadata(b"another").to_value();
    });
    refused(server.read().await, &["`snapshot`", "it refers to another root than the server's"]);
}

#[tokio::test]
async fn roles_without_end_are_refused() {
    for (count, is_taken) in [(200, true), (201, false)] {
        let server = Server::new();
        let names: Vec<String> = (0..count).map(|number| format!("targets/r{number}")).collect();
        let mut targets = server.delegate("");
        let key = TufKey::of(server.keys["releases"].public()).unwrap().id();
        let role = |name: &String| json!({ "name": name, "keyids": [key], "threshold": 1, "paths": ["1."] });
        targets["delegations"]["roles"] = names.iter().map(role).collect();
        server.put("targets", server.sign("targets", &targets));
        let raw =
            server.sign("releases", &with_targets(first_targets(), &target("1.0"), server.now));
        for name in &names {
            server.put(name, raw.clone());
        }
        let listed = ["root", "targets"].into_iter().chain(names.iter().map(String::as_str));
        settle(&server, &listed.collect::<Vec<_>>(), |_| {});
        let found = server.read().await;
        if is_taken {
            found.unwrap();
        } else {
            refused(found, &["`targets`", "it has more than 200 roles"]);
        }
    }
}
