//! What is trusted of a notary server, and what is not: against a server in
//! memory, whose keys the tests have.

mod keys;
mod server;
mod trust;
mod unopened;
mod untrusted;

use castoff::sign::notary::{Gun, canonical};
use serde_json::json;

#[test]
fn the_canonical_form_is_that_of_dockers_tools() {
    let value = json!({
        "z": [1, -2, true, null, {}], "a": "<&>\"\\\u{1}\u{7f}ü\u{2028}", "Z": { "b": [], "a": "" },
    });
    let expected = "{\"Z\":{\"a\":\"\",\"b\":[]},\"a\":\"<&>\\\"\\\\\u{1}\u{7f}ü\\u2028\",\"z\":[1,-2,true,null,{}]}";
    assert_eq!(String::from_utf8(canonical(&value).unwrap()).unwrap(), expected);
    assert_eq!(canonical(&json!({ "a": [0.5] })), None);
}

#[test]
fn a_repository_has_the_name_that_docker_gives_it() {
    for (name, gun, server) in [
        ("index.docker.io/busybox", "docker.io/library/busybox", "https://notary.docker.io/"),
        ("docker.io/acme/app", "docker.io/acme/app", "https://notary.docker.io/"),
        ("127.0.0.1:5000/team/app", "127.0.0.1:5000/team/app", "https://127.0.0.1:5000/"),
        ("registry.example.org/app", "registry.example.org/app", "https://registry.example.org/"),
    ] {
        let found = Gun::of(name).unwrap();
        assert_eq!(found.as_str(), gun);
        assert_eq!(found.usual_server().unwrap().as_str(), server);
    }
    for bad in ["", "app", "../app", "a b/app", "user@host/app", "host/../app", "host/App", "host/"]
    {
        assert!(Gun::of(bad).is_err(), "{bad}");
    }
}
