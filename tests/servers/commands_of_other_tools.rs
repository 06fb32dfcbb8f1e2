//! What is typed by users of the tools that castoff stands for.

use crate::support::{Castoff, Cosign, DockerRegistry, Skopeo, busybox, copy_folder};

/// Two tags at a registry, and a key.
struct Lab {
    castoff: Castoff,
    registry: DockerRegistry,
}

impl Lab {
    fn new() -> Self {
        let lab = Self {
            castoff: Castoff::new().env("COSIGN_PASSWORD", "secret"),
            registry: DockerRegistry::start(),
        };
        for (text, tag) in [("one", "1"), ("two", "2")] {
            copy_folder(&busybox::archives(text), &lab.castoff.path(text));
            let url = lab.image(&format!(":{tag}"));
            lab.castoff.run(&["push", "--insecure", text, &url]).expect(0);
        }
        Cosign::new().generate(&lab.castoff.path(""), "release", "secret");
        lab
    }

    fn image(&self, rest: &str) -> String {
        format!("docker://{}/acme/app{rest}", self.registry.address())
    }

    fn digest(&self, tag: &str) -> String {
        Skopeo::new().digest(&self.image(&format!(":{tag}")))
    }
}

#[test]
fn inspect_tells_the_size_of_each_manifest_to_the_byte() {
    let lab = Lab::new();
    let image = lab.image(":1");
    let raw = Skopeo::new().raw(&image);
    let index: serde_json::Value = serde_json::from_slice(&raw).unwrap();
    let told = lab.castoff.run(&["inspect", "--insecure", &image]).expect(0).stdout;
    for manifest in index["manifests"].as_array().unwrap() {
        let (digest, size) = (manifest["digest"].as_str().unwrap(), &manifest["size"]);
        let line = told.lines().find(|line| line.contains(digest)).unwrap();
        assert!(line.contains(&format!(" {size} B ")), "{line}");
    }
    let root = told.lines().nth(1).unwrap();
    assert!(root.contains(&format!(" {} B ", raw.len())), "{root}");
}

#[test]
fn sign_takes_the_digest_that_is_meant_beside_the_tag() {
    let lab = Lab::new();
    let (one, two) = (lab.digest("1"), lab.digest("2"));
    let sign = |rest: String| {
        lab.castoff.run(&["sign", "--insecure", "--key", "release.key", &lab.image(&rest)])
    };
    let told = sign(format!(":1@{two}")).expect(5).stderr;
    assert!(told.contains(&format!("names {one}, not {two}")), "{told}");
    assert!(
        Cosign::new()
            .verify(&lab.image(":1")["docker://".len()..], &lab.castoff.path("release.pub"))
            .is_err()
    );
    let size = Skopeo::new().raw(&lab.image(":1")).len();
    let shown = sign(format!(":1@{one}")).expect(0).stdout;
    assert!(shown.contains(&format!("/acme/app:1 digest: {one} size: {size}")), "{shown}");
    Cosign::new()
        .verify(&lab.image(":1")["docker://".len()..], &lab.castoff.path("release.pub"))
        .unwrap();
    let by_digest = sign(format!("@{two}")).expect(0).stdout;
    assert!(by_digest.contains(&format!("/acme/app@{two} size: ")), "{by_digest}");
}

#[test]
fn a_notary_url_given_to_server_is_answered_with_the_right_flag() {
    let lab = Lab::new();
    for verb in ["sign", "verify"] {
        let line = [verb, &lab.image(":1"), "--server", "https://notary.example.org"];
        let told = lab.castoff.run(&line).expect(2).stderr;
        assert!(told.contains("--notary-server"), "{told}");
    }
}
