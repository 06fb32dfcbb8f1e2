//! CMS, which openssl makes and checks too.

use super::{Bench, PASSPHRASE};

const EC: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n";
const SIGNER: &str = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n\
                      extendedKeyUsage=emailProtection\n";

/// A root, `ca.pem`, an authority below it, `mid.pem`, and a signer below
/// that: `leaf.key`, which is encrypted, and `leaf.pem`.
fn bench(kind: &[&str]) -> Bench {
    let bench = Bench::new();
    bench.castoff.write("authority.ext", AUTHORITY);
    bench.castoff.write("signer.ext", SIGNER);
    let pass = format!("pass:{PASSPHRASE}");
    let key = |name: &str, kind: &[&str], more: &[&str]| {
        bench.made("openssl", &[&["genpkey", "-out", name], kind, more].concat());
    };
    key("ca.key", EC, &[]);
    bench.made(
        "openssl",
        &["req", "-x509", "-key", "ca.key", "-out", "ca.pem", "-subj", "/CN=root", "-days", "9"],
    );
    key("mid.key", EC, &[]);
    certify(&bench, "mid", "ca", "authority.ext");
    key("leaf.key", kind, &["-aes-256-cbc", "-pass", &pass]);
    certify(&bench, "leaf", "mid", "signer.ext");
    bench
}

