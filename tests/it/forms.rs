//! Layouts and archives as other tools write them.

use std::{fs, path::PathBuf, process::Command};

use castoff::{
    archive::Compression,
    model::{Descriptor, Manifest, Platform, media_type},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    images::{Form, Image, Layout},
    tars::{Tar, compress, layer},
};

/// A folder that castoff is run in.
struct Desk(TempDir);

/// How castoff ended.
struct Ended {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
        command.args(arguments).current_dir(self.0.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home"));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes).replace(&self.0.path().display().to_string(), "…")
        };
        Ended {
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(ended.status, Some(0), "{arguments:?}\n{}{}", ended.stdout, ended.stderr);
        ended
    }

    /// What castoff says when it ends with `status`.
    #[track_caller]
    fn refused(&self, status: i32, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.status, Some(status), "{arguments:?}\n{}{}", ended.stdout, ended.stderr);
        ended.stderr
    }

    /// What a reference names, byte by byte.
    #[track_caller]
    fn raw(&self, reference: &str) -> Value {
        serde_json::from_str(&self.done(&["inspect", "--raw", reference]).stdout).unwrap()
    }

    /// The platforms of an index, with what is about them as `about DIGEST`.
    #[track_caller]
    fn listed(&self, reference: &str) -> Vec<String> {
        let index = self.raw(reference);
        let entries = index["manifests"].as_array().unwrap().iter();
        let listed = entries.map(|entry| match &entry["annotations"] {
            Value::Null => {
                let words = ["os", "architecture", "variant"].map(|word| &entry["platform"][word]);
                let words = words.iter().filter_map(|word| word.as_str());
                words.collect::<Vec<_>>().join("/")
            }
            about => format!("about {}", about["vnd.docker.reference.digest"].as_str().unwrap()),
        });
        listed.collect()
    }
}

fn image(platform: &str, content: &str) -> Image {
    Image::new(platform, &[layer("a", content)])
}

fn add(layout: &mut Layout, platform: &str, content: &str) -> Descriptor {
    let image = image(platform, content).with_layers(|of| compress(of, Compression::Gzip));
    layout.image(&image, media_type::LAYER_GZIP)
}

fn called(node: &Descriptor, name: &str) -> Descriptor {
    let mut node = node.clone();
    node.annotations.insert("org.opencontainers.image.ref.name".into(), name.into());
    node
}

