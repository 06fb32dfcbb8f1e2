//! `castoff copy`: no tag that names other content moves without having been
//! shown, and none that may not move.

use std::{process::Command, sync::Arc};

use serde_json::Value;
use tokio::{sync::Notify, task::block_in_place};

use super::{Lab, Told, console_browse::ENTER, console_browse::browse, hub, shelf};
use crate::support::{Castoff, Fault, FaultProxy, Garage, Rule, Terminal, run};

/// A project that has published two versions at a registry, a layout and a
/// bucket.
struct Shop {
    lab: Lab,
    garage: Arc<Garage>,
    name: String,
}

impl Shop {
    fn open(name: &str) -> Self {
        let garage = Garage::shared();
        let mut lab = Lab::new();
        lab.castoff = std::mem::replace(&mut lab.castoff, Castoff::new()).with(&garage);
        let shop = Self { lab, garage, name: name.to_owned() };
        for version in ["0.9", "0.10"] {
            shop.lab.content(version);
            shop.configure(version, "");
            shop.lab.run(&["--batch"]).expect(0);
        }
        shop
    }

    fn configure(&self, version: &str, release: &str) {
        self.lab.configure_sinks(version, &self.sinks(self.lab.registry.address()), release);
    }

    fn sinks(&self, registry: &str) -> [String; 3] {
        let bucket = format!("[[sink]]\nname = \"garage\"\nurl = \"{}\"\n", self.garage.url());
        let named = |sink: String| format!("{sink}repository = \"{}\"\n", self.name);
        [hub(registry), shelf("shelf"), bucket].map(named)
    }

