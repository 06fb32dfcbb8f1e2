//! Image manifests are judged as the specification's own schema judges them:
//! its test vectors, as facts.

use serde_json::{Map, Value, json};

use super::{desk::Desk, support::Image};

/// What `castoff aci validate` says of an image with these fields besides
/// those that it must have.
fn is_taken(desk: &Desk, fields: &Value) -> Result<(), String> {
    let mut image = Image::new("example.com/test").folder("/", 0o755);
    image.manifest["acVersion"] = json!("0.8.11");
    let all = image.manifest.as_object_mut().unwrap();
    all.extend(fields.as_object().cloned().unwrap_or_else(Map::new));
    desk.write("image.aci", &image.tar());
    let told = desk.told(&["validate", "image.aci"]);
    if told.starts_with("status 0") { Ok(()) } else { Err(told) }
}

fn judge(good: &[Value], bad: &[Value]) {
    let desk = Desk::new();
    for fields in good {
        assert_eq!(is_taken(&desk, fields), Ok(()), "{fields}");
    }
    for fields in bad {
        let told = is_taken(&desk, fields).expect_err(&fields.to_string());
        assert!(told.starts_with("status 4") || told.starts_with("status 6"), "{fields}: {told}");
    }
}

fn app(more: impl Into<Value>) -> Value {
    let mut app = json!({ "exec": ["/app"], "user": "0", "group": "0" });
    let Value::Object(more) = more.into() else { panic!("an app has fields") };
    app.as_object_mut().unwrap().extend(more);
    json!({ "app": app })
}

fn list(field: &str, one: impl Into<Value>) -> Value {
    let one: Value = one.into();
    app(json!({ field: [one] }))
}

#[test]
fn an_app_is_judged_as_the_schema_does() {
    let good = [
        json!({}),
        json!({ "app": null, "labels": null, "dependencies": null, "annotations": null,
                "pathWhitelist": null }),
        app(json!({ "exec": ["/bin/httpd"] })),
        app(json!({ "exec": ["/app", "arg1", "arg2"] })),
        app(json!({ "exec": ["app"] })),
        app(json!({ "exec": ["bin/app", "arg1"] })),
        app(json!({ "exec": [] })),
        app(json!({ "exec": null })),
        app(json!({ "workingDirectory": "" })),
        app(json!({ "workingDirectory": "/srv" })),
        app(json!({ "supplementaryGIDs": [1, 2] })),
        app(json!({ "environment": null, "mountPoints": null, "ports": null, "isolators": null,
                    "eventHandlers": null, "supplementaryGIDs": null, "workingDirectory": null })),
        app(json!({ "eventHandlers": [{ "name": "pre-start", "exec": ["x"] },
                                      { "name": "post-stop" }] })),
        app(json!({ "anything": { "else": 1 } })),
    ];
    let bad = [
        json!({ "app": { "exec": ["/app"] } }),
        json!({ "app": { "exec": ["/app"], "user": "0" } }),
        json!({ "app": { "exec": ["app"], "group": "0" } }),
        app(json!({ "user": "" })),
        app(json!({ "group": "" })),
        app(json!({ "exec": "/app" })),
        app(json!({ "exec": [1] })),
        app(json!({ "workingDirectory": "stuff" })),
        app(json!({ "workingDirectory": "../home/fred" })),
        app(json!({ "supplementaryGIDs": ["wheel"] })),
        app(json!({ "eventHandlers": [{ "name": "pre-start" }, { "name": "pre-start" }] })),
        app(json!({ "eventHandlers": [{ "name": "post-stop" }, { "name": "pre-start" },
                                      { "name": "post-stop" }] })),
        app(json!({ "eventHandlers": [{ "name": "sometimes" }] })),
    ];
    judge(&good, &bad);
}

