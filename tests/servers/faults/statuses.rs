//! What an exit status says of the tags: the table of the manual, each line of
//! it at a registry, in a bucket and in a layout.

use std::{
    fs::{self, File},
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::{runtime::Runtime, sync::Notify, time::timeout};

use super::{
    images::{Form, Image},
    noise, signal, tars,
};
use crate::support::{Answer, Castoff, DockerRegistry, Ended, Fault, FaultProxy, Garage, Rule};

/// Where the tags are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Registry,
    Bucket,
    Layout,
}

use Place::{Bucket, Layout, Registry};

const ALL: [Place; 3] = [Registry, Bucket, Layout];

/// A project that releases to a place behind a proxy that makes faults, called
/// `place`, and to a registry behind another proxy, called `gate`.
struct Stage {
    place: Place,
    name: String,
    castoff: Castoff,
    runtime: Runtime,
    servers: (DockerRegistry, Arc<Garage>),
    faults: FaultProxy,
    gate: FaultProxy,
    /// Told when the gate holds a request, and tells it to go on.
    held: (Arc<Notify>, Arc<Notify>),
}

/// Which of the two sinks moves its tags first.
#[derive(Clone, Copy, PartialEq)]
enum First {
    Place,
    Gate,
}

impl Stage {
    /// `line` names the line of the table, and what is released.
    fn new(place: Place, line: &str, faults: Vec<Rule>) -> Self {
        Self::holding(place, line, faults, None)
    }

    /// The same, where the gate holds the first request that puts this.
    fn holding(place: Place, line: &str, faults: Vec<Rule>, path: Option<&str>) -> Self {
        let runtime = Runtime::new().unwrap();
        let (registry, garage) = (DockerRegistry::start(), Garage::shared());
        let upstream = match place {
            Bucket => garage.endpoint(),
            Registry | Layout => registry.address().to_owned(),
        };
        let held = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (came, go) = held.clone();
        let rule = |path: &str| Rule::on("PUT", path, Fault::Hold { came, go }).times(1);
        let rules = path.map(rule).into_iter().collect();
        let faults = runtime.block_on(FaultProxy::start(&upstream, faults));
        let gate = runtime.block_on(FaultProxy::start(registry.address(), rules));
        let castoff = Castoff::new().with(&garage);
        archive(&castoff, "ours");
        let name = format!("{line}-{place:?}").to_lowercase();
        let servers = (registry, garage);
        Self { place, name, castoff, runtime, servers, faults, gate, held }
    }

    /// Configures a release of `version`; `more` follows `[release]`.
    fn configure(&self, version: &str, first: First, more: &str) {
        let [one, two] = match first {
            First::Place => [self.sink(), self.gate_sink()],
            First::Gate => [self.gate_sink(), self.sink()],
        };
        self.castoff.configure(&format!(
            "[release]\nversion = \"{version}\"\nplatforms = [\"linux/amd64\"]\n\
             tags = [\"{{version}}\", \"latest\"]\n{more}\n\
             [engine]\ndelay = \"10ms\"\nmax_delay = \"20ms\"\nattempts = 2\n\
             [[artifact]]\nname = \"{}\"\nfrom = {{ archives = \"images\" }}\n{one}{two}",
            self.name
        ));
    }

    fn url(&self) -> String {
        match self.place {
            Registry => format!("docker://{}/place", self.faults.address()),
            Bucket => {
                self.servers.1.url().replace(&self.servers.1.endpoint(), self.faults.address())
            }
            Layout => "oci:shelf".to_owned(),
        }
    }

    fn sink(&self) -> String {
        format!("[[sink]]\nname = \"place\"\nurl = \"{}\"\n", self.url())
    }

    fn gate_sink(&self) -> String {
        format!("[[sink]]\nname = \"gate\"\nurl = \"docker://{}/gate\"\n", self.gate.address())
    }

    fn batch(&self) -> Ended {
        self.castoff.run(&["--batch"])
    }

