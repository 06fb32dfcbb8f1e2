//! What is published, copied, untagged and swept: `castoff copy`, `rm`, `gc`.

use std::{collections::BTreeSet, fs, sync::Arc};

use serde_json::Value;
use tokio::sync::Notify;

use super::{
    Lab, hub,
    images::{Form, Image},
    noise, shelf, tars,
};
use crate::support::{
    Castoff, DockerEngine, DockerRegistry, Fault, FaultProxy, Garage, Rule, Skopeo, run,
};

/// A project that has published four versions, which share a layer, to a
/// registry, a bucket and a layout, and its name at each.
struct Shop {
    lab: Lab,
    garage: Arc<Garage>,
    name: String,
}

const VERSIONS: [&str; 4] = ["0.8", "0.9", "0.10", "0.11"];
const PLACES: [&str; 3] = ["hub", "garage", "shelf"];

impl Shop {
    fn open(name: &str) -> Self {
        let garage = Garage::shared();
        let lab = Lab { castoff: Castoff::new().with(&garage), registry: DockerRegistry::start() };
        let shop = Self { lab, garage, name: name.to_owned() };
        for version in VERSIONS {
            shop.publish(version);
        }
        shop
    }

    fn publish(&self, version: &str) {
        self.content(version);
        self.configure(version);
        self.lab.castoff.run(&["--batch"]).expect(0);
    }

    fn content(&self, version: &str) {
        for (name, platform) in [("linux.amd64", "linux/amd64"), ("linux.arm64", "linux/arm64")] {
            let own =
                tars::Tar::default().file("blob", noise(&format!("{version} {platform}"), 9_000));
            let base = tars::Tar::default().file("base", noise("base", 50_000)).finish();
            let archive = Image::new(platform, &[base, own.finish()]).save(Form::Legacy, true);
            self.lab.castoff.write(&format!("images/{name}.tar"), archive);
        }
    }

    fn configure(&self, version: &str) {
        let name = &self.name;
        let bucket = format!("[[sink]]\nname = \"garage\"\nurl = \"{}\"\n", self.garage.url());
        let sinks = [hub(self.lab.registry.address()), bucket, shelf("shelf")];
        let sinks = sinks.map(|sink| format!("{sink}repository = \"{name}\"\n"));
        self.lab.castoff.configure(&format!(
            "[release]\nversion = \"{version}\"\ntags = [\"{{version}}\"]\n\
             [engine]\ndelay = \"10ms\"\nmax_delay = \"40ms\"\nshow_timeout = \"1s\"\n\
             [[artifact]]\nname = \"app\"\nfrom = {{ archives = \"images\" }}\n{}",
            sinks.concat()
        ));
    }

    fn run(&self, arguments: &[&str]) -> crate::support::Ended {
        self.lab.run(arguments)
    }

    fn at(&self, place: &str) -> String {
        format!("{place}/{}", self.name)
    }

    /// The tags at a place, as castoff lists them.
    fn tags(&self, place: &str) -> Vec<String> {
        let listed = self.run(&["ls", &self.at(place), "--names"]).expect(0).stdout;
        listed.lines().map(str::to_owned).collect()
    }

    fn digest(&self, place: &str, tag: &str) -> String {
        let told = self.run(&["inspect", &format!("{}:{tag}", self.at(place)), "--json"]).expect(0);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        told["root"]["digest"].as_str().unwrap().to_owned()
    }

    /// All that a tag needs, by digest.
    fn needs(&self, tag: &str) -> BTreeSet<String> {
        let told =
            self.run(&["inspect", &format!("{}:{tag}", self.at("garage")), "--json"]).expect(0);
        let tree: Value = serde_json::from_str(&told.stdout).unwrap();
        let digest = |node: &Value| node["digest"].as_str().unwrap().to_owned();
        let mut needs = BTreeSet::from([digest(&tree["root"])]);
        for branch in tree["manifests"].as_array().unwrap() {
            needs.extend([digest(&branch["manifest"]), digest(&branch["config"])]);
            needs.extend(branch["layers"].as_array().unwrap().iter().map(digest));
        }
        needs
    }