#[test]
fn what_an_app_is_given_is_judged_as_the_schema_does() {
    let port = |more: Value| {
        let mut port = json!({ "name": "http", "port": 80 });
        port.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        list("ports", port)
    };
    let variable = |name: &str| list("environment", json!({ "name": name, "value": "true" }));
    let point = |name: &str| list("mountPoints", json!({ "name": name, "path": "/data" }));
    let good = [
        list("mountPoints", json!({ "name": "data" })),
        list("mountPoints", json!({ "name": "data", "path": "var/lib" })),
        list("mountPoints", json!({ "name": "data", "path": "/var", "readOnly": true })),
        point("foo-bar-baz"),
        port(json!({})),
        port(json!({ "protocol": "tcp" })),
        port(json!({ "protocol": "sctp" })),
        port(json!({ "count": 0 })),
        port(json!({ "count": null })),
        port(json!({ "port": 65535, "count": 1 })),
        port(json!({ "port": 8080, "count": 10, "socketActivated": true })),
        variable("DEBUG"),
        variable("_0_DEBUG_0_"),
        variable("DEBUG.0"),
        variable("DEBUG-0"),
    ];
    let bad = [
        point("example.com/database"),
        point("zab_rab_oof"),
        point("my~database"),
        point("EXAMPLE"),
        point("-app"),
        list("mountPoints", json!({ "name": "data", "readOnly": "yes" })),
        port(json!({ "name": "http.alt" })),
        port(json!({ "port": 0 })),
        port(json!({ "port": 65536 })),
        port(json!({ "port": "80" })),
        port(json!({ "port": 65535, "count": 2 })),
        port(json!({ "socketActivated": "yes" })),
        variable(""),
        variable("0DEBUG"),
        variable("VERBOSE|DEBUG"),
        app(json!({ "environment": [{ "name": "DEBUG", "value": "1" },
                                    { "name": "DEBUG", "value": "1" }] })),
    ];
    judge(&good, &bad);
}

#[test]
fn names_labels_and_annotations_are_judged_as_the_schema_does() {
    let name = |text: &str| json!({ "name": text });
    let arch = |os: &str, arch: &str| json!({ "labels": [{ "name": "os", "value": os }, { "name": "arch", "value": arch }] });
    let note =
        |name: &str, value: &str| json!({ "annotations": [{ "name": name, "value": value }] });
    let needs = |of: Value| json!({ "dependencies": [of] });
    let mut good = vec![
        json!({ "labels": [] }),
        json!({ "annotations": [] }),
        note("created", "2004-05-14T23:11:14+00:00"),
        note("documentation", "http://example.com/docs"),
        note("homepage", "https://homepage.com"),
        note("anything", "ftp://at.all"),
        needs(json!({ "imageName": "example.com/reduce-worker-base" })),
        needs(json!({ "imageName": "example.com/~bob/base", "size": 22_017_258 })),
    ];
    let mut bad = vec![
        json!({ "acKind": "PodManifest" }),
        json!({ "acVersion": "0" }),
        json!({ "name": null }),
        json!({ "labels": [{ "name": "name" }] }),
        json!({ "labels": [{ "name": "os", "value": "linux" },
                           { "name": "os", "value": "freebsd" }] }),
        note("created", "garbage"),
        note("homepage", "not-A$@#URL"),
        note("documentation", "ftp://isnotallowed.com"),
        json!({ "annotations": [{ "name": "a", "value": "b" }, { "name": "a", "value": "b" }] }),
        needs(json!({ "imageName": "" })),
        needs(json!({})),
    ];
    for text in [
        "asdf",
        "foo-bar-baz",
        "zab_rab_oof",
        "my~database",
        "example.com/~bob/database",
        "example.com/ourapp-1.0.0",
        "sub-domain.example.com/org/product/~alice/release-1.0.0",
    ] {
        good.push(name(text));
    }
    for text in [
        "",
        "BAR",
        "foo#",
        "foo.com/BAR",
        "/app",
        "app/",
        "-app",
        "app-",
        ".app",
        "app.",
        "_app",
        "app_",
        "~app",
        "app~",
        "example.com/app#1",
        "~example.com/app1",
    ] {
        bad.push(name(text));
    }
    for (os, cpu) in [
        ("linux", "amd64"),
        ("linux", "aarch64"),
        ("linux", "aarch64_be"),
        ("linux", "armv6l"),
        ("linux", "armv7l"),
        ("linux", "armv7b"),
        ("linux", "ppc64le"),
        ("linux", "ppc64"),
        ("linux", "s390x"),
        ("freebsd", "amd64"),
    ] {
        good.push(arch(os, cpu));
    }
    for (os, cpu) in [
        ("linux", "arm64"),
        ("linux", "arm64_be"),
        ("linux", "arm"),
        ("linux", "ppc64l"),
        ("linux", "ppc64b"),
        ("linux", "ppc64be"),
        ("linux", "S390x"),
        ("OS/360", "S/360"),
        ("freebsd", "armv7b"),
    ] {
        bad.push(arch(os, cpu));
    }
    judge(&good, &bad);
}

