//! Content trust covers all that a build takes from elsewhere, not `FROM` alone.

use std::process::Command;

use super::trust::Trusted;
use crate::support::run;

/// A package that is signed, and a tag of it that is not.
fn with_unsigned() -> (Trusted, String) {
    let trusted = Trusted::new().with_passphrase();
    trusted.push("pkg", &[]).expect(0);
    trusted.lab.push("linux/amd64", &["-release", "unsigned"]).expect(0);
    let tag = trusted.lab.tag();
    (trusted, tag)
}

impl Trusted {
    /// What a push of `pkg-b` with this Dockerfile says, which ends so.
    fn push_of(&self, dockerfile: &str, status: i32) -> String {
        self.lab.castoff.write("pkg-b/build.yml", "image: pkg-b\narches: [amd64]\n");
        self.lab.castoff.write("pkg-b/Dockerfile", dockerfile);
        self.lab.commit();
        self.push("pkg-b", &[]).expect(status).stderr
    }
}

#[test]
fn an_image_that_is_not_signed_is_refused_wherever_a_dockerfile_names_it() {
    let (trusted, _) = with_unsigned();
    let unsigned = trusted.lab.image("unsigned");
    let forms = [
        (2, format!("FROM scratch\nCOPY --from={unsigned} /made /\n")),
        (3, format!("FROM scratch\nCOPY --chown=1 \\\n  --from={unsigned} /made /\n")),
        (2, format!("FROM scratch\nRUN --mount=type=bind,from={unsigned},target=/x [\"/x\"]\n")),
        (2, format!("FROM scratch\nRUN --mount=type=cache,target=/c,FROM={unsigned} [\"/x\"]\n")),
        (1, format!("# syntax={unsigned}\nFROM scratch\n")),
        (2, format!("FROM scratch\nONBUILD COPY --from={unsigned} /made /\n")),
        (2, format!("ARG BASE={unsigned}\nFROM $BASE\n")),
    ];
    for (line, dockerfile) in forms {
        let told = trusted.push_of(&dockerfile, 6);
        assert!(told.contains("is not signed"), "{dockerfile}{told}");
        assert!(told.contains(&format!("Dockerfile:{line}")), "{dockerfile}{told}");
    }
    assert!(!trusted.lab.registry.storage().join("repositories/acme/pkg-b").exists());
}

#[test]
fn a_signed_image_whose_tag_was_moved_still_means_what_was_signed() {
    let (trusted, tag) = with_unsigned();
    let lab = &trusted.lab;
    let signed = lab.digest(&tag);
    lab.castoff.write("common/lib.txt", "moved");
    lab.commit();
    lab.push("linux/amd64", &["-release", "other"]).expect(0);
    run(Command::new("skopeo").args([
        "--insecure-policy",
        "copy",
        "-q",
        "--all",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        &format!("docker://{}", lab.image("other")),
        &format!("docker://{}", lab.image(&tag)),
    ]));
    assert_ne!(lab.digest(&tag), signed);
    let image = lab.image(&tag);
    trusted.push_of(&format!("FROM scratch\nCOPY --from={image} /lib.txt /\n"), 0);
    let built = lab.castoff.run(&["pkg", "show-tag", "pkg-b"]).expect(0).stdout;
    let built = format!("{}/pkg-b:{}", lab.org(), built.trim_end().rsplit(':').next().unwrap());
    assert_eq!(super::file_of(&built, "amd64", "lib.txt").as_deref(), Some("shared"));
}

#[test]
fn what_a_base_has_done_in_builds_upon_it_is_covered_too() {
    let (trusted, _) = with_unsigned();
    let unsigned = trusted.lab.image("unsigned");
    // The base is signed by a push that looks at nothing.
    let base = format!("FROM scratch\nCOPY build.yml /\nONBUILD COPY --from={unsigned} /made /\n");
    trusted.lab.castoff.write("pkg-base/build.yml", "image: pkg-base\narches: [amd64]\n");
    trusted.lab.castoff.write("pkg-base/Dockerfile", base);
    trusted.lab.commit();
    trusted.lab.push("linux/amd64", &["pkg-base", "-release", "v1"]).expect(0);
    let org = trusted.lab.org();
    let line = ["pkg", "manifest", "--insecure", "-org", &org, "-release", "v1", "pkg-base"];
    trusted.lab.castoff.run(&line).expect(0);
    let told = trusted.push_of(&format!("FROM {org}/pkg-base:v1\nCOPY build.yml /\n"), 6);
    assert!(told.contains("ONBUILD COPY --from=") && told.contains("by its tag"), "{told}");
}

#[test]
fn a_download_without_a_checksum_is_told() {
    let (trusted, _) = with_unsigned();
    let told = trusted.push_of("FROM scratch\nADD http://127.0.0.1:1/file /\n", 3);
    assert!(told.contains("Dockerfile:2: ADD http://127.0.0.1:1/file is not covered"), "{told}");
}