    /// The digests that the bucket stores under the name.
    fn in_bucket(&self) -> BTreeSet<String> {
        let keys = self.garage.keys(&format!("v2/{}/", self.name));
        let last = keys.iter().filter_map(|key| key.rsplit('/').next());
        last.filter(|name| name.starts_with("sha256:")).map(str::to_owned).collect()
    }

    /// The digests that the layout stores.
    fn in_layout(&self) -> BTreeSet<String> {
        let blobs = fs::read_dir(self.lab.castoff.path("shelf/blobs/sha256")).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        blobs.map(|entry| format!("sha256:{}", name(entry.unwrap()))).collect()
    }

    fn expect_whole(&self, tag: &str) {
        let digest = self.digest("hub", tag);
        self.lab.expect_whole(&format!("team/{}", self.name), tag, &digest);
        let layout = self.lab.castoff.path("shelf").display().to_string();
        let copied = Skopeo::new().copy_all(&format!("oci:{layout}:{}:{tag}", self.name));
        assert_eq!(copied, self.digest("shelf", tag));
        let web = format!("docker://{}/{}:{tag}", self.garage.web(), self.name);
        assert_eq!(Skopeo::new().copy_all(&web), self.digest("garage", tag));
    }
}

#[test]
fn a_tag_is_removed_alone_everywhere_and_rolled_back() {
    let shop = Shop::open("upkeep-rm");
    for place in PLACES {
        // Another tag of the same must stay, with what both name.
        let (from, twin) = (format!("{}:0.9", shop.at(place)), format!("{}:twin", shop.at(place)));
        shop.run(&["copy", &from, &twin]).expect(0);
        let before = shop.digest(place, "0.9");
        let told = shop.run(&["rm", &from, "--dry-run"]).expect(0).stdout;
        assert!(told.contains("which stay: twin"), "{told}");
        assert_eq!(shop.digest(place, "0.9"), before);
        shop.run(&["rm", &from]).expect(0);
        assert_eq!(shop.tags(place), ["0.8", "0.10", "0.11", "twin"]);
        assert_eq!(shop.digest(place, "twin"), before);
        let ended = shop.run(&["rm", &from]).expect(4);
        assert!(ended.stderr.contains("does not exist"), "{}", ended.stderr);
        let again = shop.run(&["runs", "--json"]).expect(0).stdout;
        let run: Value = serde_json::from_str(again.lines().last().unwrap()).unwrap();
        shop.run(&["rollback", run["run"].as_str().unwrap()]).expect(0);
        assert_eq!(shop.digest(place, "0.9"), before);
        shop.run(&["rm", &twin, "--with-siblings"]).expect(0);
        assert_eq!(shop.tags(place), ["0.8", "0.10", "0.11"]);
    }
    shop.expect_whole("0.10");
}

