//! Copies to where the same image is already, with signatures of its own.

use std::process::Command;

use super::signing::{PASSWORD, Signed, cosign};
use crate::support::{Cosign, DockerRegistry, Ended, Skopeo, run};

const NAME: &str = "both-signed";

/// The parts of a list, as they stand in its manifest.
fn parts(signed: &Signed, place: &str, suffix: &str) -> Vec<String> {
    let digest = signed.lab.at_shelf_of(NAME, "1.0").expect("it is published");
    let tag = format!("{place}:{}{suffix}", digest.replace(':', "-"));
    let told = signed.lab.run(&["inspect", &tag, "--raw"]).expect(0).stdout;
    let list: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    list["layers"].as_array().expect("a list").iter().map(ToString::to_string).collect()
}

/// A release to a registry, a bucket and a layout, each with its own signature.
fn released() -> Signed {
    let signed = Signed::new();
    signed.configure("1.0", NAME, &cosign("release"));
    signed.lab.run(&["--batch"]).expect(0);
    signed.lab.run(&["sign", "--generate-key", "other"]).expect(0);
    signed
}

fn copy(signed: &Signed, from: &str, to: &str) -> Ended {
    signed.lab.run(&["copy", from, to])
}

#[test]
fn no_signature_is_lost_where_both_places_have_some_of_the_same_image() {
    let signed = released();
    let at = |place: &str| format!("{place}/{NAME}");
    signed
        .lab
        .run(&["sign", &format!("{}:1.0", at("hub")), "--key", "other.key", "--platforms"])
        .expect(0);
    for (from, to) in [("hub", "shelf"), ("garage", "hub"), ("shelf", "garage")] {
        let [source, target] = [from, to].map(at);
        let (theirs, ours) = (parts(&signed, &source, ".sig"), parts(&signed, &target, ".sig"));
        assert!(ours.iter().any(|part| !theirs.contains(part)), "{to} has one of its own");
        let (from, to) = (format!("{source}:1.0"), format!("{target}:1.0"));
        copy(&signed, &from, &to).expect(0);
        let all = parts(&signed, &target, ".sig");
        for part in theirs.iter().chain(&ours) {
            assert!(all.contains(part), "{target} lacks {part}");
        }
        assert_eq!(all.len(), {
            let beyond = theirs.iter().filter(|part| !ours.contains(part)).count();
            ours.len() + beyond
        });
        assert_eq!(parts(&signed, &source, ".sig"), theirs);
        for key in ["release.pub", "other.pub"] {
            signed.lab.run(&["verify", &to, "--key", key]).expect(0);
        }
        // Once more there is nothing to do.
        copy(&signed, &from, &to).expect(0);
        assert_eq!(parts(&signed, &target, ".sig"), all);
    }
    let image = format!("{}:1.0", signed.hub(NAME));
    for key in ["release", "other"] {
        Skopeo::new().copy_signed(&image, &signed.public(key)).expect("both signed it");
        Cosign::new().verify(&image, &signed.public(key)).expect("both signed it");
    }
}

#[test]
fn other_lists_of_the_same_image_are_joined_too_and_what_is_no_list_is_a_conflict() {
    let (signed, other, cosign) = (released(), DockerRegistry::start(), Cosign::new());
    let prod = format!("docker://{}/team/{NAME}", other.address());
    let from = format!("hub/{NAME}:1.0");
    copy(&signed, &from, &format!("{prod}:1.0")).expect(0);
    let image = signed.hub(NAME);
    for (image, says) in [(&image, "here"), (&prod.replace("docker://", ""), "there")] {
        let predicate =
            signed.lab.castoff.write("predicate.json", format!("{{\"is\":\"{says}\"}}"));
        let key = signed.lab.castoff.path("release.key");
        cosign.attest(&format!("{image}:1.0"), &key, PASSWORD, &predicate);
    }
    let hub = format!("hub/{NAME}");
    let (theirs, ours) = (parts(&signed, &hub, ".att"), parts(&signed, &prod, ".att"));
    copy(&signed, &from, &format!("{prod}:1.0")).expect(0);
    assert_eq!(parts(&signed, &prod, ".att"), [ours, theirs].concat());

    // An image under the tag of the signatures is no list of them.
    let digest = signed.lab.at_shelf_of(NAME, "1.0").unwrap();
    let tag = format!("{}.sig", digest.replace(':', "-"));
    let archive = signed.lab.castoff.path("images/linux.amd64.tar").display().to_string();
    let target = format!("{prod}:{tag}");
    run(Command::new("skopeo").args(["--insecure-policy", "copy", "-q"]).args([
        "--dest-tls-verify=false",
        &format!("docker-archive:{archive}"),
        &target,
    ]));
    let before = parts(&signed, &prod, ".sig");
    let ended = copy(&signed, &from, &format!("{prod}:1.0")).expect(5);
    assert!(ended.stderr.contains(&format!("`{tag}` names")), "{}", ended.stderr);
    assert_eq!(parts(&signed, &prod, ".sig"), before);
}
