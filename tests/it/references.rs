//! References without a scheme.

use crate::support::project::Project;

#[test]
fn what_is_no_reference_is_refused_with_the_nearest_right_form() {
    let project = Project::new();
    project.configure("1.0", "");
    for (text, right) in [
        ("alpine:3.20", "docker://docker.io/library/alpine:3.20"),
        ("alpine:3", "docker://docker.io/library/alpine:3"),
        ("acme/app:1.0", "docker://docker.io/acme/app:1.0"),
        ("https://ghcr.io/acme/app:1.0", "docker://ghcr.io/acme/app:1.0"),
        ("oci://registry.example/app:1", "docker://registry.example/app:1"),
        ("registry.example", "docker://registry.example"),
        ("registry.example:5000", "docker://registry.example:5000"),
        ("./dist/shelf", "oci:./dist/shelf, or dir:./dist/shelf"),
        ("dist.tar", "oci:dist.tar"),
        ("shelff/app:1.0", "shelf/app:1.0"),
        ("shelve", "shelf"),
    ] {
        for verb in ["ls", "inspect", "rm", "copy", "diff", "gc", "sign", "push", "verify"] {
            let more: &[&str] = match verb {
                "copy" | "diff" => &["shelf/app:1.0"],
                "gc" => &["--keep", "1"],
                "sign" => &["--key", "x.key"],
                "verify" => &["--key", "x.pub"],
                _ => &[],
            };
            // Files are signed and verified by their paths.
            if text.starts_with("./") && matches!(verb, "sign" | "verify") {
                continue;
            }
            let archives = Project::archives();
            let mut line = vec![verb];
            line.extend((verb == "push").then_some(archives.as_str()));
            line.push(text);
            line.extend(more);
            project.run(&line).expect(2).says(&["did you mean ", right]);
        }
    }
}

#[test]
fn a_sink_comes_before_a_host_of_that_name() {
    let project = Project::new();
    let archives = Project::archives();
    project.write(
        "castoff.toml",
        format!(
            "[release]\nversion = \"1.0\"\n[[artifact]]\nname = \"app\"\nfrom = {{ archives = \"{archives}\" }}\n\
             [[sink]]\nname = \"registry.example\"\nurl = \"oci:out\"\n"
        ),
    );
    project.run(&["--batch", "-q"]).expect(0);
    project.run(&["inspect", "registry.example/app:1.0"]).expect(0);
    project.run(&["copy", "-q", "registry.example/app:1.0", "registry.example/app:2.0"]).expect(0);
    assert!(project.tag("out", "app:2.0").is_some());
}