#[test]
fn collecting_leaves_exactly_what_the_kept_tags_need() {
    let shop = Shop::open("upkeep-gc");
    let needed: BTreeSet<String> =
        ["0.10", "0.11"].iter().flat_map(|tag| shop.needs(tag)).collect();
    let all = shop.in_bucket();
    assert_eq!(shop.in_layout(), all);
    for place in PLACES {
        let told = shop.run(&["gc", &shop.at(place), "--keep", "2", "--dry-run", "--json"]);
        let told: Value = serde_json::from_str(&told.expect(0).stdout).unwrap();
        let tags: Vec<&str> = told["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["tag"].as_str().unwrap())
            .collect();
        assert_eq!(tags, ["0.8", "0.9"], "{place}");
        assert!(!told["objects"].as_array().unwrap().is_empty());
        assert_eq!(told["only_manifests"], place == "hub");
    }
    assert_eq!((shop.in_bucket(), shop.in_layout()), (all.clone(), all));
    for place in PLACES {
        let ended = shop.run(&["gc", &shop.at(place), "--keep", "2"]).expect(0);
        assert!(ended.stderr.contains("removed "), "{}", ended.stderr);
        let says_so =
            ended.stderr.contains("the registry's own garbage collection removes the blobs");
        assert_eq!(says_so, place == "hub", "{}", ended.stderr);
        assert_eq!(shop.tags(place), ["0.10", "0.11"]);
    }
    assert_eq!(shop.in_bucket(), needed);
    assert_eq!(shop.in_layout(), needed);
    let bucket = shop.garage.keys("v2/upkeep-gc/");
    assert!(bucket.iter().all(|key| !key.contains(".castoff")), "{bucket:?}");
    for tag in ["0.10", "0.11"] {
        shop.expect_whole(tag);
    }
    // Once more finds nothing.
    for place in PLACES {
        let ended = shop.run(&["gc", &shop.at(place), "--keep", "2"]).expect(0);
        assert!(!ended.stderr.contains("deleted"), "{}", ended.stderr);
    }
}

#[test]
fn a_collection_is_rolled_back_while_the_content_is_there_and_else_says_why_not() {
    let shop = Shop::open("upkeep-undo");
    let before = shop.digest("hub", "0.8");
    shop.run(&["gc", &shop.at("hub"), "--keep", "1"]).expect(0);
    let gone = format!("docker://{}/team/upkeep-undo@{before}", shop.lab.registry.address());
    shop.run(&["inspect", &gone]).expect(4);
    shop.run(&["rollback", &shop.lab.newest_run()]).expect(0);
    assert_eq!(shop.tags("hub"), VERSIONS);
    assert_eq!(shop.digest("hub", "0.8"), before);
    shop.lab.expect_whole("team/upkeep-undo", "0.8", &before);
    // The machine that published still has the content.
    shop.run(&["gc", &shop.at("garage"), "--keep", "1"]).expect(0);
    shop.run(&["rollback", &shop.lab.newest_run()]).expect(0);
    assert_eq!(shop.tags("garage"), VERSIONS);
    assert_eq!(shop.in_bucket(), VERSIONS.iter().flat_map(|tag| shop.needs(tag)).collect());
    shop.run(&["gc", &shop.at("garage"), "--keep", "1"]).expect(0);
    fs::remove_dir_all(shop.lab.castoff.path("../home/cache")).unwrap();
    let ended = shop.run(&["rollback", &shop.lab.newest_run()]).expect(4);
    assert!(ended.stderr.contains("cannot be restored"), "{}", ended.stderr);
    assert_eq!(shop.tags("garage"), ["0.11"]);
}

#[test]
fn what_is_protected_or_young_stays() {
    let shop = Shop::open("upkeep-kept");
    let place = shop.at("garage");
    let options = ["--keep", "0", "--protect", "0.8", "--protect", "0.1?"];
    let gc = |more: &[&str]| {
        let arguments: Vec<&str> =
            ["gc", &place].iter().chain(&options).chain(more).copied().collect();
        shop.run(&arguments).expect(0)
    };
    // A tag that is taken away by hand leaves what nothing names.
    let own = shop.needs("0.9");
    shop.run(&["rm", &format!("{place}:0.9")]).expect(0);
    let told = gc(&[]);
    assert!(told.stderr.contains("too new to remove"), "{}", told.stderr);
    assert!(own.is_subset(&shop.in_bucket()));
    gc(&["--grace", "0s"]);
    assert_eq!(shop.tags("garage"), ["0.8", "0.10", "0.11"]);
    assert!(!own.is_subset(&shop.in_bucket()));
    let told =
        shop.run(&["gc", &place, "--keep", "0", "--only-development", "--dry-run"]).expect(0);
    assert!(told.stdout.contains("0 tags and 0 objects"), "{}", told.stdout);
    for tag in ["0.8", "0.10", "0.11"] {
        shop.run(&["copy", &format!("{place}:{tag}"), &shop.at("hub")]).expect(0);
    }
}

#[test]
fn files_are_listed_compared_removed_and_collected() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    let folder = format!("dir:{}", castoff.path("out").display());
    for url in [garage.url(), folder] {
        for tag in ["1", "2", "3", "4"] {
            castoff.write("df/linux/amd64/same", "the same");
            castoff.write("df/linux/amd64/tool", format!("version {tag}"));
            castoff.write("df/linux/arm64/tool", format!("version {tag} for arm"));
            castoff.run(&["push", "-t", &format!("upkeep-files:{tag}"), "df", &url]).expect(0);
        }
        let ls = |more: &[&str]| {
            let arguments: Vec<&str> =
                ["ls", &url, "-t", "upkeep-files"].iter().chain(more).copied().collect();
            castoff.run(&arguments).expect(0).stdout
        };
        assert_eq!(ls(&["--names"]), "1\n2\n3\n4\n");
        assert_eq!(ls(&["--names", "--sort", "date"]), "1\n2\n3\n4\n");
        assert!(ls(&[]).contains("linux/amd64, linux/arm64"));
        let names = castoff.run(&["ls", &url]).expect(0).stdout;
        assert!(names.lines().any(|line| line.starts_with("upkeep-files")), "{names}");
        let told = castoff.run(&["inspect", &url, "-t", "upkeep-files:2", "--json"]).expect(0);
        let tree: Value = serde_json::from_str(&told.stdout).unwrap();
        let title =
            &tree["manifests"][0]["layers"][1]["annotations"]["org.opencontainers.image.title"];
        assert_eq!(title, "tool");
        let dry = castoff.run(&["gc", &url, "-t", "upkeep-files", "--keep", "2", "--dry-run"]);
        let dry = dry.expect(0).stdout;
        assert!(
            dry.contains("1/linux/amd64/tool") && dry.contains("2 tags and 6 objects"),
            "{dry}"
        );
        assert_eq!(ls(&["--names"]), "1\n2\n3\n4\n");
        castoff.run(&["gc", &url, "-t", "upkeep-files", "--keep", "2"]).expect(0);
        assert_eq!(ls(&["--names"]), "3\n4\n");
        castoff.run(&["rm", &url, "-t", "upkeep-files:3"]).expect(0);
        castoff.run(&["rm", &url, "-t", "upkeep-files:3"]).expect(4);
        castoff.run(&["rm", &url, "-t", "upkeep-files:4"]).expect(0);
        castoff.run(&["ls", &url, "-t", "upkeep-files"]).expect(4);
    }
    assert_eq!(garage.keys("df-dist-v1/upkeep-files"), Vec::<String>::new());
}