#[test]
fn isolators_are_judged_as_the_schema_does() {
    let of = |name: &str, value: Value| list("isolators", json!({ "name": name, "value": value }));
    let limits = ["resource/block-bandwidth", "resource/block-iops", "resource/network-bandwidth"];
    let mut good = vec![
        of("os/linux/cpu-shares", json!(2048)),
        of("os/linux/oom-score-adj", json!(250)),
        of("os/linux/oom-score-adj", json!(-250)),
        of("os/linux/no-new-privileges", json!(true)),
        of("os/linux/no-new-privileges", json!(false)),
        of("os/linux/capabilities-retain-set", json!({ "set": ["CAP_KILL"] })),
        of("os/linux/capabilities-retain-set", json!({ "set": ["CAP_PONIES"] })),
        of("os/linux/capabilities-remove-set", json!({ "set": ["CAP_SYS_ADMIN", "CAP_CHOWN"] })),
        of("os/linux/seccomp-remove-set", json!({ "set": ["@appc.io/empty"], "errno": "EACCESS" })),
        of("os/linux/seccomp-retain-set", json!({ "set": ["chmod", "chown"] })),
        of("os/unix/sysctl", json!({ "net.ipv4.tcp_rfc1337": "1" })),
        of("resource/cpu", json!({ "request": "30m", "limit": "1m" })),
        of("resource/memory", json!({ "request": "1G", "limit": "2Gi" })),
        of("resource/network-ponies", json!(0)),
    ];
    let mut bad = vec![
        of("os/linux/cpu-shares", json!(1)),
        of("os/linux/cpu-shares", json!("pants")),
        of("os/linux/cpu-shares", json!("262145")),
        of("os/linux/cpu-shares", json!("-1")),
        of("os/linux/oom-score-adj", json!(-2500)),
        of("os/linux/oom-score-adj", json!("pants")),
        of("os/linux/no-new-privileges", json!(123)),
        of("os/linux/no-new-privileges", json!({ "set": ["CAP_KILL"] })),
        of("os/linux/no-new-privileges", json!("foo")),
        of("os/linux/capabilities-retain-set", json!({ "set": [] })),
        of("os/linux/capabilities-retain-set", json!({ "set": "CAP_PONIES" })),
        of("os/linux/seccomp-remove-set", json!({ "set": ["chmod"], "errno": "-EPERM" })),
        of("os/linux/seccomp-retain-set", json!({ "set": [], "errno": "eaccess" })),
        of("os/unix/sysctl", json!({ "net.ipv4.tcp_rfc1337": 1 })),
        of("os/unix/sysctl", json!(["net.ipv4.tcp_rfc1337"])),
        of("resource/memory", json!({ "default": true, "request": "1G", "limit": "2G" })),
        of("resource/cpu", json!({ "request": "1", "limit": "such garbage" })),
        of("Not/A Name", json!(1)),
    ];
    for name in limits {
        good.push(of(name, json!({ "default": true, "limit": "1G" })));
        bad.push(of(name, json!({ "default": false, "limit": "1G" })));
        bad.push(of(name, json!({ "request": "30G", "limit": "1G" })));
    }
    judge(&good, &bad);
}

#[test]
fn an_image_whose_program_has_no_folder_is_taken_in_and_converted() {
    let desk = Desk::new();
    let mut image = Image::new("example.com/relative").folder("/", 0o755).content("/bin/app", "x");
    image.manifest["acVersion"] = json!("0.7.4");
    image.manifest["labels"] = json!([{ "name": "os", "value": "linux" },
                                      { "name": "arch", "value": "amd64" }]);
    image.manifest["app"] = json!({ "exec": ["app", "-v"], "user": "0", "group": "0",
        "mountPoints": [{ "name": "data", "path": "var/data" }, { "name": "nowhere" }],
        "ports": [{ "name": "http", "port": 80 }] });
    desk.write("image.aci", &image.tar());
    desk.run(&["validate", "image.aci"]);
    desk.run(&["import", "image.aci"]);
    desk.run(&["extract", "example.com/relative"]);
    desk.run(&["convert", "image.aci", "oci:layout:relative:1.0"]);
}

#[test]
fn fields_are_read_in_any_case_as_the_readers_of_go_do() {
    let with = |app: Value| json!({ "App": app });
    let good = [
        with(json!({ "Exec": ["/a"], "User": "0", "Group": "0" })),
        with(json!({ "EXEC": ["/a"], "user": "0", "GROUP": "0", "userLabels": { "Exec": "x" } })),
    ];
    let bad = [with(json!({ "Exec": "no list", "User": "0", "Group": "0" }))];
    judge(&good, &bad);
}
