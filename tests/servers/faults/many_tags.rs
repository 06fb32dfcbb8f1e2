//! Many tags that go at once, at a registry that deletes digests alone.

use std::process::Command;

use super::Lab;
use crate::support::{Skopeo, run};

#[test]
fn of_many_tags_that_go_at_once_none_stays_listed() {
    const ROUNDS: usize = 3;
    const TAGS: usize = 24;
    let lab = Lab::new();
    lab.configure("9.0.0", lab.registry.address());
    lab.run(&["--batch", "--sink", "hub"]).expect(0);
    let repository = format!("http://{}/v2/team/app", lab.registry.address());
    let manifest =
        Skopeo::new().raw(&format!("docker://{}/team/app:9.0.0", lab.registry.address()));
    let manifest = lab.castoff.write("index", manifest).display().to_string();
    let kind = "Content-Type: application/vnd.oci.image.index.v1+json";
    for _ in 0..ROUNDS {
        let mut curl = Command::new("curl");
        curl.args(["-sf", "-X", "PUT", "-H", kind, "--data-binary", &format!("@{manifest}")]);
        run(curl.arg(format!("{repository}/manifests/v0.1.[1-{TAGS}]")));
        let ended = lab.run(&["gc", "hub/app", "--keep", "1", "-v"]).expect(0);
        assert_eq!(ended.stderr.matches("can only delete digests").count(), TAGS);
        assert!(!ended.stderr.contains("next attempt in"), "{}", ended.stderr);
        let listed = run(Command::new("curl").args(["-s", &format!("{repository}/tags/list")]));
        assert!(!listed.contains("v0.1"), "{listed}");
    }
    lab.run(&["inspect", "hub/app:9.0.0"]).expect(0);
}
