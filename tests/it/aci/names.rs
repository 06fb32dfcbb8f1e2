//! Names, labels, references and manifests.

use castoff::aci::{AciLabels, AciManifest, AciReference, App, Name};
use serde_json::json;

use super::support::manifest;

#[test]
fn a_name_with_labels_is_read_as_discovery_writes_it() {
    let read = |text: &str| text.parse::<App>().map(|app| app.to_string()).map_err(drop);
    let table = [
        ("example.com/reduce-worker:1.0.0", Ok("example.com/reduce-worker,version=1.0.0")),
        (
            "example.com/reduce-worker,channel=alpha,label=value",
            Ok("example.com/reduce-worker,channel=alpha,label=value"),
        ),
        ("not an app name", Err(())),
        ("example.com/garbage%8 939", Err(())),
        ("foo.com/bar,channel=alpha,dog=woof,channel=beta", Err(())),
        ("example.com/app:1.0,version=2.0", Err(())),
        ("example.com/app,", Err(())),
        ("example.com/app,a", Err(())),
        ("example.com/app:", Err(())),
        ("example.com/app,name=x", Err(())),
        ("", Err(())),
    ];
    for (text, expected) in table {
        assert_eq!(read(text), expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn only_what_begins_with_sha512_and_has_one_dash_is_a_key() {
    let read = |text: &str| match text.parse::<AciReference>() {
        Ok(AciReference::Key(_)) => "key",
        Ok(AciReference::App(_)) => "name",
        Err(_) => "neither",
    };
    for (text, expected) in [
        ("sha512-123abc", "key"),
        ("sha512-1", "neither"),
        ("sha512-XYZ", "neither"),
        ("sha512-12-34", "name"),
        ("badprefix-1", "name"),
        ("example.com/reduce-worker", "name"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn names_are_those_of_the_specification() {
    for good in ["a", "example.com/a-b", "a_b~c.d/e", "0/1", "a--b", "example.com/~bob/app"] {
        assert!(good.parse::<Name>().is_ok(), "{good}");
    }
    for bad in ["", "A", "a b", "-a", "a-", "a//b", "a/../b", "/a", "ä"] {
        assert!(bad.parse::<Name>().is_err(), "{bad}");
    }
}

#[test]
fn an_architecture_is_one_that_its_system_has() {
    let read = |os: &str, arch: &str| {
        let labels = json!([{ "name": "os", "value": os }, { "name": "arch", "value": arch }]);
        serde_json::from_value::<AciLabels>(labels).is_ok()
    };
    for (os, arch) in [
        ("linux", "amd64"),
        ("linux", "i386"),
        ("linux", "aarch64"),
        ("linux", "armv7l"),
        ("linux", "ppc64le"),
        ("linux", "s390x"),
        ("freebsd", "arm"),
        ("darwin", "x86_64"),
    ] {
        assert!(read(os, arch), "{os} {arch}");
    }
    for (os, arch) in [("linux", "x86_64"), ("darwin", "amd64"), ("plan9", "amd64")] {
        assert!(!read(os, arch), "{os} {arch}");
    }
}

#[test]
fn a_manifest_that_breaks_a_rule_is_refused() {
    let broken = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut document = manifest("example.com/a");
        change(&mut document);
        AciManifest::parse(document.to_string().as_bytes()).unwrap_err().to_string()
    };
    let told = [
        broken(&|of| of["acKind"] = json!("PodManifest")),
        broken(&|of| of["acVersion"] = json!("new")),
        broken(&|of| drop(of.as_object_mut().unwrap().remove("acVersion"))),
        broken(&|of| drop(of.as_object_mut().unwrap().remove("name"))),
        broken(&|of| of["name"] = json!("Not A Name")),
        broken(&|of| of["labels"] = json!([{ "name": "name", "value": "x" }])),
        broken(&|of| {
            of["labels"] = json!([{ "name": "a", "value": "x" }, { "name": "a", "value": "y" }]);
        }),
        broken(&|of| of["labels"] = json!([{ "name": "os", "value": "beos" }])),
        broken(&|of| of["dependencies"] = json!([{ "imageID": "sha512-aabb" }])),
        broken(&|of| of["dependencies"] = json!([{ "app": "a", "imageName": "b" }])),
        broken(&|of| of["dependencies"] = json!([{ "app": "a", "imageID": "md5-aabb" }])),
        broken(&|of| of["pathWhitelist"] = json!(["/etc/../../x"])),
        broken(&|of| {
            of["annotations"] =
                json!([{ "name": "a", "value": "x" }, { "name": "a", "value": "y" }]);
        }),
        broken(&|of| of["app"] = json!({ "exec": ["/sh"], "user": "0" })),
        broken(&|of| {
            of["app"] =
                json!({ "exec": ["sh"], "user": "0", "group": "0", "workingDirectory": "x" });
        }),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn fields_that_nobody_knows_are_kept_and_both_names_of_a_dependency_read() {
    let mut document = manifest("example.com/a");
    document["new"] = json!({ "deep": [1] });
    document["dependencies"] = json!([
        { "app": "old", "imageID": "sha512-aabb", "size": 12 },
        { "imageName": "new", "labels": [{ "name": "version", "value": "1" }], "more": true },
    ]);
    let read = AciManifest::parse(document.to_string().as_bytes()).unwrap();
    assert_eq!(read.dependencies[0].app.to_string(), "old");
    assert_eq!(read.dependencies[1].app.to_string(), "new,version=1");
    let written: serde_json::Value = serde_json::from_slice(&read.to_bytes()).unwrap();
    assert_eq!(written, document);
}
