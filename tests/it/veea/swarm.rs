//! The Swarm service file.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

use super::{CONFIG, Directory, told, with};

/// The service file as a reader of YAML sees it.
fn read(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn the_files_of_the_vendors_document_come_out_byte_for_byte() {
    let head = "docker:\n    service:\n        vh_dbus:\n            tag: 1.0.1\n            repo: ''\n            name: vh_dbus1.0.1\n            mode: replicated\n            args:\n                --replicas 1\n";
    let nodes = |types: &str| {
        let config = with("    - MEN\n    - MN\n", types);
        Directory::new(&config).project().generated_swarm()
    };
    assert_eq!(nodes("    - MEN\n    - MN\n"), head);
    assert_eq!(nodes("    - MN\n    - MEN\n    - MN\n"), head);
    let men = format!("{head}                --constraint node.hostname==${{HOSTNAME}}\n");
    assert_eq!(nodes("    - MEN\n"), men);
    let mn = format!("{head}                --constraint node.hostname!=${{HOSTNAME}}\n");
    assert_eq!(nodes("    - MN\n"), mn);
}

#[test]
fn each_port_is_published_in_the_order_of_the_configuration() {
    let config = with("    - MN\n", "").replace("vh_dbus", "vh_golang_web");
    let config = config.replace("1.0.1", "1.0.0");
    let ports = |ports: &str| {
        let config = config.replace("publish: []", &format!("publish: [{ports}]"));
        Directory::new(&config).project().generated_swarm()
    };
    assert_snapshot!(ports("'9500:9500'"), @r"
    docker:
        service:
            vh_golang_web:
                tag: 1.0.0
                repo: ''
                name: vh_golang_web1.0.0
                mode: replicated
                args:
                    --replicas 1
                    --constraint node.hostname==${HOSTNAME}
                    --publish mode=host,target=9500,published=9500,protocol=tcp
    ");
    let several = ports("'8080:80', 53:53/udp, 443:8443/tcp");
    let args = read(&several).pointer("/docker/service/vh_golang_web/args").cloned().unwrap();
    assert_eq!(
        args,
        "--replicas 1 --constraint node.hostname==${HOSTNAME} \
         --publish mode=host,target=80,published=8080,protocol=tcp \
         --publish mode=host,target=53,published=53,protocol=udp \
         --publish mode=host,target=8443,published=443,protocol=tcp"
    );
}

#[test]
fn a_service_file_that_somebody_wrote_is_taken_as_it_is() {
    let directory = Directory::new(CONFIG);
    let text = "docker: {service: {vh_dbus: {tag: 1.0.1, args: --replicas 2 --frobnicate=1}}}";
    directory.write("swarm.conf", text);
    let (taken, warnings) = directory.project().swarm().unwrap();
    assert_eq!(taken, text);
    let warnings = warnings.join("\n").replace(&format!("{}/", directory.path().display()), "");
    assert_snapshot!(warnings, @"swarm.conf: service `vh_dbus`: Docker has no argument \
                                 --frobnicate");
    directory.write("swarm.conf", &text.replace("1.0.1", "0.9"));
    let (_, warnings) = directory.project().swarm().unwrap();
    assert!(warnings[0].contains("its tag is 0.9, but config.yaml has 1.0.1"), "{warnings:?}");
    directory.write("swarm.conf", "just: this");
    let (_, warnings) = directory.project().swarm().unwrap();
    assert!(warnings[0].ends_with("it has no docker.service"), "{warnings:?}");
}

#[test]
fn a_service_file_that_is_no_yaml_is_refused_with_its_line() {
    let directory = Directory::new(CONFIG);
    directory.write("swarm.conf", "docker:\n  service: [\n");
    let refused = told(&directory.project().swarm().unwrap_err(), directory.path());
    assert!(refused.starts_with("swarm.conf:"), "{refused}");
    assert!(refused.contains("it is not YAML"), "{refused}");
}

proptest! {
    /// Of this reader, and of those for whom `1:20` is a number and `on` is a
    /// truth.
    #[test]
    fn every_version_is_read_back_as_the_text_that_it_is(
        version in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}|[0-9]{1,3}\\.[0-9]{1,3}|on|No|NULL|1e5|0o7|\\.?inf",
    ) {
        prop_assume!(version.parse::<castoff::model::Tag>().is_ok());
        let config = with("version: 1.0.1", &format!("version: '{version}'"));
        let text = Directory::new(&config).project().generated_swarm();
        let service = read(&text).pointer("/docker/service/vh_dbus").cloned().unwrap();
        prop_assert_eq!(&service["tag"], &version);
        let name = format!("vh_dbus{version}");
        prop_assert_eq!(&service["name"], &name);
        let is_plain = text.contains(&format!("tag: {version}\n"));
        let is_odd = !version.contains('.') && version.starts_with(|c: char| c.is_ascii_digit());
        prop_assert!(!(is_plain && is_odd), "{}", text);
    }
}
