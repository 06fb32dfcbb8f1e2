//! Two publishers at once lose nothing of each other's.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Castoff, DockerRegistry, Ended, Garage, Skopeo, busybox, copy_folder};

/// How often they try.
const ROUNDS: usize = 5;

fn publisher(garage: &Garage) -> Castoff {
    let castoff = Castoff::new().with(garage);
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    copy_folder(&busybox::tree(), &castoff.path("df"));
    castoff
}

fn begin(castoff: &Castoff, tag: &str, path: &str, urls: &[&str]) -> Child {
    let mut arguments = vec!["push", "-t", tag, path];
    arguments.extend(urls);
    let mut command = castoff.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) {
    Ended::from(child.wait_with_output().unwrap()).expect(0);
}

#[test]
fn two_publishers_of_images_lose_no_tag() {
    let (garage, registry, skopeo) = (Garage::shared(), DockerRegistry::start(), Skopeo::new());
    let both = [publisher(&garage), publisher(&garage)];
    let (host, bucket) = (format!("docker://{}/two", registry.address()), garage.url());
    let shelf = both[0].path("shelf");
    let layout = format!("oci:{}", shelf.display());
    let mut tags = Vec::new();
    for round in 0..ROUNDS {
        let names = ["a", "b"].map(|who| format!("{round}-{who}"));
        let running = [0, 1].map(|who| {
            let tag = format!("two:{}", names[who]);
            begin(&both[who], &tag, "docker", &[&host, &bucket, &layout])
        });
        running.into_iter().for_each(end);
        tags.extend(names);
        let listed: Value = serde_json::from_str(&garage.text("v2/two/tags/list")).unwrap();
        assert_eq!(listed["tags"], Value::from(tags.clone()), "round {round}");
        let mut there = skopeo.tags(&host);
        there.sort();
        assert_eq!(there, tags, "round {round}");
        let index: Value =
            serde_json::from_slice(&std::fs::read(shelf.join("index.json")).unwrap()).unwrap();
        assert_eq!(index["manifests"].as_array().unwrap().len(), tags.len(), "round {round}");
    }
    assert_eq!(skopeo.tags(&format!("docker://{}/two", garage.web())), tags);
}

#[test]
fn two_publishers_of_files_lose_no_tag() {
    let garage = Garage::shared();
    let both = [publisher(&garage), publisher(&garage)];
    let bucket = garage.url();
    let folder = both[0].path("files");
    let folder_url = format!("dir:{}", folder.display());
    let mut tags = Vec::new();
    for round in 0..ROUNDS {
        let names = ["a", "b"].map(|who| format!("{round}-{who}"));
        let running = [0, 1].map(|who| {
            begin(&both[who], &format!("two-files:{}", names[who]), "df", &[&bucket, &folder_url])
        });
        running.into_iter().for_each(end);
        tags.extend(names);
        let lists = [
            garage.text("df-dist-v1/two-files"),
            std::fs::read_to_string(folder.join("df-dist-v1/two-files/index.json")).unwrap(),
        ];
        for list in lists {
            let list: Value = serde_json::from_str(&list).unwrap();
            let mut listed: Vec<_> =
                list["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
            listed.sort_unstable();
            assert_eq!(listed, tags, "round {round}");
        }
        for tag in &tags {
            let key = format!("df-dist-v1/two-files/{tag}/linux/amd64/busybox");
            assert!(!garage.object(&key).body.is_empty());
        }
    }
}
