//! Images that are made of files.

use std::{collections::BTreeMap, fs, io::Read, os::unix::fs::PermissionsExt};

use castoff::{
    model::{Descriptor, ImageSettings, Origin},
    source::ImageOf,
};

use crate::support::{Lab, make};

fn maker(lab: &Lab) -> ImageOf {
    ImageOf::new(lab.store.clone(), None)
}

fn from(lab: &Lab, settings: ImageSettings) -> Origin {
    Origin::ImageOf { files: lab.path("in"), settings }
}

fn hello(lab: &Lab) {
    let path = lab.write("in/linux/arm64/hello", "hello");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("a mode");
}

/// The names, modes, owners and times of a layer.
fn listing(lab: &Lab, root: &Descriptor) -> Vec<String> {
    let digest = lab.manifest(root).layers[0].digest.clone();
    let gzip = fs::read(lab.path("store/blobs/sha256").join(digest.hex())).expect("a layer");
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&gzip[..]).read_to_end(&mut plain).expect("a gzip");
    let mut tar = tar::Archive::new(&plain[..]);
    let line = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let entry = entry.expect("an entry");
        let (header, path) = (entry.header(), entry.path().expect("a path"));
        let (mode, uid) = (header.mode().expect("a mode"), header.uid().expect("a number"));
        format!("{mode:o} {uid} {} {}", header.mtime().expect("a time"), path.display())
    };
    tar.entries().expect("a tar").map(line).collect()
}

#[tokio::test]
async fn a_single_file_is_the_entrypoint_and_can_be_run() {
    let lab = Lab::new();
    hello(&lab);
    let made = make(&maker(&lab), &from(&lab, ImageSettings::default())).await.expect("an image");
    let config = lab.store.read(&lab.manifest(&made.root).config).expect("a configuration");
    insta::assert_snapshot!(String::from_utf8_lossy(&config), @r#"{"architecture":"arm64","os":"linux","config":{"Entrypoint":["/hello"]},"rootfs":{"type":"layers","diff_ids":["sha256:eb8e1d627bcc5eb362b2e282caa6d7275743083b6be6a6d35fc0d66f50dfc401"]}}"#);
    assert_eq!(listing(&lab, &made.root), ["755 0 0 hello"]);
    assert_eq!(made.root.platform.as_ref().expect("a platform").to_string(), "linux/arm64");
}

#[tokio::test]
async fn the_same_files_make_the_same_image_anywhere() {
    let mut roots = Vec::new();
    for _ in 0..2 {
        let lab = Lab::new();
        hello(&lab);
        let made = make(&maker(&lab), &from(&lab, ImageSettings::default())).await;
        roots.push(made.expect("an image").root);
    }
    assert_eq!(roots[0], roots[1]);
}

#[tokio::test]
async fn settings_become_the_configuration() {
    let lab = Lab::new();
    hello(&lab);
    let pair = |a: &str, b: &str| BTreeMap::from([(a.to_owned(), b.to_owned())]);
    let settings = ImageSettings {
        entrypoint: vec!["/hello".into(), "-v".into()],
        cmd: vec!["world".into()],
        env: pair("PATH", "/"),
        labels: pair("a", "b"),
        ports: vec!["8080".into(), "53/udp".into()],
        user: Some("1000:1000".into()),
        workdir: Some("/data".into()),
    };
    let maker = ImageOf::new(lab.store.clone(), Some(1_700_000_000));
    let made = make(&maker, &from(&lab, settings)).await.expect("an image");
    let config = lab.store.read(&lab.manifest(&made.root).config).expect("a configuration");
    insta::assert_snapshot!(String::from_utf8_lossy(&config), @r#"{"created":"2023-11-14T22:13:20Z","architecture":"arm64","os":"linux","config":{"User":"1000:1000","ExposedPorts":{"53/udp":{},"8080/tcp":{}},"Env":["PATH=/"],"Entrypoint":["/hello","-v"],"Cmd":["world"],"WorkingDir":"/data","Labels":{"a":"b"}},"rootfs":{"type":"layers","diff_ids":["sha256:bca1904756ea97b2f0d90392caa0a6c823f86d22990abfcc9981dc4bb4cc47c8"]}}"#);
    assert_eq!(listing(&lab, &made.root), ["755 0 1700000000 hello"]);
}

#[tokio::test]
async fn several_files_keep_their_executable_bit() {
    let lab = Lab::new();
    hello(&lab);
    let path = lab.write("in/linux/arm64/bin/run", "run");
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("a mode");
    let settings = ImageSettings { entrypoint: vec!["/bin/run".into()], ..Default::default() };
    let made = make(&maker(&lab), &from(&lab, settings)).await.expect("an image");
    assert_eq!(listing(&lab, &made.root), ["755 0 0 bin/", "755 0 0 bin/run", "644 0 0 hello"]);
}

#[tokio::test]
async fn an_image_is_made_again_when_its_settings_change() {
    let lab = Lab::new();
    hello(&lab);
    make(&maker(&lab), &from(&lab, ImageSettings::default())).await.expect("an image");
    assert!(make(&maker(&lab), &from(&lab, ImageSettings::default())).await.expect("one").reused);
    let settings = ImageSettings { cmd: vec!["x".into()], ..Default::default() };
    assert!(!make(&maker(&lab), &from(&lab, settings)).await.expect("an image").reused);
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let mut shown = Vec::new();
    let port = |port: &str| ImageSettings { ports: vec![port.into()], ..Default::default() };
    let env = BTreeMap::from([("A=B".to_owned(), String::new())]);
    for settings in [
        port("0"),
        port("65536"),
        port("+80"),
        port("80/http"),
        ImageSettings { env, ..Default::default() },
    ] {
        let lab = Lab::new();
        hello(&lab);
        let failure = make(&maker(&lab), &from(&lab, settings)).await.expect_err("refused");
        shown.push(lab.shown(&failure));
    }
    let lab = Lab::new();
    hello(&lab);
    lab.write("in/linux/arm64/other", "");
    let made = make(&maker(&lab), &from(&lab, ImageSettings::default())).await;
    shown.push(lab.shown(&made.expect_err("refused")));
    insta::assert_snapshot!(shown.join("\n\n"), @r#"
    linux/arm64: `0` is not a port
    hint: write 1 to 65535 with tcp, udp or sctp, such as 8080 or 53/udp

    linux/arm64: `65536` is not a port
    hint: write 1 to 65535 with tcp, udp or sctp, such as 8080 or 53/udp

    linux/arm64: `+80` is not a port
    hint: write 1 to 65535 with tcp, udp or sctp, such as 8080 or 53/udp

    linux/arm64: `80/http` is not a port
    hint: write 1 to 65535 with tcp, udp or sctp, such as 8080 or 53/udp

    linux/arm64: `A=B` cannot be an environment variable
    hint: a name cannot contain `=`, and neither name nor value a NUL

    linux/arm64: there are 2 files, and `entrypoint` is not set: hello, other
    hint: set `entrypoint`, such as ["/hello"]
    "#);
}
