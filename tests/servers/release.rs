//! One command publishes real input to every kind of sink, and other tools
//! read it back.

use std::collections::BTreeMap;

use castoff::model::Digest;
use serde_json::Value;

use crate::support::{
    Castoff, DockerEngine, DockerRegistry, Garage, Skopeo, busybox, copy_folder, run,
};

/// The places that a release goes to, with what is released.
struct Release {
    castoff: Castoff,
    garage: Garage,
    registry: DockerRegistry,
}

impl Release {
    fn new() -> Self {
        let (garage, registry) = (Garage::start(), DockerRegistry::start());
        let castoff = Castoff::new().with(&garage);
        copy_folder(&busybox::archives("one"), &castoff.path("docker"));
        copy_folder(&busybox::tree(), &castoff.path("df"));
        castoff.configure(&format!(
            r#"
            [release]
            version = "0.9"
            tags = ["{{version}}", "latest"]

            [[artifact]]
            name = "busybox"
            from = {{ archives = "docker" }}
            [[artifact]]
            name = "busybox-static"
            from = {{ files = "df" }}

            [[sink]]
            name = "hub"
            url = "docker://{}/team"
            [[sink]]
            name = "garage"
            url = "{}"
            [[sink]]
            name = "shelf"
            url = "oci:shelf"
            "#,
            registry.address(),
            garage.url(),
        ));
        castoff.run(&["--batch"]).expect(0);
        Self { castoff, garage, registry }
    }

    /// The image as skopeo names it at each sink.
    fn references(&self) -> [String; 3] {
        let layout = self.castoff.path("shelf");
        [
            format!("docker://{}/team/busybox:0.9", self.registry.address()),
            format!("docker://{}/busybox:0.9", self.garage.web()),
            format!("oci:{}:busybox:0.9", layout.display()),
        ]
    }
}

#[test]
fn one_release_is_read_by_other_tools_at_every_sink() {
    let release = Release::new();
    let skopeo = Skopeo::new();
    let digests = release.references().map(|reference| skopeo.digest(&reference));
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    for reference in release.references() {
        assert_eq!(skopeo.copy_all(&reference), digests[0], "{reference}");
    }
    let index: Value = serde_json::from_slice(&skopeo.raw(&release.references()[1])).unwrap();
    let platforms: Vec<String> =
        index["manifests"].as_array().unwrap().iter().map(platform).collect();
    assert_eq!(platforms, ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64"]);
    pulled_images_run(&release);
    keys_are_those_of_a_static_registry(&release, &index);
    files_are_those_of_df_dist(&release);
}

fn platform(manifest: &Value) -> String {
    let words = ["os", "architecture", "variant"];
    let words = words.iter().filter_map(|word| manifest["platform"][word].as_str());
    words.collect::<Vec<_>>().join("/")
}

fn pulled_images_run(release: &Release) {
    let engine = DockerEngine::shared();
    let image = format!("{}/busybox:0.9", release.garage.web());
    for (platform, machine) in [("linux/arm64", "aarch64"), ("linux/amd64", "x86_64")] {
        run(engine.docker().args(["pull", "-q", "--platform", platform, &image]));
        assert_eq!(engine.run(Some(platform), &image, &["uname", "-m"]), machine);
    }
}

fn keys_are_those_of_a_static_registry(release: &Release, index: &Value) {
    let garage = &release.garage;
    let body = garage.object("v2/busybox/manifests/0.9");
    let mut expected = BTreeMap::new();
    let mut expect = |key: String, kind: &str| expected.insert(key, kind.to_owned());
    for ping in ["v2/", "v2/index.html"] {
        expect(ping.into(), "application/json");
    }
    expect("v2/busybox/tags/list".into(), "application/json");
    let index_type = "application/vnd.oci.image.index.v1+json";
    let digest = Digest::of(&body.body).to_string();
    for name in ["0.9", "latest", &digest] {
        expect(format!("v2/busybox/manifests/{name}"), index_type);
        assert_eq!(garage.object(&format!("v2/busybox/manifests/{name}")).body, body.body);
    }
    for manifest in index["manifests"].as_array().unwrap() {
        let key = format!("v2/busybox/manifests/{}", manifest["digest"].as_str().unwrap());
        let manifest: Value = serde_json::from_slice(&garage.object(&key).body).unwrap();
        expect(key, "application/vnd.oci.image.manifest.v1+json");
        for blob in manifest["layers"].as_array().unwrap().iter().chain([&manifest["config"]]) {
            let digest = blob["digest"].as_str().unwrap();
            let key = format!("v2/busybox/blobs/{digest}");
            let stored = garage.object(&key).body;
            assert_eq!(Digest::of(&stored).to_string(), digest);
            assert_eq!(blob["size"].as_u64(), Some(stored.len() as u64));
            expect(key, "application/octet-stream");
        }
    }
    let found: BTreeMap<_, _> = garage
        .keys("v2/")
        .into_iter()
        .map(|key| {
            let kind = garage.object(&key).content_type.unwrap_or_default();
            (key, kind)
        })
        .collect();
    assert_eq!(found, expected);
    let list = garage.text("v2/busybox/tags/list");
    assert_eq!(list, r#"{"name":"busybox","tags":["0.9","latest"]}"#);
}

fn files_are_those_of_df_dist(release: &Release) {
    let garage = &release.garage;
    let document = "{\"flavors\":[\
        {\"resources\":[{\"path\":\"busybox\"}],\"platform\":{\"architecture\":\"386\",\"os\":\"linux\"}},\
        {\"resources\":[{\"path\":\"busybox\"}],\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}},\
        {\"resources\":[{\"path\":\"v7/busybox\"}],\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}},\
        {\"resources\":[{\"path\":\"busybox\"}],\"platform\":{\"architecture\":\"arm64\",\"os\":\"linux\"}}]}";
    let mut expected = vec!["df-dist-v1/busybox-static".to_owned()];
    for tag in ["0.9", "latest"] {
        let key = format!("df-dist-v1/busybox-static/{tag}");
        assert_eq!(garage.text(&key), document);
        assert_eq!(garage.object(&key).content_type.as_deref(), Some("application/json"));
        expected.push(key.clone());
        for (_, platform, _) in busybox::PLATFORMS {
            let key = format!("{key}/{platform}/busybox");
            let object = garage.object(&key);
            assert_eq!(
                object.body,
                std::fs::read(busybox::tree().join(platform).join("busybox")).unwrap()
            );
            assert_eq!(object.content_type.as_deref(), Some("application/octet-stream"));
            expected.push(key);
        }
    }
    expected.sort();
    assert_eq!(garage.keys("df-dist-v1/"), expected);
    let list = garage.object("df-dist-v1/busybox-static");
    assert_eq!(list.body, br#"{"name":"busybox-static","tags":["0.9","latest"]}"#);
    assert_eq!(list.content_type.as_deref(), Some("application/json"));
}
