//! App Container Images as artifacts of a release.

use std::fs;

use serde_json::{Value, json};

use super::{
    desk::Desk,
    support::{Image, manifest},
};

fn image(name: &str, arch: &str) -> Image {
    let mut image = Image::new(name);
    image.manifest = manifest(name);
    image.manifest["labels"] =
        json!([{ "name": "os", "value": "linux" }, { "name": "arch", "value": arch }]);
    image
}

const CONFIG: &str = r#"
[release]
version = "1.0"

[[artifact]]
name = "app"
from = { aci = ["amd64.aci", "arm64.aci"], store = "store" }

[[sink]]
name = "shelf"
url  = "oci:out/shelf"

[[sink]]
name = "downloads"
url  = "dir:out/files"
"#;

#[test]
fn an_image_is_released_as_an_oci_image_and_as_a_file_for_each_platform() {
    let desk = Desk::new();
    let base = image("example.com/base", "amd64").folder("", 0o755).file("base", 3);
    desk.write("base.aci", &base.tar());
    desk.run(&["import", "base.aci"]);
    for (arch, name) in [("amd64", "amd64.aci"), ("aarch64", "arm64.aci")] {
        let mut image = image("example.com/app", arch).folder("", 0o755).file(arch, 5);
        image.manifest["dependencies"] = json!([{ "imageName": "example.com/base" }]);
        desk.write(name, &image.tar());
    }
    desk.write("amd64.aci.asc", b"a signature");
    desk.write("castoff.toml", CONFIG.as_bytes());
    let told = desk.castoff(&["--batch"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success(), "{said}");
    let shown = desk.castoff(&["inspect", "shelf/app:1.0", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let platforms: Vec<&Value> =
        shown["manifests"].as_array().unwrap().iter().map(|of| &of["platform"]).collect();
    assert_eq!(platforms.len(), 2, "{shown}");
    let document = fs::read_to_string(desk.path("out/files/df-dist-v1/app/1.0/index.json"));
    let document = document.unwrap_or_else(|_| panic!("{said}"));
    for name in ["amd64.aci", "amd64.aci.asc", "arm64.aci"] {
        assert!(document.contains(name), "{document}");
    }
    let file = desk.path("out/files/df-dist-v1/app/1.0/linux/amd64/amd64.aci");
    assert_eq!(fs::read(file).unwrap(), fs::read(desk.path("amd64.aci")).unwrap());
    // A second time, nothing is made and nothing is sent.
    let again = desk.castoff(&["--batch"]);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success() && said.contains("sent 0 B"), "{said}");
}

#[test]
fn two_images_for_one_platform_are_refused() {
    let desk = Desk::new();
    for name in ["amd64.aci", "arm64.aci"] {
        desk.write(name, &image("example.com/app", "amd64").folder("", 0o755).tar());
    }
    desk.write("castoff.toml", CONFIG.as_bytes());
    let told = desk.castoff(&["plan"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(4), "{said}");
    assert!(said.contains("it is for linux/amd64, and so is another image"), "{said}");
}

#[test]
fn a_dependency_that_is_missing_is_told_before_the_start() {
    let desk = Desk::new();
    for (arch, name) in [("amd64", "amd64.aci"), ("aarch64", "arm64.aci")] {
        let mut image = image("example.com/app", arch).folder("", 0o755);
        image.manifest["dependencies"] = json!([{ "app": "example.com/nowhere" }]);
        desk.write(name, &image.tar());
    }
    desk.write("castoff.toml", CONFIG.as_bytes());
    let told = desk.castoff(&["--batch", "--sink", "shelf"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(4), "{said}");
    assert!(said.contains("aci not found: example.com/nowhere"), "{said}");
    assert!(!desk.path("out").exists());
}

#[test]
fn without_a_version_it_is_the_label_of_the_images_where_they_agree() {
    let desk = Desk::new();
    let write = |name: &str, arch: &str, version: &str| {
        let mut image = image("example.com/app", arch).folder("", 0o755);
        let labels = image.manifest["labels"].as_array_mut().unwrap();
        labels.push(json!({ "name": "version", "value": version }));
        desk.write(name, &image.tar());
    };
    write("amd64.aci", "amd64", "2.1");
    write("arm64.aci", "aarch64", "2.1");
    desk.write("castoff.toml", CONFIG.replace("version = \"1.0\"", "").as_bytes());
    let told = desk.castoff(&["--batch"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success(), "{said}");
    assert!(desk.path("out/files/df-dist-v1/app/2.1/index.json").exists(), "{said}");
    write("arm64.aci", "aarch64", "2.2");
    let told = desk.castoff(&["--batch"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(said.contains("needs a version"), "{said}");
}