#[test]
fn a_copy_of_files_is_the_same_release() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    castoff.write("df/linux/amd64/tool", "a tool");
    castoff.write("df/linux/arm/v7/tool", "a tool for arm");
    let folder = format!("dir:{}", castoff.path("out").display());
    castoff.run(&["push", "-t", "upkeep-copied:1", "df", &folder]).expect(0);
    let from = castoff.path("out/df-dist-v1/upkeep-copied/1/linux/arm/v7/tool");
    assert_eq!(fs::read_to_string(from).unwrap(), "a tool for arm");
    castoff.configure(&format!(
        "[[sink]]\nname = \"out\"\nurl = \"dir:out\"\n[[sink]]\nname = \"garage\"\nurl = \"{}\"\n",
        garage.url()
    ));
    castoff.run(&["copy", "out/upkeep-copied:1", "garage/upkeep-copied:1"]).expect(0);
    let key = "df-dist-v1/upkeep-copied/1/linux/arm/v7/tool";
    assert_eq!(garage.text(key), "a tool for arm");
    let digest = |place: &str| {
        let told = castoff.run(&["inspect", &format!("{place}/upkeep-copied:1"), "--json"]);
        let told: Value = serde_json::from_str(&told.expect(0).stdout).unwrap();
        told["root"]["digest"].clone()
    };
    assert_eq!(digest("out"), digest("garage"));
}

