//! What goes wrong on the way, and what a release makes of it: castoff itself
//! before a registry behind a proxy that makes faults, and a layout beside it.

mod agreed;
mod bare;
mod both_signed;
mod brought_back;
mod browse;
mod certificates;
mod conflict;
mod console;
mod console_browse;
mod console_hostile;
mod console_pages;
mod console_prompt;
mod console_walk;
mod countersigned;
mod elsewhere;
mod end;
mod kept;
mod large_blob;
mod many_tags;
mod own_certificate;
mod palette;
mod pass;
mod platform;
mod promotion;
mod refused;
mod removal;
mod repair;
mod signals;
mod signing;
mod statuses;
mod upkeep;

#[expect(dead_code, reason = "these tests need one form of archive")]
#[path = "../../it/support/images.rs"]
pub(crate) mod images;
#[expect(dead_code, reason = "these tests need plain tars")]
#[path = "../../it/support/tars.rs"]
pub(crate) mod tars;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process::Command,
};

use castoff::{
    model::Digest,
    plan::Plan,
    run::{Event, EventKind, Outcome},
};
use serde_json::Value;

use self::images::{Form, Image};
use crate::support::{Castoff, DockerRegistry, Ended, Fault, FaultProxy, Rule, Skopeo, run};

const ARM: &str = "linux/arm64";

/// A project with an image for two platforms, and a registry.
struct Lab {
    castoff: Castoff,
    registry: DockerRegistry,
}

/// What castoff told, line by line.
struct Told(Vec<Event>);

impl Lab {
    fn new() -> Self {
        let lab = Self { castoff: Castoff::new(), registry: DockerRegistry::start() };
        lab.content("one");
        lab
    }

    /// A project whose image has layers of a size that is sent in pieces.
    fn large() -> Self {
        let lab = Self::new();
        lab.content_of("large", 1_500_000);
        lab
    }

    /// Makes the image anew, of layers that depend on `seed`.
    fn content(&self, seed: &str) {
        self.content_of(seed, 100_000);
    }

    fn content_of(&self, seed: &str, size: usize) {
        for (name, platform) in [("linux.amd64", "linux/amd64"), ("linux.arm64", ARM)] {
            let own = tars::Tar::default().file("blob", noise(&format!("{seed} {platform}"), size));
            let shared = tars::layer("shared", seed);
            let archive = Image::new(platform, &[shared, own.finish()]).save(Form::Legacy, true);
            self.castoff.write(&format!("images/{name}.tar"), archive);
        }
    }

    /// Releases `version` to the registry at `host` as `hub`, and to `shelf`.
    fn configure(&self, version: &str, host: &str) {
        self.configure_sinks(version, &[hub(host), shelf("shelf")], "");
    }

    fn configure_sinks(&self, version: &str, sinks: &[String], release: &str) {
        self.castoff.configure(&format!(
            "[release]\nversion = \"{version}\"\ntags = [\"{{version}}\", \"latest\"]\n{release}\n\
             [engine]\ndelay = \"10ms\"\nmax_delay = \"40ms\"\nshow_timeout = \"1s\"\n\
             [[artifact]]\nname = \"app\"\nfrom = {{ archives = \"images\" }}\n{}",
            sinks.concat()
        ));
    }

    /// Runs castoff on a thread where it may block.
    fn run(&self, arguments: &[&str]) -> Ended {
        tokio::task::block_in_place(|| self.castoff.run(arguments))
    }

    /// The digests that a release will have: of each platform's manifest, and
    /// of the index, by job.
    fn foresee(&self) -> BTreeMap<String, Digest> {
        self.configure_sinks("0.0.0", &[shelf("foreseen")], "");
        let ended = self.run(&["--batch", "--json"]).expect(0);
        Told::by(&ended).made()
    }

    /// What a tag of the repository names at the registry.
    fn at_hub(&self, tag: &str) -> Option<String> {
        let link = format!("repositories/team/app/_manifests/tags/{tag}/current/link");
        fs::read_to_string(self.registry.storage().join(link)).ok()
    }

    /// What a tag names in the layout.
    fn at_shelf(&self, tag: &str) -> Option<String> {
        self.at_shelf_of("app", tag)
    }

    /// The same, of another name.
    fn at_shelf_of(&self, name: &str, tag: &str) -> Option<String> {
        let index = fs::read(self.castoff.path("shelf/index.json")).ok()?;
        let index: Value = serde_json::from_slice(&index).expect("JSON");
        let named = |entry: &&Value| {
            entry["annotations"]["org.opencontainers.image.ref.name"] == format!("{name}:{tag}")
        };
        let entry = index["manifests"].as_array().expect("a list").iter().find(named)?;
        Some(entry["digest"].as_str().expect("a digest").to_owned())
    }