    fn digest(&self, reference: &str) -> String {
        let told = self.lab.run(&["inspect", reference, "--json"]).expect(0);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        told["root"]["digest"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_run_tells_what_each_tag_names_and_will_name_before_anything_is_sent() {
    let shop = Shop::open("promotion-told");
    let name = &shop.name;
    let (old, new) =
        (shop.digest(&format!("shelf/{name}:0.9")), shop.digest(&format!("shelf/{name}:0.10")));
    for to in ["hub", "shelf", "garage"] {
        let (from, to) = (format!("{to}/{name}:0.10"), format!("{to}/{name}:0.9"));
        let dry = shop.lab.run(&["copy", &from, &to, "--dry-run"]).expect(0).stdout;
        assert!(dry.contains(&format!("{old} → {new}")), "{dry}");
        let json = shop.lab.run(&["copy", &from, &to, "--dry-run", "--json"]).expect(0).stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["before"], &json["after"]), (&old.clone().into(), &new.clone().into()));
        let told = shop.lab.run(&["copy", &from, &to]).expect(0).stderr;
        let at = |what: &str| told.find(what).unwrap_or_else(|| panic!("{what}: {told}"));
        assert!(at(&format!("{old} → {new}")) < at("index "), "{told}");
        let back = shop.lab.run(&["rollback", &shop.lab.newest_run()]).expect(0).stderr;
        assert!(back.contains(&format!(":0.9 {new} → {old}")), "{back}");
        assert_eq!(shop.digest(&to), old);
    }
    // A release, a push and their events tell it too.
    shop.lab.content("other");
    let told = shop.lab.run(&["--batch"]).expect(0).stderr;
    assert!(told.contains(&format!("preflight hub: team/{name}:latest {new} → sha256:")), "{told}");
    let url = format!("docker://{}/team/{name}:latest", shop.lab.registry.address());
    let third = shop.digest(&url);
    shop.lab.content("one more");
    let told = shop.lab.run(&["push", "images", &url, "--json"]).expect(0);
    let seen = Told::by(&told).0;
    let seen = seen.iter().find_map(|event| match &event.event {
        castoff::run::EventKind::TagSeen { target, after, .. } => {
            Some((target.clone()?, after.clone()?))
        }
        _ => None,
    });
    let (before, after) = seen.expect("a tag was seen");
    assert_eq!(before.digest.to_string(), third);
    assert_eq!(after.digest().unwrap().to_string(), shop.digest(&url));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_clobber_leaves_a_tag_of_other_content_alone_and_sends_nothing() {
    let shop = block_in_place(|| Shop::open("promotion-clobber"));
    let name = &shop.name;
    let proxy = FaultProxy::start(shop.lab.registry.address(), vec![]).await;
    shop.lab.configure_sinks("0.10", &shop.sinks(proxy.address()), "");
    for place in ["hub", "shelf", "garage"] {
        let (from, to) = (format!("{place}/{name}:0.10"), format!("{place}/{name}-prod:stable"));
        let copy = |from: &str| shop.lab.run(&["copy", from, &to, "--no-clobber"]);
        let old = format!("{place}/{name}:0.9");
        copy(&old).expect(0);
        // The same content again is no change.
        copy(&old).expect(0);
        proxy.forget();
        let ended = copy(&from).expect(5);
        assert!(ended.stderr.contains("exists, and names sha256:"), "{}", ended.stderr);
        assert!(ended.stderr.contains("--no-clobber"), "{}", ended.stderr);
        let dry = shop.lab.run(&["copy", &from, &to, "--no-clobber", "--dry-run"]).expect(5);
        assert!(dry.stdout.contains(" → "), "{}", dry.stdout);
        let sent: u64 = proxy.seen().iter().map(|seen| seen.body).sum();
        assert_eq!((sent, proxy.seen_of("PUT", "").len()), (0, 0), "{place}");
        assert_eq!(shop.digest(&to), shop.digest(&old));
        shop.lab.run(&["copy", &from, &to]).expect(0);
        assert_eq!(shop.digest(&to), shop.digest(&from));
    }
    block_in_place(|| drop(shop));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_appears_meanwhile_is_not_clobbered() {
    let lab = Lab::new();
    let registry = lab.registry.address().to_owned();
    for version in ["0.9", "0.10"] {
        lab.content(version);
        lab.configure(version, &registry);
        lab.run(&["--batch"]).expect(0);
    }
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    // The preflight is over when the first manifest is sent.
    let rule = Rule::on("PUT", "/manifests/sha256:", hold).times(1);
    let proxy = FaultProxy::start(&registry, vec![rule]).await;
    lab.configure("0.10", proxy.address());
    let mut command =
        lab.castoff.command(&["copy", "shelf/app:0.10", "hub/prod:stable", "--no-clobber"]);
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
    came.notified().await;
    let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    let [from, to] = [
        format!("docker://{registry}/team/app:0.9"),
        format!("docker://{registry}/team/prod:stable"),
    ];
    run(Command::new("skopeo")
        .args(["copy", "-q", "--all", "--insecure-policy"])
        .args(plain)
        .args([from, to]));
    go.notify_one();
    let ended = ended.await.unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(5), "{told}");
    assert!(told.contains("moved meanwhile"), "{told}");
}

#[test]
fn a_copy_obeys_what_is_written_once_however_the_sink_is_named() {
    let shop = Shop::open("promotion-once");
    let (name, registry) = (&shop.name, shop.lab.registry.address());
    shop.configure("0.10", "immutable = [\"[0-9]*\"]");
    let from = format!("shelf/{name}:0.10");
    let layout = shop.lab.castoff.path("shelf");
    let bucket = shop.garage.url();
    let (bucket, parameters) = bucket.split_once('?').unwrap();
    for to in [
        format!("hub/{name}:0.9"),
        format!("shelf/{name}:0.9"),
        format!("garage/{name}:0.9"),
        format!("docker://{registry}/team/{name}:0.9"),
        format!("oci:shelf:{name}:0.9"),
        format!("oci:{}:{name}:0.9", layout.display()),
        format!("{bucket}/{name}:0.9?{parameters}"),
    ] {
        let before = shop.digest(&to);
        let ended = shop.lab.run(&["copy", &from, &to]).expect(5);
        assert!(ended.stderr.contains("is immutable"), "{to}: {}", ended.stderr);
        shop.lab.run(&["copy", &from, &to, "--dry-run"]).expect(5);
        let pushed = shop.lab.run(&["push", "images", &to]);
        // What lies there is 0.10.
        assert_eq!(pushed.status, Some(5), "{to}: {}", pushed.stderr);
        assert_eq!(shop.digest(&to), before, "{to}");
        let latest = to.replace(":0.9", ":latest");
        shop.lab.run(&["copy", &from, &latest]).expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_moves_no_tag_of_other_content_before_its_name_is_typed() {
    let lab = super::console_browse::published(|lab| {
        vec![hub(lab.registry.address()), shelf("elsewhere")]
    });
    block_in_place(|| {
        let from = "hub/app:0.9";
        lab.run(&["copy", from, "shelf/app:0.10"]).expect(0);
        let old = lab.run(&["inspect", from, "--json"]).expect(0).stdout;
        let old: Value = serde_json::from_str(&old).unwrap();
        let old = old["root"]["digest"].as_str().unwrap()[7..19].to_owned();
        let mut console = browse(&lab.castoff);
        to_copy(&mut console);
        console.expect(&format!("moves: {old} → "));
        console.expect("type the tag that moves, 0.10, and Enter");
        console.press(ENTER);
        console.expect("nothing was copied");
        // Under another name, it is new.
        console.press("\t");
        console.expect("type NAME:TAG, or :TAG");
        console.press("-rc1\r");
        console.expect("app:0.10-rc1");
        console.expect("new → ");
        console.press(ENTER);
        console.expect("4 of 4 done");
        let listed = lab.run(&["ls", "shelf/app", "--names"]).expect(0).stdout;
        assert!(listed.contains("0.10-rc1"), "{listed}");
        let now = lab.run(&["inspect", "shelf/app:0.10", "--json"]).expect(0).stdout;
        assert!(now.contains(&old), "{now}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_palette_asks_where_a_tag_names_other_content() {
    let lab =
        super::console_browse::published(|lab| vec![hub(lab.registry.address()), shelf("shelf")]);
    block_in_place(|| {
        let mut console = browse(&lab.castoff);
        console.press(":copy hub/app:0.9 shelf/app:0.10\r");
        console.expect("These tags will move");
        console.press("\u{1b}");
        console.expect_gone("These tags will move");
        let before = lab.at_shelf("0.10");
        console.press(":copy hub/app:0.9 shelf/app:0.10\r");
        console.expect("These tags will move");
        console.press(ENTER);
        console.expect("4 of 4 done");
        assert_ne!(lab.at_shelf("0.10"), before);
    });
}

/// From the sinks to the question before the first tag of `app` is copied.
fn to_copy(console: &mut Terminal) {
    console.press(ENTER);
    console.expect("repository");
    console.press(ENTER);
    console.expect("linux/arm64");
    console.press("c");
    console.expect("Enter selects it");
    console.press(ENTER);
}
