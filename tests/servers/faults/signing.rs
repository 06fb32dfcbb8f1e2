//! Images that are signed before their tags move, as cosign signs, and what
//! other tools and castoff itself make of it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::Stdio,
};

use serde_json::Value;

use tokio::task::block_in_place;

use super::{ARM, Lab, console::open, hub, shelf};
use crate::support::{Castoff, Cosign, DockerRegistry, Garage, Skopeo};

pub(super) const PASSWORD: &str = "a canary's own passphrase";

/// A project that signs with `release.key`.
pub(super) struct Signed {
    pub(super) lab: Lab,
    garage: std::sync::Arc<Garage>,
}

impl Signed {
    pub(super) fn new() -> Self {
        let garage = Garage::shared();
        let castoff = Castoff::new().with(&garage).env("COSIGN_PASSWORD", PASSWORD);
        let lab = Lab { castoff, registry: DockerRegistry::start() };
        lab.content("one");
        lab.run(&["sign", "--generate-key", "release"]).expect(0);
        Self { lab, garage }
    }

    pub(super) fn configure(&self, version: &str, name: &str, signer: &str) {
        let bucket = format!("[[sink]]\nname = \"garage\"\nurl = \"{}\"\n", self.garage.url());
        let sinks = [hub(self.lab.registry.address()), bucket, shelf("shelf")];
        let sinks = sinks.map(|sink| format!("{sink}repository = \"{name}\"\n"));
        self.lab.castoff.configure(&format!(
            "[release]\nversion = \"{version}\"\ntags = [\"{{version}}\", \"latest\"]\n\
             [[artifact]]\nname = \"{name}\"\nfrom = {{ archives = \"images\" }}\n{}{signer}",
            sinks.concat()
        ));
    }

    pub(super) fn public(&self, name: &str) -> PathBuf {
        self.lab.castoff.path(&format!("{name}.pub"))
    }

    pub(super) fn hub(&self, name: &str) -> String {
        format!("{}/team/{name}", self.lab.registry.address())
    }
}

pub(super) fn cosign(key: &str) -> String {
    format!(
        "[[signer]]\nname = \"{key}\"\nkind = \"cosign\"\nkey = \"{key}.key\"\n\
         passphrase = {{ env = \"COSIGN_PASSWORD\" }}\nplatforms = true\n"
    )
}

#[test]
fn skopeo_takes_what_was_signed_and_refuses_the_rest() {
    let signed = Signed::new();
    signed.configure("1.0", "signed", &cosign("release"));
    let ended = signed.lab.run(&["--batch"]).expect(0);
    assert!(ended.stderr.contains("signed"), "{}", ended.stderr);
    signed.lab.run(&["sign", "--generate-key", "other"]).expect(0);
    let (ours, others) = (signed.public("release"), signed.public("other"));
    let skopeo = Skopeo::new();
    let image = format!("{}:1.0", signed.hub("signed"));
    skopeo.copy_signed(&image, &ours).expect("it is signed");
    let refused = skopeo.copy_signed(&image, &others).unwrap_err();
    assert!(refused.contains("signature"), "{refused}");
    // What lies in a bucket is served by another name, and signed all the same.
    let web = format!("{}/signed:1.0", signed.garage.web());
    skopeo.copy_signed(&web, &ours).expect("it is signed in the bucket too");
    // The same tag, on something that nobody signed.
    signed.lab.content("two");
    signed.configure("1.0", "signed", "");
    signed.lab.run(&["--batch", "--sink", "hub"]).expect(0);
    let refused = skopeo.copy_signed(&image, &ours).unwrap_err();
    assert!(refused.contains("signature"), "{refused}");
}

