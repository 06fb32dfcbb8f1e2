//! Several keys sign the same: nothing of another key is lost.

use super::{Bench, PASSPHRASE, openpgp::Gpg};
use crate::support::{Castoff, Cosign, Garage};

fn two_keys(castoff: Castoff) -> Gpg {
    let gpg = Gpg::of(Bench::of(castoff), "ed25519", "0").with_another();
    gpg.export(&["--armor"]);
    gpg
}

/// The same, and two of minisign.
fn two_keys_of_each(castoff: Castoff) -> Gpg {
    let gpg = two_keys(castoff);
    for name in ["mini", "mini2"] {
        let (public, key) = (format!("{name}.pub"), format!("{name}.key"));
        gpg.0.made("minisign", &["-G", "-W", "-p", &public, "-s", &key]);
    }
    gpg
}

/// How many signatures of a file gpg finds right, of which none is wrong.
#[track_caller]
fn good(gpg: &Gpg, signature: &str, file: &str) -> usize {
    gpg.0.made("gpg", &["--verify", signature, file]).stderr.matches("Good signature").count()
}

#[test]
fn two_openpgp_keys_sign_one_file_and_gpg_takes_both() {
    let gpg = two_keys(Castoff::new());
    let bench = &gpg.0;
    for key in ["release.key", "other.key", "release.key"] {
        bench.run(&["sign", "app.tar", "--key", key]).expect(0);
    }
    assert_eq!(good(&gpg, "app.tar.asc", "app.tar"), 2);
    for key in ["release.pub", "other.pub"] {
        bench.run(&["verify", "app.tar", "--key", key]).expect(0);
    }
}

#[test]
fn a_signature_of_another_key_is_not_overwritten_where_a_file_holds_one() {
    let bench = Bench::new();
    let cosign = Cosign::new();
    for name in ["leaf", "other"] {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        bench.made("openssl", &[&["genpkey", "-out", &key][..], &curve].concat());
        let (subject, days) = (format!("/CN={name}"), ["-days", "9"]);
        let made = ["req", "-x509", "-key", &key, "-out", &certificate, "-subj", &subject];
        bench.made("openssl", &[&made[..], &days].concat());
        let (public, mini) = (format!("mini-{name}.pub"), format!("mini-{name}.key"));
        bench.made("minisign", &["-G", "-W", "-p", &public, "-s", &mini]);
        cosign.generate(&bench.castoff.path(""), &format!("cosign-{name}"), PASSPHRASE);
    }
    let cms = |name: &str| vec![format!("{name}.key"), format!("--certificate={name}.pem")];
    let attached = |name: &str| [cms(name), vec!["--attached".to_owned()]].concat();
    let mini = |name: &str| vec![format!("mini-{name}.key")];
    let blob = |name: &str| vec![format!("cosign-{name}.key")];
    let castoff = |key: Vec<String>| {
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        let mut command =
            bench.castoff.command(&[&["sign", "app.tar", "--key"][..], &key].concat());
        command.env("COSIGN_PASSWORD", PASSPHRASE);
        crate::support::Ended::from(crate::support::output(&mut command))
    };
    let kinds = [
        ("p7s", ["leaf", "other"].map(cms)),
        ("p7m", ["leaf", "other"].map(attached)),
        ("minisig", ["leaf", "other"].map(mini)),
        ("sig", ["leaf", "other"].map(blob)),
    ];
    for (ending, [own, other]) in kinds {
        let signature = format!("app.tar.{ending}");
        castoff(own.clone()).expect(0);
        let first = bench.read(&signature);
        let told = castoff(other).expect(4).stderr;
        assert!(told.contains("already signed by another key"), "{told}");
        assert!(
            told.contains(&format!("first remove or move that signature, {signature}")),
            "{told}"
        );
        assert_eq!(bench.read(&signature), first);
        // One's own is written again, also when the file has changed where a
        // signature tells whose it is.
        castoff(own.clone()).expect(0);
        bench.castoff.write("app.tar", "what is released next");
        castoff(own).expect(if ending == "sig" { 4 } else { 0 });
        bench.castoff.write("app.tar", "what is released");
    }
}