/// Makes `NAME.pem` for `NAME.key`.
fn certify(bench: &Bench, name: &str, by: &str, extensions: &str) {
    let (key, request, subject) =
        (format!("{name}.key"), format!("{name}.csr"), format!("/O=castoff/CN={name}"));
    let pass = format!("pass:{PASSPHRASE}");
    bench.made(
        "openssl",
        &["req", "-new", "-key", &key, "-passin", &pass, "-out", &request, "-subj", &subject],
    );
    let (ca, ca_key, out) = (format!("{by}.pem"), format!("{by}.key"), format!("{name}.pem"));
    let arguments = ["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key];
    let more = ["-CAcreateserial", "-extfile", extensions, "-days", "8", "-out", &out];
    bench.made("openssl", &[&arguments[..], &more].concat());
}

const SIGN: [&str; 8] =
    ["sign", "app.tar", "--key", "leaf.key", "--certificate", "leaf.pem", "--chain", "mid.pem"];
const VERIFY: [&str; 5] = ["cms", "-verify", "-inform", "DER", "-binary"];

#[test]
fn openssl_takes_what_was_signed_and_refuses_what_changed() {
    for kind in [EC, P384, RSA] {
        let bench = bench(kind);
        let ended = bench.run(&SIGN).expect(0);
        assert!(ended.stdout.contains("app.tar.p7s"), "{}", ended.stdout);
        let detached = [&VERIFY[..], &["-in", "app.tar.p7s", "-CAfile", "ca.pem", "-content"]];
        bench.made("openssl", &[&detached.concat()[..], &["app.tar", "-out", "out"]].concat());
        let refused = bench.tool("openssl", &[&detached.concat()[..], &["changed.tar"]].concat());
        assert!(refused.status != Some(0) && refused.stderr.contains("verif"), "{refused:?}");
        // By its own root, by its own key, and by no other.
        let verify = ["verify", "app.tar", "--certificate", "ca.pem"];
        let told = bench.run(&verify).expect(0);
        assert!(told.stdout.contains("CN=leaf"), "{}", told.stdout);
        bench.run(&["verify", "app.tar", "--key", "leaf.pem"]).expect(0);
        bench.run(&["verify", "app.tar", "--key", "mid.pem"]).expect(6);
        let of_other = ["verify", "changed.tar", "--signature", "app.tar.p7s"];
        bench.run(&[&of_other[..], &["--certificate", "ca.pem"]].concat()).expect(6);
        // With the content within.
        bench.run(&[&SIGN[..], &["--attached"]].concat()).expect(0);
        let attached = ["-in", "app.tar.p7m", "-CAfile", "ca.pem", "-out", "out"];
        bench.made("openssl", &[&VERIFY[..], &attached].concat());
        assert_eq!(bench.read("out"), bench.read("app.tar"));
        let attached = ["--signature", "app.tar.p7m"];
        bench.run(&[&verify[..], &attached].concat()).expect(0);
        let mut broken = bench.read("app.tar.p7m");
        let place = broken.windows(8).position(|part| part == b"released").unwrap();
        broken[place] ^= 1;
        bench.castoff.write("broken.p7m", &broken);
        let broken = ["-in", "broken.p7m", "-CAfile", "ca.pem", "-out", "out"];
        assert_ne!(bench.tool("openssl", &[&VERIFY[..], &broken].concat()).status, Some(0));
        bench.run(&[&verify[..], &["--signature", "broken.p7m"]].concat()).expect(6);
    }
}

#[test]
fn what_openssl_signed_is_taken_in_each_of_its_forms() {
    for kind in [EC, P384, RSA] {
        let bench = bench(kind);
        let pass = format!("pass:{PASSPHRASE}");
        let sign = [
            "cms",
            "-sign",
            "-binary",
            "-in",
            "app.tar",
            "-signer",
            "leaf.pem",
            "-inkey",
            "leaf.key",
            "-passin",
            &pass,
            "-certfile",
            "mid.pem",
            "-out",
            "theirs",
        ];
        for form in [
            &["-outform", "DER"][..],
            &["-outform", "PEM"],
            &["-outform", "DER", "-nodetach"],
            &["-outform", "DER", "-nodetach", "-stream"],
            &["-outform", "PEM", "-nodetach", "-stream"],
            &["-outform", "DER", "-keyid", "-md", "sha512"],
        ] {
            bench.made("openssl", &[&sign[..], form].concat());
            let verify =
                |file, root| ["verify", file, "--signature", "theirs", "--certificate", root];
            let told = bench.run(&verify("app.tar", "ca.pem"));
            assert_eq!(told.status, Some(0), "{form:?}: {}", told.stderr);
            bench.run(&verify("changed.tar", "ca.pem")).expect(6);
        }
        // Without what is between, the root is not reached; another is none.
        bench.made("openssl", &[&sign[..11], &["-outform", "DER", "-out", "theirs"]].concat());
        let verify = ["verify", "app.tar", "--signature", "theirs", "--certificate"];
        let ended = bench.run(&[&verify[..], &["ca.pem"]].concat()).expect(6);
        assert!(ended.stderr.contains("is not trusted"), "{}", ended.stderr);
    }
}

#[test]
fn what_cannot_sign_is_told_and_leaves_nothing() {
    let bench = bench(EC);
    let before = bench.names();
    for (arguments, status, said) in [
        (vec!["--key", "leaf.key", "--certificate", "mid.pem"], 4, "does not belong to the key"),
        (vec!["--key", "leaf.key", "--certificate", "leaf.key"], 4, "not a certificate in PEM"),
        (vec!["--key", "leaf.key", "--certificate", "missing.pem"], 4, "missing.pem"),
        (vec!["--key", "leaf.key", "--with", "cms"], 2, "--certificate FILE"),
    ] {
        let ended = bench.run(&[&["sign", "app.tar"], &arguments[..]].concat()).expect(status);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    bench.run(&["sign", "./missing.tar", "--key", "leaf.key"]).expect(4);
    bench.run(&[&SIGN[..], &["--dry-run"]].concat()).expect(0);
    assert_eq!(bench.names(), before);
    bench.castoff.write("app.tar.p7s", "precious");
    let ended = bench.run(&SIGN).expect(4);
    assert!(ended.stderr.contains("not a signature of this kind"), "{}", ended.stderr);
    assert_eq!(bench.read("app.tar.p7s"), b"precious");
    std::fs::remove_file(bench.castoff.path("app.tar.p7s")).unwrap();
    for _ in 0..2 {
        bench.run(&SIGN).expect(0);
    }
}

#[test]
fn a_wrong_passphrase_writes_nothing_and_is_nowhere() {
    let bench = bench(RSA);
    let before = bench.names();
    let mut command = bench.castoff.command(&SIGN);
    let ended: crate::support::Ended =
        crate::support::output(command.env("CASTOFF_SECRET_LEAF", "not the canary")).into();
    let ended = ended.expect(4);
    assert!(ended.stderr.contains("the passphrase is wrong"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("not the canary"));
    assert_eq!(bench.names(), before);
}