#[test]
fn what_was_signed_is_verified_everywhere_and_what_was_not_ends_with_status_6() {
    let signed = Signed::new();
    signed.configure("1.0", "verified", &cosign("release"));
    signed.lab.run(&["--batch"]).expect(0);
    signed.lab.run(&["sign", "--generate-key", "other"]).expect(0);
    for place in ["hub", "garage", "shelf"] {
        let image = format!("{place}/verified:1.0");
        let told = signed.lab.run(&["verify", &image, "--key", "release.pub", "--json"]).expect(0);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        let seen = signed.lab.run(&["inspect", &image, "--json"]).expect(0);
        let seen: Value = serde_json::from_str(&seen.stdout).unwrap();
        assert_eq!(told["digest"], seen["root"]["digest"], "{place}");
        let arm = ["verify", &image, "--signer", "release", "--platform", ARM, "--json"];
        let arm: Value = serde_json::from_str(&signed.lab.run(&arm).expect(0).stdout).unwrap();
        assert_ne!(arm["digest"], told["digest"]);
        let ended = signed.lab.run(&["verify", &image, "--key", "other.pub"]).expect(6);
        assert!(ended.stderr.contains("by this key"), "{}", ended.stderr);
        // A second release of the same finds all signatures.
        let again = signed.lab.run(&["--batch", "--sink", place]).expect(0);
        assert!(again.stderr.contains("already signed"), "{}", again.stderr);
    }
    let unsigned = "hub/unsigned:1.0";
    signed.configure("1.0", "unsigned", "");
    signed.lab.run(&["--batch", "--sink", "hub"]).expect(0);
    let ended = signed.lab.run(&["verify", unsigned, "--key", "release.pub"]).expect(6);
    assert!(ended.stderr.contains("has no signature"), "{}", ended.stderr);
    // By hand, by two, one after another: both signatures stay.
    for key in ["release", "other"] {
        signed
            .lab
            .run(&["sign", unsigned, "--key", &format!("{key}.key"), "--platforms"])
            .expect(0);
    }
    for key in ["release", "other"] {
        signed.lab.run(&["verify", unsigned, "--key", &format!("{key}.pub")]).expect(0);
        let image = format!("{}:1.0", signed.hub("unsigned"));
        Skopeo::new().copy_signed(&image, &signed.public(key)).expect("both signed it");
    }
    let two = signed.lab.run(&["inspect", unsigned, "--json"]).expect(0);
    let two: Value = serde_json::from_str(&two.stdout).unwrap();
    let about = |of: &&Value| of["subject"] == two["root"]["digest"];
    let attached = two["attached"].as_array().unwrap().iter().filter(about).count();
    assert_eq!(attached, 3, "a tag for both, and two referrers");
}

#[test]
fn cosign_takes_what_was_signed_and_castoff_takes_cosign_s_keys_and_signatures() {
    let (signed, cosign) = (Signed::new(), Cosign::new());
    cosign.generate(&signed.lab.castoff.path(""), "theirs", PASSWORD);
    let signers = format!("{}{}", self::cosign("release"), self::cosign("theirs"));
    signed.configure("1.0", "with-cosign", &signers);
    signed.lab.run(&["--batch"]).expect(0);
    let image = format!("{}:1.0", signed.hub("with-cosign"));
    for key in ["release", "theirs"] {
        let told = cosign.verify(&image, &signed.public(key)).expect("it is signed");
        assert!(told.contains(&signed.hub("with-cosign")), "{told}");
    }
    signed.lab.run(&["sign", "--generate-key", "third"]).expect(0);
    let refused = cosign.verify(&image, &signed.public("third")).unwrap_err();
    assert!(refused.contains("no matching signatures"), "{refused}");
    // After us, by a key that we made.
    cosign.sign(&image, &signed.lab.castoff.path("third.key"), PASSWORD);
    for key in ["release", "theirs", "third"] {
        signed
            .lab
            .run(&["verify", "hub/with-cosign:1.0", "--key", &format!("{key}.pub")])
            .expect(0);
        cosign.verify(&image, &signed.public(key)).expect("all signatures stay");
    }
}

#[test]
fn two_who_sign_at_once_keep_both_signatures() {
    let signed = Signed::new();
    signed.lab.run(&["sign", "--generate-key", "other"]).expect(0);
    signed.configure("1.0", "both", &format!("{}{}", cosign("release"), cosign("other")));
    signed.lab.run(&["--batch"]).expect(0);
    for (key, place) in ["release", "other"].into_iter().zip(["hub", "garage"]) {
        let image = format!("{place}/both:1.0");
        signed.lab.run(&["verify", &image, "--key", &format!("{key}.pub")]).expect(0);
    }
    let hub = format!("{}:1.0", signed.hub("both"));
    for key in ["release", "other"] {
        Skopeo::new().copy_signed(&hub, &signed.public(key)).expect("both signed it");
    }
}

#[test]
fn six_that_sign_one_image_at_once_lose_no_signature() {
    let signed = Signed::new();
    signed.configure("1.0", "six", "");
    signed.lab.run(&["--batch"]).expect(0);
    let digest = signed.lab.at_shelf_of("six", "1.0").expect("it is published");
    let keys = ["a", "b", "c", "d", "e", "f"];
    for key in keys {
        signed.lab.run(&["sign", "--generate-key", key]).expect(0);
    }
    for place in ["hub/six:1.0", "garage/six:1.0", "shelf/six:1.0"] {
        let started: Vec<_> = keys
            .iter()
            .map(|key| {
                let key = format!("{key}.key");
                let line = ["sign", place, "--platforms", "--key", &key];
                signed.lab.castoff.command(&line).spawn().unwrap()
            })
            .collect();
        for mut process in started {
            assert!(process.wait().unwrap().success(), "{place}");
        }
        let tag = place.replace(":1.0", &format!(":{}.sig", digest.replace(':', "-")));
        let shown = signed.lab.run(&["inspect", &tag, "--raw"]).expect(0).stdout;
        let layers = shown.matches("dev.cosignproject.cosign/signature").count();
        assert_eq!(layers, 6, "{place}: {shown}");
        for key in keys {
            signed.lab.run(&["verify", place, "--key", &format!("{key}.pub")]).expect(0);
        }
    }
    // Tools that know the tag alone find each.
    let hub = format!("{}:1.0", signed.hub("six"));
    for key in keys {
        Skopeo::new().copy_signed(&hub, &signed.public(key)).expect("all of them signed it");
    }
}