    /// Fails unless both sinks name the same digest, and all of it is there.
    #[track_caller]
    fn expect_published(&self, tag: &str) -> String {
        let digest = self.at_shelf(tag).expect("the layout has the tag");
        assert_eq!(self.at_hub(tag).as_ref(), Some(&digest));
        self.expect_whole("team/app", tag, &digest);
        digest
    }

    /// Has another tool read all that a tag names.
    #[track_caller]
    fn expect_whole(&self, repository: &str, tag: &str, digest: &str) {
        let reference = format!("docker://{}/{repository}:{tag}", self.registry.address());
        assert_eq!(Skopeo::new().copy_all(&reference), digest);
    }

    /// Fails if either sink has the tag.
    #[track_caller]
    fn expect_no_tag(&self, tag: &str) {
        assert_eq!((self.at_hub(tag), self.at_shelf(tag)), (None, None));
    }

    /// The newest run's name.
    fn newest_run(&self) -> String {
        let runs = self.run(&["runs", "--json"]).expect(0).stdout;
        let newest: Value =
            serde_json::from_str(runs.lines().last().expect("a run")).expect("JSON");
        newest["run"].as_str().expect("a name").to_owned()
    }

    /// How each run stands, oldest first.
    fn standings(&self) -> Vec<String> {
        let runs = self.run(&["runs", "--json"]).expect(0).stdout;
        let standing = |line: &str| {
            let run: Value = serde_json::from_str(line).expect("JSON");
            run["standing"].as_str().expect("a word").to_owned()
        };
        runs.lines().map(standing).collect()
    }

    fn journal(&self, run: &str) -> PathBuf {
        self.castoff.path(&format!("../home/state/castoff/runs/{run}.jsonl"))
    }

    /// The plan of a run.
    fn plan(&self, run: &str) -> Plan {
        let journal = fs::read_to_string(self.journal(run)).expect("a journal");
        Told::parse(&journal).plan().clone()
    }
}

impl Told {
    fn by(ended: &Ended) -> Self {
        Self::parse(&ended.stdout)
    }

    fn parse(text: &str) -> Self {
        Self(text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect())
    }

    fn plan(&self) -> &Plan {
        match &self.0.first().expect("an event").event {
            EventKind::RunStarted { plan, .. } => plan,
            other => panic!("{other:?} begins a run"),
        }
    }

    /// The jobs that were attempted.
    fn attempted(&self, plan: &Plan) -> BTreeSet<String> {
        let attempted = self.0.iter().filter_map(|event| match event.event {
            EventKind::AttemptStarted { job, .. } => Some(plan.job(job)?.work.to_string()),
            _ => None,
        });
        attempted.collect()
    }

    /// What each job made or staged.
    fn made(&self) -> BTreeMap<String, Digest> {
        let plan = self.plan();
        let made = self.0.iter().filter_map(|event| match &event.event {
            EventKind::JobFinished { job, outcome: Outcome::Done { made, .. } } => {
                Some((plan.job(*job)?.work.to_string(), made.first()?.digest.clone()))
            }
            _ => None,
        });
        made.collect()
    }
}

fn hub(host: &str) -> String {
    format!("[[sink]]\nname = \"hub\"\nurl = \"docker://{host}/team\"\n")
}

fn shelf(folder: &str) -> String {
    format!("[[sink]]\nname = \"shelf\"\nurl = \"oci:{folder}\"\n")
}

/// A registry's refusal for good, in its own words.
fn denied(words: &str) -> Fault {
    let errors = serde_json::json!({ "errors": [{ "code": "DENIED", "message": words }] });
    Fault::Answer(crate::support::Answer::new(403).body(errors.to_string()))
}

/// A release of which the registry refuses the manifest for arm64.
async fn refused() -> (Lab, FaultProxy) {
    let lab = Lab::new();
    let arm = lab.foresee()["push app linux/arm64 → shelf"].clone();
    let rule = Rule::on("PUT", &format!("/manifests/{arm}"), denied("no arms in here"));
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    (lab, proxy)
}

/// Bytes that nothing can compress, the same for one seed.
fn noise(seed: &str, size: usize) -> Vec<u8> {
    let block = |place: usize| Digest::of(format!("{seed} {place}").as_bytes()).hex().to_owned();
    let hex: String = (0..size / 32).map(block).collect();
    hex::decode(hex).expect("digests are hexadecimal")
}

/// Sends a signal to a process that the test started.
fn signal(process: u32, name: &str) {
    run(Command::new("kill").args([&format!("-{name}"), &process.to_string()]));
}
