//! castoff is killed at many moments of a release, and the run goes on.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::support::{Castoff, DockerRegistry, Garage, Skopeo, busybox, copy_folder};

/// How many lines of events are between two moments.
const STEP: usize = 7;

struct Setting {
    garage: std::sync::Arc<Garage>,
    registry: DockerRegistry,
    skopeo: Skopeo,
}

/// A new project, which has released version 1 as `NAME:1` and `NAME:latest`,
/// and is about to release version 2.
struct Project<'a> {
    castoff: Castoff,
    setting: &'a Setting,
    name: String,
}

impl Setting {
    fn project(&self, name: &str) -> Project<'_> {
        let castoff = Castoff::new().with(&self.garage);
        copy_folder(&busybox::archives("one"), &castoff.path("1"));
        copy_folder(&busybox::archives("two"), &castoff.path("2"));
        castoff.write("df1/linux/amd64/tool", "one");
        castoff.write("df2/linux/amd64/tool", "two");
        let project = Project { castoff, setting: self, name: name.to_owned() };
        project.configure(1);
        project.castoff.run(&["--batch"]).expect(0);
        project.configure(2);
        project
    }
}

impl Project<'_> {
    fn configure(&self, version: u32) {
        let (registry, bucket) = (self.setting.registry.address(), self.setting.garage.url());
        let name = &self.name;
        self.castoff.configure(&format!(
            r#"
            [release]
            version = "{version}"
            tags = ["{{version}}", "latest"]
            [[artifact]]
            name = "{name}"
            from = {{ archives = "{version}" }}
            [[artifact]]
            name = "{name}-files"
            from = {{ files = "df{version}" }}
            [[sink]]
            name = "hub"
            url = "docker://{registry}"
            [[sink]]
            name = "garage"
            url = "{bucket}"
            [[sink]]
            name = "shelf"
            url = "oci:shelf"
            "#
        ));
    }

    /// What a tag names at each sink, each copied whole.
    fn pulled(&self, tag: &str) -> [String; 3] {
        let (registry, web) = (self.setting.registry.address(), self.setting.garage.web());
        let (name, layout) = (&self.name, self.castoff.path("shelf"));
        [
            format!("docker://{registry}/{name}:{tag}"),
            format!("docker://{web}/{name}:{tag}"),
            format!("oci:{}:{name}:{tag}", layout.display()),
        ]
        .map(|reference| self.setting.skopeo.copy_all(&reference))
    }

    /// Begins the release, and kills castoff when it has printed so many
    /// lines of events that hold `word`; whether that left the run unfinished.
    fn kill_after(&self, lines: usize, word: &str) -> bool {
        let mut command = self.castoff.command(&["--batch", "--output", "json"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let events = BufReader::new(process.stdout.take().unwrap()).lines();
        let events = events.map_while(Result::ok).filter(|line| line.contains(word));
        let seen = events.take(lines).count();
        process.kill().unwrap();
        process.wait().unwrap();
        seen == lines && !self.is_done()
    }

    /// Whether the newest run's journal has its end: castoff may have come
    /// further than what it had printed.
    fn is_done(&self) -> bool {
        let runs = self.castoff.run(&["runs", "--json"]).stdout;
        runs.lines().last().is_some_and(|run| run.contains(r#""standing":"done""#))
    }

    /// Fails unless each tag is old or new and whole, and unless all are right
    /// once the run was resumed.
    fn resume(&self, old: &str, new: &str, at: &str) {
        assert!(self.pulled("1").iter().all(|digest| digest == old), "{at}");
        let pulled = self.pulled("latest");
        assert!(pulled.iter().all(|digest| [old, new].contains(&digest.as_str())), "{at}");
        self.castoff.run(&["resume"]).expect(0);
        for (tag, digest) in [("1", old), ("2", new), ("latest", new)] {
            assert!(self.pulled(tag).iter().all(|pulled| pulled == digest), "{tag} {at}");
        }
        let (garage, files) = (&self.setting.garage, format!("df-dist-v1/{}-files", self.name));
        for (tag, content) in [("1", "one"), ("2", "two"), ("latest", "two")] {
            assert_eq!(garage.text(&format!("{files}/{tag}/linux/amd64/tool")), content, "{at}");
        }
        let keys = garage.keys(&format!("{files}/"));
        assert_eq!(keys.len(), 6, "three documents and files {at}: {keys:?}");
    }
}

/// Releases until the moments are used up, each time killed `step` lines later.
fn kill_and_resume(name: &str, step: usize, word: &str) -> usize {
    let (garage, registry, skopeo) = (Garage::shared(), DockerRegistry::start(), Skopeo::new());
    let setting = Setting { garage, registry, skopeo };
    let undisturbed = setting.project(&format!("{name}-not"));
    let [old, ..] = undisturbed.pulled("latest");
    undisturbed.castoff.run(&["--batch"]).expect(0);
    let [new, ..] = undisturbed.pulled("latest");
    assert_ne!(old, new);
    for (round, lines) in (1..).step_by(step).enumerate() {
        let project = setting.project(&format!("{name}-{round}"));
        if !project.kill_after(lines, word) {
            return round;
        }
        project.resume(&old, &new, &format!("after {lines} lines with `{word}`"));
    }
    unreachable!("a release has an end")
}

#[test]
fn a_release_that_was_killed_at_any_moment_is_resumed_to_the_same_end() {
    let moments = kill_and_resume("killed", STEP, "");
    assert!(moments > 10, "there are more moments than {moments}");
}

#[test]
fn a_release_that_was_killed_while_a_tag_moves_is_resumed_to_the_same_end() {
    let moments = kill_and_resume("killed-moving", 1, "tag_moving");
    assert!(moments > 4, "there are more moments than {moments}");
}
