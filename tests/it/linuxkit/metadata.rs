//! `build.yml`.

use castoff::recipe::{
    linuxkit::{Compat, DependsTarget, LinuxkitRecipe, PinnedImage, expand},
    proxies,
};
use proptest::prelude::*;

use super::{Workshop, alone, failure, foo, read};
use crate::support::git::program;

/// What is asked of a switch: nothing, on, off.
const ASKED: [Option<bool>; 3] = [None, Some(true), Some(false)];

/// The switch of a package for each of [`ASKED`].
async fn switched(
    line: &str,
    ask: impl Fn(&mut LinuxkitRecipe, Option<bool>),
    of: impl Fn(&castoff::recipe::linuxkit::Switches) -> bool,
) -> Vec<bool> {
    let shop = alone(&format!("image: dummy\n{line}\n"));
    let mut found = Vec::new();
    for compat in [Compat::Year2020, Compat::Year2026] {
        for asked in ASKED {
            let mut recipe = LinuxkitRecipe { compat, ..shop.recipe("pkg") };
            ask(&mut recipe, asked);
            found.push(of(&read(&recipe).await.switches));
        }
    }
    // Both generations agree.
    assert_eq!(found[..3], found[3..]);
    found.truncate(3);
    found
}

#[tokio::test]
async fn the_network_is_off_unless_the_metadata_or_a_flag_says_otherwise() {
    for (line, expected) in [
        ("", [false, true, false]),
        ("network: true", [true, true, false]),
        ("network: false", [false, true, false]),
    ] {
        let found = switched(line, |recipe, asked| recipe.network = asked, |on| on.network).await;
        assert_eq!(found, expected, "{line}");
    }
}

#[tokio::test]
async fn the_cache_is_on_unless_the_metadata_or_a_flag_says_otherwise() {
    for (line, expected) in [
        ("", [true, true, false]),
        ("disable-cache: true", [false, true, false]),
        ("disable-cache: false", [true, true, false]),
    ] {
        let found = switched(line, |recipe, asked| recipe.cache = asked, |on| on.cache).await;
        assert_eq!(found, expected, "{line}");
    }
}

#[tokio::test]
async fn content_trust_is_on_unless_the_metadata_or_a_flag_says_otherwise() {
    for (line, expected) in [
        ("", [true, true, false]),
        ("disable-content-trust: true", [false, true, false]),
        ("disable-content-trust: false", [true, true, false]),
    ] {
        let found = switched(line, |recipe, asked| recipe.trust = asked, |on| on.trust).await;
        assert_eq!(found, expected, "{line}");
    }
}

/// Why a package with these dependencies is refused.
async fn refusal_of(images: &str) -> String {
    let shop = alone(&format!("image: dummy\ndepends:\n  docker-images:\n{images}"));
    shop.write("pkg/images.lst", "one\n");
    let old = failure(&shop.recipe("pkg")).await;
    assert_eq!(failure(&shop.recipe_2026("pkg")).await, old);
    shop.shown(&old)
}

#[tokio::test]
async fn dependencies_that_cannot_be_used_are_refused() {
    for (images, expected) in [
        (
            "    target-dir: dl\n    list: [docker.io/library/nginx:latest]\n",
            r#"image "docker.io/library/nginx:latest" lacks a digest"#,
        ),
        (
            "    target-dir: dl\n    list: ['docker.io/library/nginx:latest@sha256:invalid']\n",
            r#"unable to validate digest in "docker.io/library/nginx:latest@sha256:invalid": "#,
        ),
        (
            "    target: foo.tar\n    target-dir: dl\n    list: [one]\n",
            r#""depends.images.target" and "depends.images.target-dir" are mutually exclusive"#,
        ),
        (
            "    target-dir: dl\n    from-file: images.lst\n    list: [one]\n",
            r#""depends.images.list" and "depends.images.from-file" are mutually exclusive"#,
        ),
        ("    target: /x\n", "depends.image.target must be relative to package directory"),
        (
            "    target-dir: .\n",
            "depends.image.target-dir must not be exactly the package directory",
        ),
        (
            "    target-dir: ../pkg-two\n",
            "depends.image.target-dir must be within package directory",
        ),
        ("    from-file: ../x\n", "depends.image.from-file must be within package directory"),
    ] {
        let told = refusal_of(images).await;
        assert!(told.contains(expected), "{told}");
    }
}