#[test]
fn a_copy_takes_signatures_and_referrers_along_and_mounts_what_it_can() {
    let shop = Shop::open("upkeep-copy");
    let hub = format!("{}/team/upkeep-copy", shop.lab.registry.address());
    let subject = shop.digest("hub", "0.9");
    let attached = sign(&hub, &subject);
    // Within the registry, over to a bucket, to a layout, and back.
    shop.run(&["copy", &format!("{}:0.9", shop.at("hub")), "hub/promoted"]).expect(0);
    let ended = shop.run(&["copy", "hub/promoted:0.9", "hub/again:1.0", "-v"]).expect(0);
    assert!(ended.stderr.contains("mounted"), "{}", ended.stderr);
    shop.run(&["copy", "hub/again:1.0", "garage/upkeep-copied-image:1.0"]).expect(0);
    shop.run(&["copy", "garage/upkeep-copied-image:1.0", "oci:copies:app:1.0"]).expect(0);
    shop.run(&["copy", "oci:copies:app:1.0", "oci:copies.tar:app:1.0"]).expect(0);
    shop.run(&["copy", "oci:copies.tar:app:1.0", "hub/back:1.0"]).expect(0);
    for place in [
        "hub/promoted:0.9",
        "garage/upkeep-copied-image:1.0",
        "oci:copies:app:1.0",
        "oci:copies.tar:app:1.0",
        "hub/back:1.0",
    ] {
        let told = shop.run(&["inspect", place, "--json"]).expect(0).stdout;
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["root"]["digest"], subject, "{place}");
        let found: BTreeSet<String> = told["attached"]
            .as_array()
            .unwrap_or_else(|| panic!("nothing is attached at {place}: {told}"))
            .iter()
            .map(|about| about["digest"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, attached, "{place}");
    }
    let back = format!("docker://{}/team/back:1.0", shop.lab.registry.address());
    assert_eq!(Skopeo::new().copy_all(&back), subject);
    // What is about what goes, goes too.
    shop.publish("1.0");
    shop.run(&["copy", &format!("{}:1.0", shop.at("garage")), "garage/upkeep-copied-image:2.0"])
        .expect(0);
    shop.run(&["gc", "garage/upkeep-copied-image", "--keep", "1"]).expect(0);
    let keys = shop.garage.keys("v2/upkeep-copied-image/");
    let has = |digest: &String| keys.iter().any(|key| key.contains(digest.as_str()));
    assert!(!attached.iter().any(has), "{keys:?}");
    let list = shop.garage.text("v2/upkeep-copied-image/tags/list");
    assert_eq!(list, r#"{"name":"upkeep-copied-image","tags":["2.0"]}"#);
}

/// Attaches a cosign signature by tag and a referrer to a manifest, as other
/// tools do at a registry that knows no referrers. Returns their digests.
fn sign(repository: &str, subject: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let payload = folder.path().join("payload");
    fs::write(&payload, "{}").unwrap();
    let curl =
        |arguments: &[&str]| run(std::process::Command::new("curl").arg("-sf").args(arguments));
    let (host, name) = repository.split_once('/').unwrap();
    let base = format!("http://{host}/v2/{name}");
    let empty = castoff::model::Descriptor::of("application/vnd.oci.empty.v1+json", b"{}");
    let started =
        curl(&["-X", "POST", "-D", "-", "-o", "/dev/null", &format!("{base}/blobs/uploads/")]);
    let location = started.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap().trim();
    let put = format!("{location}&digest={}", empty.digest);
    let data = format!("@{}", payload.display());
    curl(&[
        "-X",
        "PUT",
        "--data-binary",
        &data,
        "-H",
        "Content-Type: application/octet-stream",
        &put,
    ]);
    let size = curl(&[
        "-H",
        "Accept: application/vnd.oci.image.index.v1+json",
        &format!("{base}/manifests/{subject}"),
    ])
    .len();
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = |about: Option<Value>| {
        let mut manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": kind, "config": empty, "layers": [empty],
            "artifactType": "application/vnd.example.sbom",
        });
        if let Some(about) = about {
            manifest["subject"] = about;
        }
        manifest.to_string()
    };
    let index = "application/vnd.oci.image.index.v1+json";
    let about = serde_json::json!({ "mediaType": index, "digest": subject, "size": size });
    let hex = subject.replace(':', "-");
    let (signature, referrer) = (manifest(None), manifest(Some(about)));
    let described = castoff::model::Descriptor::of(kind, referrer.as_bytes());
    let list =
        serde_json::json!({ "schemaVersion": 2, "mediaType": index, "manifests": [described] });
    for (tag, kind, body) in [
        (format!("{hex}.sig"), kind, &signature),
        (described.digest.to_string(), kind, &referrer),
        (hex, index, &list.to_string()),
    ] {
        curl(&[
            "-X",
            "PUT",
            "--data-raw",
            body,
            "-H",
            &format!("Content-Type: {kind}"),
            &format!("{base}/manifests/{tag}"),
        ]);
    }
    let digest = |bytes: &str| castoff::model::Digest::of(bytes.as_bytes()).to_string();
    BTreeSet::from([digest(&signature), digest(&referrer)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_at_the_same_time_loses_nothing_to_a_collection() {
    let shop = tokio::task::block_in_place(|| Shop::open("upkeep-race"));
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    // The push finds the old content in place, and is held before its tag.
    let rule =
        Rule::on("PUT", "/manifests/0.8", Fault::Hold { came: came.clone(), go: go.clone() });
    let proxy = FaultProxy::start(&shop.garage.endpoint(), vec![rule]).await;
    let url = shop.garage.url().replace(&shop.garage.endpoint(), proxy.address());
    let place = shop.at("garage");
    tokio::task::block_in_place(|| {
        shop.run(&["rm", &format!("{place}:0.8")]).expect(0);
        shop.content("0.8");
    });
    let mut command = shop.lab.castoff.command(&["push", "-t", "upkeep-race:0.8", "images", &url]);
    let pushing = std::thread::spawn(move || command.output().unwrap());
    came.notified().await;
    let ended = shop.run(&["gc", &place, "--keep", "1", "--grace", "0s"]).expect(3);
    assert!(ended.stderr.contains("another process is publishing there"), "{}", ended.stderr);
    go.notify_one();
    let pushed = tokio::task::block_in_place(|| pushing.join().unwrap());
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    tokio::task::block_in_place(|| {
        assert_eq!(shop.tags("garage"), ["0.8", "0.11"]);
        shop.run(&["resume"]).expect(0);
        let needed: BTreeSet<String> =
            ["0.8", "0.11"].iter().flat_map(|tag| shop.needs(tag)).collect();
        assert_eq!(shop.in_bucket(), needed);
        let web = format!("docker://{}/upkeep-race:0.8", shop.garage.web());
        assert_eq!(Skopeo::new().copy_all(&web), shop.digest("garage", "0.8"));
        // The last one to use the bucket ends its server, which may block.
        drop(shop);
    });
}

#[test]
fn docker_pulls_what_was_promoted() {
    let shop = Shop::open("upkeep-docker");
    shop.run(&["copy", &format!("{}:0.10", shop.at("shelf")), "hub/upkeep-promoted"]).expect(0);
    shop.run(&["gc", &shop.at("hub"), "--keep", "1"]).expect(0);
    let engine = DockerEngine::shared();
    let image = format!("{}/team/upkeep-promoted:0.10", shop.lab.registry.address());
    run(engine.docker().args(["pull", "-q", &image]));
    let kept = format!("{}/team/upkeep-docker:0.11", shop.lab.registry.address());
    run(engine.docker().args(["pull", "-q", &kept]));
    run(engine.docker().args(["image", "rm", &image, &kept]));
}