#[test]
fn a_key_that_does_not_open_is_told_before_anything_is_sent() {
    let signed = Signed::new();
    let by = |name: &str, key: &str, passphrase: &str| {
        format!(
            "[[signer]]\nname = \"{name}\"\nkind = \"cosign\"\nkey = \"{key}\"\n\
             passphrase = {passphrase}\n"
        )
    };
    signed
        .lab
        .castoff
        .write("odd.key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    let wrong = r#"{ command = "echo wrong" }"#;
    let all = [
        by("first", "release.key", wrong),
        by("second", "release.key", r#"{ env = "NOWHERE" }"#),
        by("third", "odd.key", wrong),
        by("fourth", "missing.key", wrong),
    ];
    signed.configure("1.0", "refused", &all.concat());
    let ended = signed.lab.run(&["--batch"]).expect(4);
    for said in [
        "the passphrase is wrong",
        "the passphrase of second is not available",
        "a key of an unknown kind",
        "missing.key",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    assert!(!signed.lab.registry.storage().join("repositories/team/refused").exists());
    assert!(!signed.lab.castoff.path("shelf").exists());
    assert!(!format!("{}{}", ended.stdout, ended.stderr).contains(PASSWORD));
}

#[test]
fn no_tag_names_anything_unsigned_whenever_castoff_is_killed() {
    let signed = Signed::new();
    let (skopeo, key) = (Skopeo::new(), signed.public("release"));
    for (round, lines) in (5..).step_by(9).enumerate() {
        signed.lab.content(&format!("round {round}"));
        signed.configure(&format!("{round}.0"), "killed-signing", &cosign("release"));
        let mut command = signed.lab.castoff.command(&["--batch", "--json"]);
        let mut castoff = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let events = BufReader::new(castoff.stdout.take().unwrap()).lines();
        let seen = events.map_while(Result::ok).take(lines).count();
        castoff.kill().unwrap();
        castoff.wait().unwrap();
        let image = signed.hub("killed-signing");
        let tags =
            signed.lab.registry.storage().join("repositories/team/killed-signing/_manifests/tags");
        for tag in fs::read_dir(tags).into_iter().flatten() {
            let tag = tag.unwrap().file_name().to_string_lossy().into_owned();
            if !tag.starts_with("sha256-") {
                skopeo.copy_signed(&format!("{image}:{tag}"), &key).expect("all tags are signed");
            }
        }
        let runs = signed.lab.run(&["runs", "--json"]).expect(0).stdout;
        if !runs.lines().last().unwrap().contains("\"standing\":\"done\"") {
            signed.lab.run(&["resume"]).expect(0);
        } else if seen < lines {
            assert!(round > 5, "there are more moments than {round}");
            return;
        }
    }
}

#[test]
fn a_passphrase_is_nowhere_but_where_it_belongs() {
    let signed = Signed::new();
    signed.configure("1.0", "canary", &cosign("release"));
    let ended = signed.lab.run(&["--batch", "-v", "--log-level", "trace"]).expect(0);
    let log = fs::read_to_string(signed.lab.castoff.path("../home/state/castoff/castoff.log"));
    let journal = fs::read_to_string(signed.lab.journal(&signed.lab.newest_run())).unwrap();
    let log = log.expect("castoff writes a log");
    for (place, text) in
        [("stdout", &ended.stdout), ("stderr", &ended.stderr), ("log", &log), ("journal", &journal)]
    {
        assert!(!text.is_empty() && !text.contains(PASSWORD), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browse_screen_tells_who_signed_what() {
    block_in_place(|| {
        let signed = Signed::new();
        signed.lab.run(&["sign", "--generate-key", "other"]).expect(0);
        signed.configure("1.0", "browsed", &cosign("release"));
        signed.lab.run(&["--batch", "--sink", "shelf"]).expect(0);
        let both = format!("{}{}", cosign("release"), cosign("other"));
        signed.configure("1.0", "browsed", &both);
        let mut console = open(&signed.lab.castoff);
        console.expect("4 History");
        console.press("3");
        console.expect("3 sinks");
        console.press("G\r");
        console.expect("1 repository");
        console.press("\r");
        console.expect("signed by release");
        console.expect("not signed by other:");
        console.press("q");
        assert_eq!(console.end(), 0);
    });
}