/// A project that releases files to a bucket and a folder.
fn configure(castoff: &Castoff, garage: &Garage, name: &str, more: &str) {
    castoff.write("df/linux/amd64/tool", "a tool");
    let signer = |name: &str, kind: &str| {
        format!("[[signer]]\nname = \"{name}\"\nkind = \"{kind}\"\nkey = \"{name}.key\"\n")
    };
    let signers = [("release", "openpgp"), ("other", "openpgp"), ("mini", "minisign")];
    let signers = signers.map(|(name, kind)| signer(name, kind)).concat();
    castoff.configure(&format!(
        "[release]\nversion = \"1.0\"\n[[artifact]]\nname = \"{name}\"\n\
         from = {{ files = \"df\" }}\n{more}[[sink]]\nname = \"out\"\nurl = \"dir:out\"\n\
         [[sink]]\nname = \"garage\"\nurl = \"{}\"\n{signers}{}",
        garage.url(),
        signer("mini2", "minisign"),
    ));
}

#[test]
fn files_that_are_published_keep_all_signatures_of_openpgp_and_one_of_minisign() {
    let garage = Garage::shared();
    let gpg = two_keys_of_each(Castoff::new().with(&garage));
    let bench = &gpg.0;
    let sums = |name: &str| format!("out/df-dist-v1/{name}/1.0/SHA256SUMS");
    configure(&bench.castoff, &garage, "both", "sign = [\"release\", \"other\", \"mini\"]\n");
    bench.run(&["--batch"]).expect(0);
    assert_eq!(good(&gpg, &format!("{}.asc", sums("both")), &sums("both")), 2);
    for place in ["out/both:1.0", "garage/both:1.0"] {
        for signer in ["release", "other", "mini"] {
            bench.run(&["verify", place, "--signer", signer]).expect(0);
        }
    }
    configure(&bench.castoff, &garage, "late", "sign = []\n");
    bench.run(&["--batch"]).expect(0);
    for signer in ["release", "mini", "other"] {
        bench.run(&["sign", "out/late:1.0", "garage/late:1.0", "--signer", signer]).expect(0);
    }
    assert_eq!(good(&gpg, &format!("{}.asc", sums("late")), &sums("late")), 2);
    for place in ["out/late:1.0", "garage/late:1.0"] {
        let told = bench.run(&["sign", place, "--signer", "mini2"]).expect(4).stderr;
        assert!(told.contains("already signed by another key"), "{told}");
        for signer in ["release", "other", "mini"] {
            bench.run(&["verify", place, "--signer", signer]).expect(0);
        }
    }
    // Two that would write the same file are told before anything is made.
    configure(&bench.castoff, &garage, "refused", "");
    let told = bench.run(&["--batch"]).expect(2).stderr;
    assert!(told.contains("would both write SHA256SUMS.minisig"), "{told}");
}

#[test]
fn a_copy_of_signed_files_overwrites_no_signature_of_another_key() {
    let garage = Garage::shared();
    let gpg = two_keys_of_each(Castoff::new().with(&garage));
    let bench = &gpg.0;
    for (name, here, there) in [("pgp", "release", "other"), ("mini", "mini", "mini2")] {
        let signed = format!("copied-{name}");
        configure(&bench.castoff, &garage, &signed, "sign = []\n");
        bench.run(&["--batch"]).expect(0);
        let (from, to) = (format!("garage/{signed}:1.0"), format!("out/{signed}:1.0"));
        bench.run(&["sign", &from, "--signer", here]).expect(0);
        bench.run(&["sign", &to, "--signer", there]).expect(0);
        for (from, to, kept) in [(&from, &to, there), (&to, &from, here)] {
            let dry = bench.run(&["copy", from, to, "--dry-run"]).expect(5).stderr;
            assert!(dry.contains("a signature of another key would be lost"), "{dry}");
            let told = bench.run(&["copy", from, to]).expect(5).stderr;
            assert!(told.contains("SHA256SUMS.") && told.contains("castoff sign"), "{told}");
            bench.run(&["verify", to, "--signer", kept]).expect(0);
        }
        // What lies there alike is no hindrance, and other tags are free.
        let other = format!("out/{signed}:2.0");
        bench.run(&["copy", &from, &other]).expect(0);
        bench.run(&["copy", &from, &other]).expect(0);
        bench.run(&["verify", &other, "--signer", here]).expect(0);
    }
}
