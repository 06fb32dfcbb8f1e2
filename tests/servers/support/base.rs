//! An image that others are built on, and that moves.

use super::{Castoff, DockerRegistry, Skopeo, busybox, copy_folder};

/// A registry with `acme/base:1`.
pub(crate) struct Base(pub(crate) DockerRegistry);

impl Base {
    pub(crate) fn start() -> Self {
        Self(DockerRegistry::start())
    }

    /// What a Dockerfile calls it.
    pub(crate) fn name(&self) -> String {
        format!("{}/acme/base:1", self.0.address())
    }

    /// Publishes busybox with `/release`, in which `text` stands, as the base
    /// for four platforms; returns its digest.
    pub(crate) fn publish(&self, castoff: &Castoff, text: &str) -> String {
        let folder = format!("../base-{text}");
        copy_folder(&busybox::archives(text), &castoff.path(&folder));
        let url = format!("docker://{}", self.name());
        // In a project's folder its configuration would count.
        let mut push = castoff.command(&["push", "--insecure", &folder, &url]);
        let pushed = push.output().expect("castoff can be run");
        super::Ended::from(pushed).expect(0);
        Skopeo::new().digest(&format!("docker://{}", self.name()))
    }

    /// A project whose image is built on the base, and goes to the folder
    /// `out` of the project: the image is built again where the base moved, and
    /// not otherwise; a run that is gone on with builds on what it began with.
    #[track_caller]
    pub(crate) fn expect_followed(&self, castoff: &Castoff, out: &str) {
        let release = || castoff.run(&["--batch", "-v"]).expect(0).stderr;
        let one = self.publish(castoff, "one");
        let first = release();
        assert!(first.contains(&one), "it was built on the base: {first}");
        let again = release();
        assert!(!again.contains(": building "), "{again}");

        let two = self.publish(castoff, "two");
        let (out, away) = (castoff.path(out), castoff.path("../away"));
        std::fs::rename(&out, &away).expect("it is there");
        std::fs::write(&out, "no folder").expect("the folder can be written");
        let begun = castoff.run(&["--batch"]).expect(4).stderr;
        let run = begun.strip_prefix("run ").and_then(|rest| rest.split(':').next());
        std::fs::remove_file(&out).expect("it is there");
        std::fs::rename(&away, &out).expect("it is there");
        let three = self.publish(castoff, "four");
        let resumed = castoff.run(&["resume", "-v", run.expect("it has a name")]).expect(0).stderr;
        let is_two = resumed.contains(&two) && !resumed.contains(&three);
        assert!(is_two, "a resume builds what it began with: {resumed}");

        let moved = release();
        assert!(moved.contains(": building ") && moved.contains(&three), "{moved}");
    }
}
