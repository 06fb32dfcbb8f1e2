//! References as crane, oras and docker write them, and layouts as skopeo
//! writes them, in every verb that takes one.

use super::Lab;
use crate::support::{Castoff, DockerRegistry, Skopeo};

const PASSWORD: &str = "of a test";

fn lab() -> Lab {
    let castoff = Castoff::new().env("COSIGN_PASSWORD", PASSWORD);
    let lab = Lab { castoff, registry: DockerRegistry::start() };
    lab.content("one");
    lab.run(&["sign", "--generate-key", "release"]).expect(0);
    lab
}

#[test]
fn every_verb_takes_a_reference_without_a_scheme() {
    let lab = lab();
    let host = lab.registry.address();
    let at = |name: &str| format!("{host}/team/{name}");
    let pushed = lab.run(&["push", "images", &at("app:1.0")]).expect(0);
    let digest = &pushed.digests()[0].1;
    assert_eq!(lab.at_hub("1.0").as_ref(), Some(digest));
    lab.run(&["push", "images/linux.amd64.tar", &at("one:1.0")]).expect(0);
    let listed = lab.run(&["ls", &at("app")]).expect(0).stdout;
    assert!(listed.contains("1.0"), "{listed}");
    let shown = lab.run(&["inspect", &at(&format!("app@{digest}"))]).expect(0).stdout;
    assert!(shown.contains(&**digest), "{shown}");
    lab.run(&["copy", &at("app:1.0"), &at("app:1.1")]).expect(0);
    lab.run(&["copy", &at("app:1.0"), "oci:shelf:app:1.0"]).expect(0);
    lab.run(&["diff", &at("app:1.0"), &at("app:1.1")]).expect(0);
    lab.run(&["sign", &at("app:1.0"), "--key", "release.key"]).expect(0);
    lab.run(&["verify", &at("app:1.1"), "--key", "release.pub"]).expect(0);
    lab.run(&["rm", &at("app:1.0")]).expect(0);
    assert_eq!(lab.at_hub("1.0"), None);
    lab.run(&["gc", &at("app"), "--keep", "1"]).expect(0);
    lab.run(&["verify", &at("app:1.1"), "--key", "release.pub"]).expect(0);
}

#[test]
fn a_layout_of_skopeo_is_signed_and_verified_by_its_own_name() {
    let lab = lab();
    let host = lab.registry.address();
    lab.run(&["push", "images", &format!("{host}/team/app:1.0")]).expect(0);
    let layout = lab.castoff.path("theirs");
    let skopeo = Skopeo::new();
    for name in ["v2", "latest"] {
        let to = format!("oci:{}:{name}", layout.display());
        skopeo.copy_to(&format!("docker://{host}/team/app:1.0"), &to);
    }
    let [v2, latest, other] = ["v2", "latest", "v3"].map(|name| format!("oci:theirs:{name}"));
    let told = lab.run(&["verify", &v2, "--key", "release.pub"]).expect(6).stderr;
    assert!(told.contains("has no signature"), "{told}");
    lab.run(&["sign", &v2, "--key", "release.key"]).expect(0);
    for name in [&v2, &latest] {
        lab.run(&["verify", name, "--key", "release.pub"]).expect(0);
    }
    let told = lab.run(&["verify", &other, "--key", "release.pub"]).expect(4).stderr;
    assert!(told.contains("v3"), "{told}");
    // Another tool still reads it by its name.
    assert_eq!(
        skopeo.digest(&format!("oci:{}:v2", layout.display())),
        skopeo.digest(&format!("docker://{host}/team/app:1.0"))
    );
}
