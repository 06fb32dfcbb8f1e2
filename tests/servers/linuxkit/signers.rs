//! What signs packages where no notary server is named.

use super::Lab;
use crate::support::Cosign;

fn push(lab: &Lab, more: &[&str]) -> crate::support::Ended {
    let org = lab.org();
    let line = ["pkg", "push", "--insecure", "-org", &org, "--platforms", "linux/amd64"];
    lab.castoff.run(&[&line[..], more, &["pkg"]].concat())
}

fn with_signers(lab: &Lab, names: &[&str]) {
    let mut config = String::new();
    for name in names {
        Cosign::new().generate(&lab.castoff.path(""), name, "secret");
        let key = format!("\"\nkind = \"cosign\"\nkey = \"{name}.key\"\n");
        config.extend(["[[signer]]\nname = \"", *name, &key]);
    }
    lab.castoff.configure(&config);
}

#[test]
fn a_push_that_nothing_signs_says_so_in_one_line() {
    let lab = Lab::new();
    let told = push(&lab, &[]).expect(0).stderr;
    assert_eq!(told.matches("not signing: castoff.toml has no [[signer]]").count(), 1, "{told}");
    let told = push(&lab, &["-force", "-disable-content-trust"]).expect(0).stderr;
    assert!(told.contains("trust disabled, not signing"), "{told}");
    assert!(!told.contains("no notary server"), "{told}");
    let told = push(&lab, &["-force", "-sign=false"]).expect(0).stderr;
    assert!(told.contains("signing disabled, not signing"), "{told}");
}

#[test]
fn the_signers_of_the_configuration_sign_what_is_pushed() {
    let lab = Lab::new().env("COSIGN_PASSWORD", "secret");
    with_signers(&lab, &["one", "two"]);
    let image = lab.image(&lab.tag());
    push(&lab, &[]).expect(0);
    for name in ["one", "two"] {
        Cosign::new().verify(&image, &lab.castoff.path(&format!("{name}.pub"))).unwrap();
    }
    // What is published and signed is not signed again.
    push(&lab, &[]).expect(0);
}

#[test]
fn a_signer_that_the_command_line_names_signs_alone() {
    let lab = Lab::new().env("COSIGN_PASSWORD", "secret");
    with_signers(&lab, &["one", "two"]);
    let image = lab.image(&lab.tag());
    push(&lab, &["-sign=two"]).expect(0);
    let verify =
        |name: &str| Cosign::new().verify(&image, &lab.castoff.path(&format!("{name}.pub")));
    assert!(verify("two").is_ok());
    assert!(verify("one").is_err());
    let told = push(&lab, &["-sign=twoo"]).expect(2).stderr;
    assert!(told.contains("did you mean `two`?"), "{told}");
}

#[test]
fn the_form_of_linuxkits_manual_is_answered_with_the_right_one() {
    let lab = Lab::new();
    let line = ["pkg", "build", "-org=wombat", "-disable-content-trust", "push"];
    let told = lab.castoff.run(&line).expect(2).stderr;
    assert!(told.contains("castoff pkg push"), "{told}");
}

#[test]
fn force_leaves_the_layer_cache_of_the_engine() {
    let lab = Lab::new();
    lab.castoff.write(
        "pkg/Dockerfile",
        super::DOCKERFILE
            .replace("> /made", "$(/bin/busybox cat /proc/sys/kernel/random/uuid) > /made"),
    );
    lab.commit();
    let made = || {
        lab.pkg("build", &["-force"]).expect(0);
        lab.engine.run(None, &lab.image(&lab.tag()), &[])
    };
    assert_eq!(made(), made(), "a step was done again");
}