/// What `BuildKit` says about an image.
fn attestation(layout: &mut Layout, subject: &Descriptor) -> Descriptor {
    let statement = json!({ "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{ "name": "x", "digest": { "sha256": subject.digest.hex() } }] });
    let statement = layout.blob("application/vnd.in-toto+json", statement.to_string().as_bytes());
    let config = json!({ "architecture": "unknown", "os": "unknown",
        "rootfs": { "type": "layers", "diff_ids": [statement.digest] } });
    let config = layout.blob(media_type::CONFIG, config.to_string().as_bytes());
    let manifest = Manifest::of_image(config, vec![statement]);
    let unknown = Platform {
        os: "unknown".into(),
        architecture: "unknown".into(),
        variant: None,
        os_version: None,
        os_features: Vec::new(),
        others: castoff::model::Others::default(),
    };
    let mut node = layout.blob(media_type::MANIFEST, manifest.raw()).on(unknown);
    for (name, value) in [("type", "attestation-manifest"), ("digest", subject.digest.as_str())] {
        node.annotations.insert(format!("vnd.docker.reference.{name}"), value.into());
    }
    node
}

/// An index of two platforms.
fn of_two() -> (Layout, [Descriptor; 2]) {
    let mut layout = Layout::default();
    let nodes = [add(&mut layout, "linux/amd64", "x"), add(&mut layout, "linux/arm64", "y")];
    let index = layout.index(&nodes);
    (layout.top(&[called(&index, "1")]), nodes)
}

/// Two images under names as skopeo, buildah and umoci write them.
fn by_name() -> (Layout, [Descriptor; 2]) {
    let mut layout = Layout::default();
    let nodes = [add(&mut layout, "linux/amd64", "old"), add(&mut layout, "linux/amd64", "new")];
    let top = [called(&nodes[0], "latest"), called(&nodes[1], "v2")];
    (layout.top(&top), nodes)
}

fn config(desk: &Desk, from: &str, platforms: &str) {
    let text = format!(
        "[release]\nversion = \"1\"\n[[artifact]]\nname = \"a\"\nfrom = {{ {from} }}\n\
         platforms = [{platforms}]\n[[sink]]\nname = \"s\"\nurl = \"oci:out\"\n"
    );
    desk.write("castoff.toml", text);
}

#[test]
fn a_platform_that_is_there_is_released_without_the_one_that_is_not() {
    let (mut layout, [_, arm64]) = of_two();
    layout.files.remove(&format!("blobs/sha256/{}", arm64.digest.hex()));
    for form in ["lay", "lay.tar"] {
        let desk = Desk::new();
        if form == "lay" {
            layout.write(&desk.path(form));
        } else {
            desk.write(form, layout.tar());
        }
        let ended = desk.done(&["push", "-t", "a:1", form, "oci:out"]);
        assert!(ended.stderr.contains("linux/arm64 is left out"), "{}", ended.stderr);
        assert_eq!(desk.listed("oci:out:a:1"), ["linux/amd64"]);
        config(&desk, &format!("layout = \"{form}\""), "\"linux/amd64\"");
        desk.done(&["--batch"]);
        config(&desk, &format!("layout = \"{form}\""), "\"linux/amd64\", \"linux/arm64\"");
        let said = desk.refused(4, &["--batch"]);
        assert!(said.contains("the image for linux/arm64 is incomplete"), "{said}");
        let said =
            desk.refused(4, &["push", "-t", "a:2", "--platform", "linux/arm64", form, "oci:out"]);
        assert!(said.contains("linux/arm64"), "{said}");
    }
}

#[test]
fn a_layer_that_is_missing_is_missed_by_its_platform_alone() {
    let (mut layout, _) = of_two();
    let gone = compress(&layer("a", "y"), Compression::Gzip);
    let gone = castoff::model::Digest::of(&gone);
    layout.files.remove(&format!("blobs/sha256/{}", gone.hex())).unwrap();
    let desk = Desk::new();
    layout.write(&desk.path("lay"));
    let said = desk.refused(4, &["copy", "oci:lay:1", "oci:copied:a:1"]);
    assert!(said.contains("the image for linux/arm64 is incomplete"), "{said}");
    desk.done(&["copy", "--platform", "linux/amd64", "oci:lay:1", "oci:copied:a:1"]);
    desk.done(&["push", "-t", "a:1", "lay", "oci:out"]);
    assert_eq!(desk.listed("oci:out:a:1"), ["linux/amd64"]);
}

#[test]
fn layouts_of_others_are_addressed_by_their_names() {
    let (layout, [latest, v2]) = by_name();
    let desk = Desk::new();
    layout.write(&desk.path("lay"));
    desk.write("lay2.tar", layout.tar());
    for at in ["oci:lay", "oci:lay2.tar"] {
        let list = desk.done(&["ls", "--names", at]).stdout;
        let mut list: Vec<_> = list.lines().collect();
        list.sort_unstable();
        assert_eq!(list, ["latest", "v2"]);
        let named = |name: &str| desk.done(&["inspect", &format!("{at}:{name}")]).stdout;
        assert!(named("v2").contains(v2.digest.as_str()), "{}", named("v2"));
        assert!(named("latest").contains(latest.digest.as_str()));
        for wrong in ["nonsense", "x:nonsense", "v2:v2"] {
            for verb in ["inspect", "rm"] {
                let said = desk.refused(4, &[verb, &format!("{at}:{wrong}")]);
                assert!(said.contains("does not exist"), "{said}");
            }
        }
        desk.done(&["copy", &format!("{at}:v2"), "oci:copies:a:2"]);
        desk.done(&["diff", &format!("{at}:v2"), &format!("{at}:latest")]);
    }
    desk.refused(2, &["inspect", "oci:lay:"]);
    let said = desk.refused(4, &["ls", "oci:not/there"]);
    assert!(said.contains("does not exist"), "{said}");
    desk.refused(4, &["ls", "dir:not/there"]);
    desk.done(&["gc", "oci:lay", "--keep", "1", "--grace", "0s"]);
    desk.done(&["rm", "oci:lay2.tar:latest"]);
    assert_eq!(desk.done(&["ls", "--names", "oci:lay2.tar"]).stdout.trim(), "v2");
}

#[test]
fn names_of_containerd_and_of_registries_are_understood() {
    let mut layout = Layout::default();
    let nodes = [add(&mut layout, "linux/amd64", "1"), add(&mut layout, "linux/amd64", "2")];
    let mut containerd = called(&nodes[0], "1");
    let name = "docker.io/library/app:1";
    containerd.annotations.insert("io.containerd.image.name".into(), name.into());
    let podman = called(&nodes[1], "localhost:5000/team/web:V2");
    let desk = Desk::new();
    layout.top(&[containerd, podman]).write(&desk.path("lay"));
    let list = desk.done(&["ls", "oci:lay"]).stdout;
    assert_eq!(list.lines().collect::<Vec<_>>(), ["docker.io/library/app", "team/web"]);
    for name in ["1", "app:1", "docker.io/library/app:1"] {
        let shown = desk.done(&["inspect", &format!("oci:lay:{name}")]).stdout;
        assert!(shown.contains(nodes[0].digest.as_str()), "{name}: {shown}");
    }
    for name in ["team/web:V2", "localhost:5000/team/web:V2"] {
        let shown = desk.done(&["inspect", &format!("oci:lay:{name}")]).stdout;
        assert!(shown.contains(nodes[1].digest.as_str()), "{name}: {shown}");
    }
    desk.done(&["push", "-t", "b:1", "lay:app:1", "oci:out"]);
    desk.done(&["push", "-t", "b:2", "lay:localhost:5000/team/web:V2", "oci:out"]);
}

#[test]
fn one_of_several_images_is_picked_by_its_name() {
    let (layout, nodes) = by_name();
    let desk = Desk::new();
    layout.write(&desk.path("lay"));
    desk.write("lay.tar", layout.tar());
    for path in ["lay", "oci:lay", "lay.tar"] {
        let said = desk.refused(4, &["push", "-t", "a:x", path, "oci:out"]);
        assert!(said.contains("`latest` and `v2`") && said.contains("PATH:latest"), "{said}");
        desk.done(&["push", "-t", "a:x", &format!("{path}:v2"), "oci:out"]);
        let index = desk.raw("oci:out:a:x");
        assert_eq!(index["manifests"][0]["digest"], nodes[1].digest.as_str());
        desk.done(&["push", "-t", "a:latest", path, "oci:out"]);
        let index = desk.raw("oci:out:a:latest");
        assert_eq!(index["manifests"][0]["digest"], nodes[0].digest.as_str());
        let said = desk.refused(4, &["push", "-t", "a:1", &format!("{path}:v3"), "oci:out"]);
        assert!(said.contains("it contains `latest`, `v2`"), "{said}");
    }
}

#[test]
fn one_archive_is_pushed_whatever_its_form() {
    let digest = |desk: &Desk| desk.raw("oci:out:a:1")["manifests"][0]["digest"].clone();
    let mut digests = Vec::new();
    for (place, form) in
        [Form::Legacy, Form::LegacySymlinks, Form::Podman, Form::Docker25].into_iter().enumerate()
    {
        let desk = Desk::new();
        let how = if place == 0 { Compression::Zstd } else { Compression::None };
        desk.write("app.tar", compress(&image("linux/arm64", "x").save(form, false), how));
        desk.done(&["push", "app.tar", "oci:out:a:1"]);
        assert_eq!(desk.listed("oci:out:a:1"), ["linux/arm64"]);
        digests.push(digest(&desk));
    }
    assert!(digests.iter().all(|other| *other == digests[0]), "{digests:?}");
    let (layout, _) = of_two();
    for how in [Compression::None, Compression::Gzip] {
        let desk = Desk::new();
        desk.write("app.tar.gz", compress(&layout.tar(), how));
        desk.done(&["push", "app.tar.gz", "oci:out:a:1"]);
        assert_eq!(desk.listed("oci:out:a:1"), ["linux/amd64", "linux/arm64"]);
    }
}

#[test]
fn of_an_archive_with_several_images_one_is_picked() {
    let (old, new) = (image("linux/amd64", "old"), image("linux/amd64", "new"));
    let mut tar = Tar::default();
    let mut list = Vec::new();
    for (name, image) in [("app:1", &old), ("web:2", &new)] {
        let file = format!("{}.json", image.diff_ids[0].hex());
        tar = tar.file(&file, image.config());
        tar = tar.file(&format!("{}.tar", image.diff_ids[0].hex()), &image.layers[0]);
        list.push(json!({ "Config": file, "RepoTags": [name],
            "Layers": [format!("{}.tar", image.diff_ids[0].hex())] }));
    }
    let desk = Desk::new();
    desk.write("all.tar", tar.file("manifest.json", Value::from(list).to_string()).finish());
    let said = desk.refused(4, &["push", "-t", "a:x", "all.tar", "oci:out"]);
    assert!(said.contains("`app:1` and `web:2`") && said.contains("PATH:app:1"), "{said}");
    // The tag alone does not say which image is meant.
    desk.refused(4, &["push", "-t", "c:2", "all.tar", "oci:out"]);
    for arguments in [["-t", "b:x", "all.tar:web:2"], ["-t", "web:2", "all.tar"]] {
        desk.done(&[&["push"], &arguments[..], &["oci:out"]].concat());
        let index = desk.raw(&format!("oci:out:{}", arguments[1]));
        let manifest = index["manifests"][0]["digest"].as_str().unwrap();
        let blob = desk.path("out/blobs/sha256").join(&manifest["sha256:".len()..]);
        let manifest: Value = serde_json::from_slice(&fs::read(blob).unwrap()).unwrap();
        let config = castoff::model::Digest::of(&new.config());
        assert_eq!(manifest["config"]["digest"], config.as_str());
    }
}

#[test]
fn images_of_different_names_do_not_become_one_index() {
    let (one, other) = (image("linux/amd64", "one"), image("linux/arm64", "other"));
    for (names, is_one) in [
        (["app:1", "tool:1"], false),
        (["one", "two"], false),
        (["app:1", "app:2"], false),
        (["app:1", "app:1"], true),
        (["app:1-amd64", "app:1-linux-arm64"], true),
        (["amd64", "arm64"], true),
    ] {
        let mut layout = Layout::default();
        let first = add(&mut layout, "linux/amd64", "one");
        let second = add(&mut layout, "linux/arm64", "other");
        let layout = layout.top(&[called(&first, names[0]), called(&second, names[1])]);
        let mut saved = Tar::default();
        let mut list = Vec::new();
        for (name, image) in names.iter().zip([&one, &other]) {
            let hex = image.diff_ids[0].hex();
            saved = saved.file(&format!("{hex}.json"), image.config());
            saved = saved.file(&format!("{hex}.tar"), &image.layers[0]);
            list.push(json!({ "Config": format!("{hex}.json"), "RepoTags": [name],
                "Layers": [format!("{hex}.tar")] }));
        }
        let list = Value::from(list).to_string();
        let desk = Desk::new();
        layout.write(&desk.path("lay"));
        desk.write("lay.tar", layout.tar());
        desk.write("saved.tar", saved.file("manifest.json", list).finish());
        for path in ["lay", "lay.tar", "saved.tar"] {
            let arguments = ["push", "-t", "x:x", path, "oci:out"];
            if is_one {
                desk.done(&arguments);
                continue;
            }
            let said = desk.refused(4, &arguments);
            assert!(said.contains("images of different names"), "{said}");
            assert!(said.contains(&format!("PATH:{}", names[0])), "{said}");
        }
    }
}

#[test]
fn the_words_of_a_name_only_have_to_agree() {
    let save = |platform: &str| image(platform, platform).save(Form::Legacy, false);
    let desk = Desk::new();
    for (name, platform) in [
        ("app-linux-arm64.tar", "linux/arm64"),
        ("amd64.tar", "linux/amd64"),
        ("app_1.0_armv7.tar", "linux/arm/v7"),
        ("whatever.tar", "linux/s390x"),
        ("linux.386.tar", "linux/386"),
    ] {
        desk.write(&format!("in/{name}"), save(platform));
    }
    desk.done(&["push", "-t", "a:1", "in", "oci:out"]);
    assert_eq!(
        desk.listed("oci:out:a:1"),
        ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64", "linux/s390x"]
    );
    desk.write("in/app-riscv64.tar", save("linux/ppc64le"));
    let said = desk.refused(4, &["push", "-t", "a:1", "in", "oci:out"]);
    assert!(said.contains("named riscv64, but its image is for linux/ppc64le"), "{said}");
}

#[test]
fn attestations_go_with_their_platform() {
    let attested = |platform: &str| {
        let mut layout = Layout::default();
        let image = add(&mut layout, platform, platform);
        let about = attestation(&mut layout, &image);
        (layout, image, about)
    };
    let desk = Desk::new();
    let mut expected = Vec::new();
    for platform in ["amd64", "arm64"] {
        let (mut layout, image, about) = attested(&format!("linux/{platform}"));
        let index = layout.index(&[image.clone(), about]);
        desk.write(&format!("in/linux.{platform}.tar"), layout.top(&[index]).tar());
        expected.push(format!("about {}", image.digest));
    }
    expected.sort();
    let platforms = ["linux/amd64".to_owned(), "linux/arm64".to_owned()];
    let expected = [&platforms[..], &expected[..]].concat();
    for round in ["1", "2"] {
        desk.done(&["push", "-t", &format!("a:{round}"), "in", "oci:out", "oci:tar.tar"]);
        assert_eq!(desk.listed(&format!("oci:out:a:{round}")), expected);
        assert_eq!(desk.listed(&format!("oci:tar.tar:a:{round}")), expected);
    }
    // Of an index that is made again, too.
    let (mut layout, [amd64, arm64]) = of_two();
    let abouts = [attestation(&mut layout, &amd64), attestation(&mut layout, &arm64)];
    let index = layout.index(&[&[amd64.clone(), arm64], &abouts[..]].concat());
    layout.top(&[index]).write(&desk.path("lay"));
    desk.done(&["push", "-t", "b:1", "--platform", "linux/amd64", "lay", "oci:out"]);
    assert_eq!(
        desk.listed("oci:out:b:1"),
        ["linux/amd64".to_owned(), format!("about {}", amd64.digest)]
    );
}

#[test]
fn what_is_no_image_is_left_out_aloud_and_signatures_are_carried() {
    let mut layout = Layout::default();
    let node = add(&mut layout, "linux/amd64", "x");
    let index = layout.index(std::slice::from_ref(&node));
    let config = layout.blob(media_type::EMPTY, b"{}");
    let subject = index.clone();
    let about = Manifest::about(subject, config.clone(), Vec::new(), "application/vnd.test.sbom");
    let about = layout.blob(media_type::MANIFEST, about.raw());
    let chart = Manifest::of_artifact("application/vnd.test.chart", Vec::new());
    let chart = layout.blob(media_type::MANIFEST, chart.raw());
    let desk = Desk::new();
    layout.top(&[called(&index, "1"), about.clone(), chart.clone()]).write(&desk.path("lay"));
    let ended = desk.done(&["push", "-t", "a:1", "lay", "oci:out"]);
    let left = format!("{} (", chart.digest);
    assert!(
        ended.stderr.contains(&left) && ended.stderr.contains("is left out"),
        "{}",
        ended.stderr
    );
    let shown = desk.done(&["inspect", "oci:out:a:1"]).stdout;
    assert!(shown.contains(index.digest.as_str()), "{shown}");
    assert!(shown.contains(&about.digest.to_string()[..14]), "{shown}");
}

#[test]
fn a_platform_is_chosen_by_any_of_its_names() {
    let desk = Desk::new();
    let mut layout = Layout::default();
    let nodes = [add(&mut layout, "linux/amd64", "x"), add(&mut layout, "linux/arm64/v8", "y")];
    let index = layout.index(&nodes);
    layout.top(&[called(&index, "1")]).write(&desk.path("lay"));
    for (asked, written) in [
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64/v8", "linux/arm64/v8"),
        ("linux/aarch64", "linux/arm64/v8"),
        ("Linux/ARM64", "linux/arm64/v8"),
        ("linux/amd64/v1", "linux/amd64"),
    ] {
        config(&desk, "layout = \"lay\"", &format!("\"{asked}\""));
        desk.done(&["--batch"]);
        assert_eq!(desk.listed("oci:out:a:1"), [written]);
        desk.done(&["inspect", "--platform", asked, "oci:lay:1"]);
        desk.done(&["copy", "--platform", asked, "oci:lay:1", "oci:out:b:1"]);
        desk.done(&["push", "-t", "c:1", "--platform", asked, "lay", "oci:out"]);
        assert_eq!(desk.listed("oci:out:c:1"), [written]);
    }
    config(&desk, "layout = \"lay\"", "\"linux/amd64/v3\"");
    desk.refused(4, &["--batch"]);
}

/// A layout of two platforms, each an entry of its own under one name.
fn doubled() -> Layout {
    let mut layout = Layout::default();
    let nodes = ["linux/amd64", "linux/arm64"].map(|platform| {
        let image = Image::new(platform, &[layer("file", platform)]);
        let node = layout.image(
            &image.with_layers(|layer| compress(layer, Compression::Gzip)),
            media_type::LAYER_GZIP,
        );
        let name = [("org.opencontainers.image.ref.name".to_owned(), "app:1".to_owned())];
        Descriptor { annotations: name.into(), ..node }
    });
    layout.top(&nodes)
}

#[test]
fn a_name_of_several_entries_of_a_layout_is_not_moved() {
    let desk = Desk::new();
    doubled().write(&desk.path("shelf"));
    desk.write("one/linux.amd64.tar", save(&Image::new("linux/amd64", &[layer("a", "b")])));
    let before = fs::read(desk.path("shelf/index.json")).unwrap();
    for arguments in [
        &["push", "-t", "app:1", "one", "oci:shelf"][..],
        &["rm", "oci:shelf:app:1"],
        &["copy", "oci:shelf:app:1", "oci:other:app:1"],
    ] {
        let ended = desk.run(arguments);
        assert_ne!(ended.status, Some(0), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("several entries of the name `app:1`"), "{}", ended.stderr);
    }
    assert_eq!(fs::read(desk.path("shelf/index.json")).unwrap(), before);
    // Another tag beside it leaves both where they are.
    desk.done(&["push", "-t", "app:2", "one", "oci:shelf"]);
    let index: Value =
        serde_json::from_slice(&fs::read(desk.path("shelf/index.json")).unwrap()).unwrap();
    let platforms = index["manifests"].as_array().unwrap().iter();
    let platforms: Vec<_> =
        platforms.filter_map(|of| of["platform"]["architecture"].as_str()).collect();
    assert!(platforms.contains(&"amd64") && platforms.contains(&"arm64"), "{index}");
    // As a source both are one release.
    desk.done(&["push", "-t", "all:1", "shelf:app:1", "oci:joined"]);
}

fn save(image: &Image) -> Vec<u8> {
    image.save(Form::Docker25, true)
}

#[test]
fn an_archive_that_holds_more_than_a_layout_is_not_written_anew() {
    let desk = Desk::new();
    desk.write("one/linux.amd64.tar", save(&Image::new("linux/amd64", &[layer("a", "b")])));
    desk.write("app.tar", save(&Image::new("linux/amd64", &[layer("c", "d")])));
    let before = fs::read(desk.path("app.tar")).unwrap();
    let ended = desk.run(&["push", "-t", "app:2", "one", "oci:app.tar"]);
    assert_eq!(ended.status, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("it contains manifest.json"), "{}", ended.stderr);
    assert_eq!(fs::read(desk.path("app.tar")).unwrap(), before);
}

#[test]
fn a_tar_behind_a_link_is_written_where_it_lies_and_as_open_as_it_was() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let desk = Desk::new();
    desk.write("one/linux.amd64.tar", save(&Image::new("linux/amd64", &[layer("a", "b")])));
    desk.done(&["push", "-t", "app:1", "one", "oci:real.tar"]);
    symlink("real.tar", desk.path("link.tar")).unwrap();
    fs::set_permissions(desk.path("real.tar"), fs::Permissions::from_mode(0o600)).unwrap();
    desk.done(&["push", "-t", "app:2", "one", "oci:link.tar"]);
    assert!(fs::symlink_metadata(desk.path("link.tar")).unwrap().is_symlink());
    let listed = desk.done(&["ls", "--names", "oci:real.tar:app"]);
    assert!(listed.stdout.contains('2'), "{}", listed.stdout);
    let mode = fs::metadata(desk.path("real.tar")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    desk.done(&["push", "-t", "app:1", "one", "oci:shelf"]);
    let index = desk.path("shelf/index.json");
    fs::set_permissions(&index, fs::Permissions::from_mode(0o600)).unwrap();
    desk.done(&["push", "-t", "app:2", "one", "oci:shelf"]);
    assert_eq!(fs::metadata(&index).unwrap().permissions().mode() & 0o777, 0o600);
}