    fn spawn(&self) -> Child {
        let mut command = self.castoff.command(&["--batch"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits until the gate holds what it is to hold.
    fn wait(&self) {
        let came = self.held.0.notified();
        let came = self.runtime.block_on(async { timeout(Duration::from_secs(30), came).await });
        came.expect("the gate is asked");
    }

    fn go(&self, process: Child) -> Ended {
        self.held.1.notify_one();
        process.wait_with_output().unwrap().into()
    }

    /// What a tag names at a sink, when all faults are over.
    fn tag(&self, sink: &str, tag: &str) -> Option<String> {
        self.faults.mend();
        self.gate.mend();
        let reference = format!("{sink}/{}:{tag}", self.name);
        let ended = self.castoff.run(&["inspect", &reference, "--json"]);
        if ended.status == Some(4) {
            return None;
        }
        let told: serde_json::Value = serde_json::from_str(&ended.expect(0).stdout).unwrap();
        Some(told["root"]["digest"].as_str().unwrap().to_owned())
    }

    /// Fails unless the tags of the release stand so: at the place, and at the
    /// gate.
    #[track_caller]
    fn expect_moved(&self, version: &str, at_place: bool, at_gate: bool) {
        for (sink, is_moved) in [("place", at_place), ("gate", at_gate)] {
            for tag in [version, "latest"] {
                let there = self.tag(sink, tag).is_some();
                assert_eq!(there, is_moved, "{tag} at {sink}: {:?}", self.place);
            }
        }
    }

    /// Moves a tag of the place, as another publisher does.
    fn overtake(&self, tag: &str) {
        let other = Castoff::new().with(&self.servers.1);
        archive(&other, "theirs");
        let name = format!("{}:{tag}", self.name);
        let url = match self.place {
            Registry => format!("docker://{}/place/{name}", self.servers.0.address()),
            Bucket => self.servers.1.url(),
            Layout => format!("oci:{}", self.castoff.path("shelf").display()),
        };
        let ended = if self.place == Registry {
            other.run(&["push", "images", &url])
        } else {
            other.run(&["push", "-t", &name, "images", &url])
        };
        ended.expect(0);
    }
}

impl Ended {
    /// Fails unless it ended so and said this.
    #[track_caller]
    fn tells(self, status: i32, parts: &[&str]) {
        let ended = self.expect(status);
        for part in parts {
            assert!(ended.stderr.contains(part), "`{part}` is not in\n{}", ended.stderr);
        }
    }
}

fn answer(status: u16) -> Fault {
    Fault::Answer(Answer::new(status))
}

/// An error in the words of a registry, which S3 does not read.
fn error(status: u16, code: &str, message: &str) -> Fault {
    let errors = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
    Fault::Answer(Answer::new(status).body(errors.to_string()))
}

#[test]
fn status_0_says_that_all_tags_moved() {
    for place in ALL {
        let stage = Stage::new(place, "all", vec![]);
        stage.configure("1.0", First::Place, "");
        assert_eq!(stage.batch().expect(0).stdout.lines().count(), 4);
        stage.expect_moved("1.0", true, true);
    }
}

#[test]
fn status_1_of_lost_output_says_that_all_tags_moved() {
    for place in ALL {
        let stage = Stage::new(place, "lost", vec![]);
        stage.configure("1.0", First::Place, "");
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = stage.castoff.command(&["--batch"]).stdout(full).output().unwrap();
        Ended::from(ended).tells(1, &["cannot be written", "only what is printed was lost"]);
        stage.expect_moved("1.0", true, true);
    }
}

#[test]
fn status_2_says_that_no_tag_moved() {
    for place in ALL {
        let stage = Stage::new(place, "usage", vec![]);
        stage.configure("1.0", First::Place, "");
        stage.castoff.run(&["--batch", "--sink"]).expect(2);
        stage.configure("1.0", First::Place, "nonsense = 1");
        stage.batch().expect(2);
        stage.configure("1.0", First::Place, "");
        stage.expect_moved("1.0", false, false);
    }
}

#[test]
fn status_3_before_the_start_says_that_no_tag_moved_and_that_it_may_pass() {
    // Nothing passes by itself on this machine's own disk.
    for (place, status) in
        [Registry, Bucket].into_iter().flat_map(|of| [429, 500, 503].map(|status| (of, status)))
    {
        let stage =
            Stage::new(place, &format!("pass{status}"), vec![Rule::on("*", "", answer(status))]);
        stage.configure("1.0", First::Place, "");
        stage.batch().tells(3, &["no tag moved at any sink", "castoff resume"]);
        stage.expect_moved("1.0", false, false);
        // What only looks says the same of a server that may come back.
        let stage =
            Stage::new(place, &format!("look{status}"), vec![Rule::on("*", "", answer(status))]);
        stage.configure("1.0", First::Place, "");
        stage.castoff.run(&["plan"]).expect(3);
        let reference = format!("place/{}:1.0", stage.name);
        stage.castoff.run(&["inspect", &reference]).expect(3);
    }
}

#[test]
fn status_3_of_content_that_does_not_arrive_says_that_no_tag_moved() {
    for place in ALL {
        let rules = vec![Rule::on("PUT", "/manifests/sha256", answer(500))];
        let stage = Stage::holding(place, "sent", rules, Some("/manifests/sha256"));
        stage.configure("1.0", First::Place, "");
        let process = stage.spawn();
        stage.wait();
        if place == Layout {
            let folder = stage.castoff.path("shelf");
            fs::remove_dir_all(&folder).unwrap();
            fs::write(&folder, "no folder").unwrap();
        }
        let ended = stage.go(process);
        if place == Layout {
            fs::remove_file(stage.castoff.path("shelf")).unwrap();
        }
        ended.tells(3, &["no tag moved at any sink", "try again: castoff resume"]);
        stage.expect_moved("1.0", false, false);
    }
}

#[test]
fn status_3_of_a_tag_says_which_moved_and_which_did_not() {
    for place in ALL {
        // The gate moves its tags first; then the place cannot.
        let rules = vec![Rule::on("PUT", "/manifests/1.0", answer(500))];
        let stage = Stage::holding(place, "half", rules, Some("/manifests/1.0"));
        stage.configure("1.0", First::Gate, "");
        let process = stage.spawn();
        stage.wait();
        let index = stage.castoff.path("shelf/index.json");
        if place == Layout {
            fs::create_dir_all(index.join("in the way")).unwrap();
        }
        let ended = stage.go(process);
        if place == Layout {
            fs::remove_dir_all(&index).unwrap();
        }
        let name = &stage.name;
        ended.tells(
            3,
            &[
                &format!("gate  gate/{name}:1.0  moved"),
                &format!("gate  gate/{name}:latest  moved"),
                ":1.0  may have moved",
                ":latest  not moved",
                "resume: castoff resume",
            ],
        );
        stage.expect_moved("1.0", false, true);
        stage.castoff.run(&["resume"]).expect(0);
        stage.expect_moved("1.0", true, true);
    }
}

#[test]
fn status_3_of_a_tag_that_is_refused_says_that_it_did_not_move() {
    // A layout has no server that refuses.
    for place in [Registry, Bucket] {
        let rules = vec![Rule::on("PUT", "/manifests/1.0", error(403, "DENIED", "not today"))];
        let stage = Stage::new(place, "refused", rules);
        stage.configure("1.0", First::Gate, "");
        let name = stage.name.clone();
        stage.batch().tells(3, &[&format!("gate  gate/{name}:1.0  moved"), ":1.0  not moved"]);
        stage.expect_moved("1.0", false, true);
    }
}

#[test]
fn status_5_of_a_server_that_writes_a_tag_once_says_that_it_did_not_move() {
    let told = error(400, "TAG_INVALID", "the tag cannot be overwritten because it is immutable");
    for (place, fault) in [(Registry, told), (Registry, answer(412)), (Bucket, answer(412))] {
        let stage = Stage::new(place, "kept", vec![Rule::on("PUT", "/manifests/1.0", fault)]);
        stage.configure("1.0", First::Gate, "");
        let name = stage.name.clone();
        stage.batch().tells(5, &[&format!("gate  gate/{name}:1.0  moved"), ":1.0  not moved"]);
        stage.expect_moved("1.0", false, true);
    }
}

#[test]
fn status_4_says_that_no_tag_moved_and_that_it_stays() {
    for place in ALL {
        let stage = Stage::new(place, "stays", vec![Rule::on("*", "", error(403, "DENIED", "no"))]);
        stage.configure("1.0", First::Place, "");
        if place == Layout {
            stage.castoff.write("shelf", "no folder");
        }
        stage.batch().tells(4, &["no tag moved at any sink"]);
        if place == Layout {
            fs::remove_file(stage.castoff.path("shelf")).unwrap();
        }
        stage.expect_moved("1.0", false, false);
    }
}

#[test]
fn status_5_before_the_start_says_that_no_tag_moved() {
    for place in ALL {
        let stage = Stage::new(place, "once", vec![]);
        stage.configure("1.0", First::Place, "immutable = [\"1.0\"]");
        stage.overtake("1.0");
        let theirs = stage.tag("place", "1.0");
        stage.batch().tells(5, &["is immutable", "no tag moved at any sink"]);
        assert_eq!(stage.tag("place", "1.0"), theirs);
        assert_eq!((stage.tag("place", "latest"), stage.tag("gate", "1.0")), (None, None));
    }
}

#[test]
fn status_5_of_a_tag_that_another_publisher_moved_leaves_it_alone() {
    for place in ALL {
        let stage = Stage::holding(place, "overtaken", vec![], Some("/manifests/sha256"));
        stage.configure("1.0", First::Place, "");
        let process = stage.spawn();
        stage.wait();
        stage.overtake("1.0");
        stage.go(process).tells(5, &["moved meanwhile", "no tag moved at any sink"]);
        assert!(stage.tag("place", "1.0").is_some());
        assert_eq!((stage.tag("place", "latest"), stage.tag("gate", "1.0")), (None, None));
    }
}

#[test]
fn status_5_half_way_says_which_tags_moved() {
    for place in ALL {
        // The gate has moved its tags when the other publisher comes.
        let stage = Stage::holding(place, "late", vec![], Some("/manifests/1.0"));
        stage.configure("1.0", First::Gate, "");
        let process = stage.spawn();
        stage.wait();
        stage.overtake("1.0");
        let theirs = Some(stage.tag_now("1.0"));
        let name = stage.name.clone();
        stage
            .go(process)
            .tells(5, &[&format!("gate  gate/{name}:1.0  moved"), ":latest  not moved"]);
        assert_eq!(stage.tag("place", "1.0"), theirs);
        assert!(stage.tag("gate", "latest").is_some());
    }
}

#[test]
fn status_6_says_that_no_tag_moved() {
    for place in ALL {
        let stage = Stage::new(place, "damaged", vec![]);
        stage.configure("1.0", First::Place, "");
        stage.castoff.run(&["push", "-q", "-t", "app:1", "images", "oci:damaged"]).expect(0);
        let blobs = fs::read_dir(stage.castoff.path("damaged/blobs/sha256")).unwrap();
        let blobs = blobs.map(|blob| blob.unwrap().path());
        let largest = blobs.max_by_key(|blob| blob.metadata().unwrap().len()).unwrap();
        let mut bytes = fs::read(&largest).unwrap();
        bytes[1000] ^= 1;
        fs::write(&largest, bytes).unwrap();
        // Of the store, the damaged blob would be taken.
        let elsewhere = stage.castoff.path("../home/cache");
        fs::remove_dir_all(elsewhere).unwrap();
        let to = format!("place/{}:1.0", stage.name);
        stage.castoff.run(&["copy", "oci:damaged:app:1", &to]).tells(6, &["no tag moved"]);
        assert_eq!(stage.tag("place", "1.0"), None);
    }
}

#[test]
fn status_130_before_the_tags_says_that_none_moved() {
    for place in ALL {
        let stage = Stage::holding(place, "stopped", vec![], Some("/manifests/sha256"));
        stage.configure("1.0", First::Place, "");
        let process = stage.spawn();
        stage.wait();
        signal(process.id(), "TERM");
        let ended: Ended = process.wait_with_output().unwrap().into();
        ended.tells(130, &["no tag moved at any sink", "try again: castoff resume"]);
        stage.held.1.notify_one();
        stage.expect_moved("1.0", false, false);
    }
}

#[test]
fn status_130_among_the_tags_says_which_moved() {
    for place in ALL {
        let stage = Stage::holding(place, "cut", vec![], Some("/manifests/1.0"));
        stage.configure("1.0", First::Place, "");
        let process = stage.spawn();
        stage.wait();
        signal(process.id(), "TERM");
        let ended: Ended = process.wait_with_output().unwrap().into();
        ended.tells(130, &[":1.0  moved", ":1.0  may have moved", ":latest  not moved"]);
        for tag in ["1.0", "latest"] {
            assert!(stage.tag("place", tag).is_some(), "{tag}: {place:?}");
        }
        stage.held.1.notify_one();
    }
}

impl Stage {
    /// What a tag of the place names now, past its proxy and with all faults.
    fn tag_now(&self, tag: &str) -> String {
        let reference = format!("place/{}:{tag}", self.name);
        let ended = self.castoff.run(&["inspect", &reference, "--json"]).expect(0);
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        told["root"]["digest"].as_str().unwrap().to_owned()
    }
}

/// Makes the image that is released, of a layer that depends on `seed`.
fn archive(castoff: &Castoff, seed: &str) {
    let layer = tars::Tar::default().file("blob", noise(seed, 50_000)).finish();
    castoff.write(
        "images/linux.amd64.tar",
        Image::new("linux/amd64", &[layer]).save(Form::Legacy, true),
    );
}