#[tokio::test]
async fn dependencies_are_listed_in_a_file_or_in_the_metadata() {
    let hex = "ab".repeat(32);
    let shop = alone(
        "image: dummy\ndepends: {docker-images: {from-file: images.lst, target-dir: dl/./x}}\n",
    );
    shop.write(
        "pkg/images.lst",
        &format!("# none\n\nnginx:1@sha256:{hex}\nlocalhost:5000/a/b@sha256:{hex}\n"),
    );
    let package = read(&shop.recipe("pkg")).await;
    let names: Vec<_> = package.depends.images.iter().map(PinnedImage::file_name).collect();
    assert_eq!(names, [format!("nginx@sha256:{hex}.tar"), format!("b@sha256:{hex}.tar")]);
    let shown: Vec<_> =
        package.depends.images.iter().map(|image| image.image.to_string()).collect();
    assert_eq!(
        shown,
        [
            format!("docker.io/library/nginx:1@sha256:{hex}"),
            format!("localhost:5000/a/b@sha256:{hex}")
        ]
    );
    assert_eq!(package.depends.target, Some(DependsTarget::Folder("dl/x".to_owned())));
}

#[tokio::test]
async fn a_package_must_say_what_its_image_is_called() {
    for metadata in ["", "org: foo\n", "image: ''\n", "image:\n"] {
        let told = failure(&alone(metadata).recipe("pkg")).await.to_string();
        assert!(told.contains("Image field is required"), "{told}");
    }
}

#[tokio::test]
async fn a_name_that_no_registry_takes_is_refused() {
    let shop = alone("image: docker.io/foo/bar:abc:def:ghi\n");
    let told = failure(&shop.recipe_2026("pkg")).await.to_string();
    assert!(told.contains("could not resolve references"), "{told}");
}

