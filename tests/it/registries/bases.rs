//! What an image is built on, which a registry gives as something else.

use castoff::model::media_type;
use serde_json::json;

use super::{Answer, Asked, Desk, Registry};

/// A registry with a base that has something done in builds upon it, whose
/// configuration it sends so.
fn sending(config: fn(Answer) -> Answer) -> Registry {
    let registry = Registry::with(move |asked: &Asked, usual| {
        let answer = usual();
        let is_config = asked.is("GET", "/blobs/") && answer.body.starts_with(b"{");
        if is_config { config(answer) } else { answer }
    });
    {
        let mut held = registry.held();
        let config = json!({
            "os": "linux", "architecture": "amd64", "rootfs": { "type": "layers", "diff_ids": [] },
            "config": { "OnBuild": ["COPY --from=other.invalid/x:1 / /"] },
        });
        let config = held.blob(media_type::CONFIG, config.to_string());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": [],
        });
        held.put("1", media_type::MANIFEST, manifest.to_string());
    }
    registry
}

/// What is said of a release that is built on the base.
fn told(registry: &Registry) -> String {
    let desk = Desk::new().env("DOCKER_HOST", "unix:///nonexistent");
    let base = registry.url(":1").replace("docker://", "");
    desk.write("app/Dockerfile", format!("FROM {base}\n"));
    desk.write(
        "castoff.toml",
        "[release]\nversion = \"1.0\"\nplatforms = [\"linux/amd64\"]\n\
         [[artifact]]\nname = \"app\"\nfrom = { dockerfile = \"app\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n",
    );
    desk.run(&["plan"]).expect(0).stderr
}

#[test]
fn what_a_base_has_done_is_not_read_from_another_configuration() {
    let good = told(&sending(|answer| answer));
    assert!(good.contains("other.invalid/x:1"), "{good}");
    assert!(!good.contains("ONBUILD"), "{good}");
    let other = |answer: Answer| Answer { body: vec![b' '; answer.body.len()], ..answer };
    let bad = told(&sending(other));
    assert!(bad.contains("ONBUILD of 127.0.0.1:"), "{bad}");
    assert!(bad.contains("the registry has other content under sha256:"), "{bad}");
}