#[tokio::test]
async fn a_package_that_names_no_architecture_has_those_of_its_generation() {
    let shop = alone("image: dummy\n");
    let names = |platforms: &[castoff::model::Platform]| {
        platforms.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let old = read(&shop.recipe("pkg")).await.platforms;
    assert_eq!(names(&old), ["linux/amd64", "linux/arm64", "linux/s390x"]);
    let new = read(&shop.recipe_2026("pkg")).await.platforms;
    assert_eq!(names(&new), ["linux/amd64", "linux/arm64", "linux/riscv64"]);
    for blank in ["arches:\n", "arches: []\n"] {
        let shop = alone(&format!("image: dummy\n{blank}"));
        assert_eq!(read(&shop.recipe("pkg")).await.platforms, []);
    }
    let shop = alone("image: dummy\narches: [arm64, arm64]\n");
    assert_eq!(names(&read(&shop.recipe("pkg")).await.platforms), ["linux/arm64"]);
    let shop = alone("image: dummy\narches:\n  - arm64\n  - amd46\n");
    let told = failure(&shop.recipe("pkg")).await.to_string();
    assert!(told.contains("build.yml:4: `linux/amd46` is not a platform"), "{told}");
}

#[tokio::test]
async fn unknown_keys_are_warnings_in_2020_and_errors_in_2026() {
    let shop = alone(
        "image: dummy\nnetwrk: true\nconfig:\n  comand: [sh]\n  annotations: {any: thing}\n  \
         runtime:\n    mkdirs: [x]\n  mounts:\n    - type: tmpfs\n      into: /tmp\n",
    );
    let expected = [
        "build.yml:2: unknown key `netwrk`; did you mean `network`?",
        "build.yml:4: unknown key `config.comand`; did you mean `command`?",
        "build.yml:7: unknown key `config.runtime.mkdirs`; did you mean `mkdir`?",
        "build.yml:10: unknown key `config.mounts.into`",
    ];
    assert_eq!(read(&shop.recipe("pkg")).await.warnings[..4], expected);
    let told = failure(&shop.recipe_2026("pkg")).await.to_string();
    assert!(expected.iter().all(|line| told.contains(line)), "{told}");
}

#[tokio::test]
async fn a_mistake_is_told_with_its_file_and_line() {
    for (metadata, expected) in [
        ("image: dummy\nnetwork: perhaps\n", "build.yml:2"),
        ("image: dummy\nconfig:\n  oomScoreAdj: much\n", "build.yml:3"),
        ("image: dummy\n  org: x\n", "build.yml:2"),
        ("image: [a]\n", "build.yml:1"),
    ] {
        let told = failure(&alone(metadata).recipe("pkg")).await.to_string();
        assert!(told.contains(expected), "{told}");
    }
}

#[tokio::test]
async fn the_label_is_what_go_would_write() {
    let shop = Workshop::new();
    shop.write("repo/pkg/Dockerfile", "FROM scratch\n");
    shop.write(
        "repo/pkg/build.yml",
        r#"image: dummy
config:
  runtime:
    mkdir: ["/var/lib/<x>&\u2028"]
    interfaces:
      - name: vethin-sshd
        add: veth
  hostname:
  cwd: ""
  env: []
  binds:
    - /etc/resolv.conf:/etc/resolv.conf
  capabilities.add: [CAP_NET_ADMIN]
  capabilities:
  - all
  command: [sleep, 1.0, yes, 0x10, "\"\\\x01\t"]
  uid: 0
  gid: users
  readonly: false
  oomScoreAdj: -5
  sysctl: {net.ipv4.ip_forward: 1, a: b}
  uidMappings: [{containerid: 0, hostID: 1000, size: 1}]
  mounts:
    - {source: tmpfs, options: [], destination: /tmp, type: tmpfs}
    - type: bind
  resources:
    blockio: {weight: 5}
    memory: {limit: 1024, disableOOMKiller: true}
    devices: []
    cpu: {}
"#,
    );
    shop.commit("repo");
    let blueprint = read(&shop.recipe("repo/pkg")).await.blueprint().await.unwrap();
    let labels: Vec<String> = blueprint
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}").replace(env!("CARGO_PKG_VERSION"), "VERSION"))
        .collect();
    insta::assert_snapshot!(labels.join("\n"));
}

#[tokio::test]
async fn labels_tell_no_source_outside_of_git_and_no_revision_of_what_is_dirty() {
    let keys = |blueprint: castoff::recipe::Blueprint| {
        blueprint.labels.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    let tool = ["org.mobyproject.linuxkit.version", "org.mobyproject.linuxkit.revision"];
    let shop = alone("image: dummy\n");
    let blueprint = read(&shop.recipe("pkg")).await.blueprint().await.unwrap();
    assert_eq!(keys(blueprint), tool);
    let shop = foo();
    shop.write("repo/foo/Dockerfile", "FROM other\n");
    let blueprint = read(&shop.recipe("repo/foo")).await.blueprint().await.unwrap();
    assert_eq!(keys(blueprint), ["org.opencontainers.image.source", tool[0], tool[1]]);
    shop.write("repo/foo/build.yml", "image: foo\ngitrepo:\n");
    let blueprint = read(&shop.recipe("repo/foo")).await.blueprint().await.unwrap();
    assert_eq!(keys(blueprint), tool);
}

#[tokio::test]
async fn the_dockerfile_must_lie_in_the_package() {
    let shop = alone("image: dummy\ndockerfile: other\n");
    let package = read(&shop.recipe("pkg")).await;
    assert!(package.blueprint().await.unwrap_err().to_string().contains("pkg/other"));
    let given = |name: &str| LinuxkitRecipe { dockerfile: Some(name.into()), ..shop.recipe("pkg") };
    let blueprint = read(&given("Dockerfile")).await.blueprint().await.unwrap();
    assert_eq!(blueprint.dockerfile.text, "FROM scratch\n");
    shop.write("Dockerfile", "FROM outside\n");
    for outside in ["../Dockerfile", "x/../../Dockerfile", "/etc/passwd"] {
        let refused = read(&given(outside)).await.blueprint().await.unwrap_err().to_string();
        assert!(refused.contains("must lie in the package directory"), "{refused}");
    }
}

#[tokio::test]
async fn a_template_makes_the_tag_and_a_given_one_wins() {
    let recipe = |shop: &Workshop, tag: Option<&str>| LinuxkitRecipe {
        hash: Some("abc".into()),
        tag: tag.map(str::to_owned),
        ..shop.recipe_2026("pkg")
    };
    let shop = alone("image: dummy\ntag: file\n");
    for (given, expected) in [
        (None, "file"),
        (Some(""), "file"),
        (Some("cli"), "cli"),
        (Some("v1-{{.Hash}}"), "v1-abc"),
        (Some("{{ .Hash }}.{{.Hash}}"), "abc.abc"),
        (Some("a \n{{- .Hash -}}\t b"), "aabcb"),
    ] {
        assert_eq!(super::tag(&recipe(&shop, given)).await, expected, "{given:?}");
    }
    for wrong in ["{{.Other}}", "{{.Hash", "{{.Hash | upper}}", "{{-.Hash}}", "{{}}"] {
        let told = failure(&recipe(&shop, Some(wrong))).await.to_string();
        assert!(told.contains("invalid tag template"), "{told}");
    }
    let told = failure(&recipe(&shop, Some("no tag"))).await.to_string();
    assert!(told.contains("is not a tag"), "{told}");
}

#[test]
fn names_are_expanded_as_linuxkit_expands_them() {
    for (name, expected) in [
        ("redis", "docker.io/library/redis"),
        ("foo/bar", "docker.io/foo/bar"),
        ("myregistry.io/foo", "myregistry.io/foo"),
        ("foo/bar/baz", "foo/bar/baz"),
        ("localhost/foo", "localhost/foo"),
        ("registry:5000/foo", "registry:5000/foo"),
    ] {
        assert_eq!(expand(name, false), expected);
    }
    assert_eq!(expand("redis", true), "docker.io/library/redis:latest");
    assert_eq!(expand("redis:alpine", true), "docker.io/library/redis:alpine");
    assert_eq!(expand("registry:5000/foo", true), "registry:5000/foo:latest");
}

#[test]
fn proxies_are_passed_on_word_for_word() {
    let variable = |name: &str| match name {
        "http_proxy" => Some("http://user:pass@p/".to_owned()),
        "ALL_PROXY" => Some(String::new()),
        _ => None,
    };
    let expected = [("http_proxy", "http://user:pass@p/"), ("ALL_PROXY", "")];
    assert_eq!(proxies(variable), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

proptest! {
    #[test]
    fn an_expanded_name_stays_as_it_is(
        name in "[a-z]{1,4}(/[a-z]{1,4}){0,3}(:[0-9]{1,3})?",
        tag: bool,
    ) {
        let once = expand(&name, tag);
        prop_assert_eq!(expand(&once, tag), once.clone());
        prop_assert!(once.ends_with(&name) || tag);
    }

    #[test]
    fn whatever_the_metadata_holds_it_is_read_or_refused(text in "[ a-z:\\-{}\\[\\]#&*<\n\"']{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shop = alone(&format!("image: dummy\n{text}\nhash: x\n"));
        for recipe in [shop.recipe("pkg"), shop.recipe_2026("pkg")] {
            // A panic is what would be wrong.
            let _ = runtime.block_on(castoff::recipe::linuxkit::read(&recipe, &program()));
        }
    }

    #[test]
    fn the_label_is_json_whatever_the_strings_are(text: String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shop = alone(&format!(
            "image: dummy\nconfig: {{cwd: {}}}\n",
            serde_json::to_string(&text).unwrap()
        ));
        let package = runtime.block_on(castoff::recipe::linuxkit::read(&shop.recipe("pkg"), &program()));
        // What YAML does not take is refused; the rest comes out as it went in.
        if let Ok(package) = package {
            let blueprint = runtime.block_on(package.blueprint()).unwrap();
            let label = &blueprint.labels[0].1;
            let read: serde_json::Value = serde_json::from_str(label).unwrap();
            let expected = if text.is_empty() { serde_json::Value::Null } else { text.into() };
            prop_assert_eq!(&read["cwd"], &expected);
        }
    }
}
