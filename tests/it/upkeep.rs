//! What `gc` and `rm` take, and what they leave, at local places.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use assert_cmd::Command;
use castoff::model::{Descriptor, Digest, Tag};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::project::Project;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A layout that is written by hand, as other tools do, and a home.
struct Shop {
    folder: TempDir,
    entries: Vec<Value>,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("shelf/blobs/sha256")).unwrap();
        Self { folder, entries: Vec::new() }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// What castoff prints on stdout, and on stderr.
    #[track_caller]
    fn run(&self, arguments: &[&str], status: i32) -> (String, String) {
        let mut command = Command::cargo_bin("castoff").unwrap();
        command.env_clear().current_dir(self.folder.path()).args(arguments);
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(name, self.path(folder));
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(status), "{stdout}\n{stderr}");
        (stdout, stderr)
    }

    /// Which tags a collection takes, at `url`.
    #[track_caller]
    fn gone(&self, url: &str, more: &[&str]) -> Vec<String> {
        let arguments: Vec<&str> =
            ["gc", url, "--dry-run", "--json"].iter().chain(more).copied().collect();
        let told: Value = serde_json::from_str(&self.run(&arguments, 0).0).unwrap();
        let tags = told["tags"].as_array().unwrap();
        tags.iter().map(|tag| tag["tag"].as_str().unwrap().to_owned()).collect()
    }

    fn blob(&self, kind: &str, content: &str) -> Descriptor {
        let node = Descriptor::of(kind, content.as_bytes());
        fs::write(self.path("shelf/blobs/sha256").join(node.digest.hex()), content).unwrap();
        node
    }

    /// An image, which says when it was made.
    fn image(&self, content: &str, created: &str) -> Descriptor {
        let config = json!({
            "os": "linux", "architecture": "amd64", "created": created,
            "rootfs": { "type": "layers", "diff_ids": [] },
        });
        let config = self.blob("application/vnd.oci.image.config.v1+json", &config.to_string());
        let layer = self.blob("application/vnd.oci.image.layer.v1.tar", content);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
        });
        self.blob(MANIFEST, &manifest.to_string())
    }

    /// Something about a manifest; it says so itself where it is a `referrer`.
    fn about(&self, subject: &Descriptor, kind: &str, referrer: bool) -> Descriptor {
        let empty = self.blob("application/vnd.oci.empty.v1+json", "{}");
        let content = self.blob("text/plain", &format!("{kind} of {}", subject.digest));
        let mut manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind,
            "config": empty, "layers": [content],
        });
        if referrer {
            let Descriptor { media_type, digest, size, .. } = subject;
            manifest["subject"] =
                json!({ "mediaType": media_type, "digest": digest, "size": size });
        }
        self.blob(MANIFEST, &manifest.to_string())
    }

    fn index(&self, manifests: &[&Descriptor]) -> Descriptor {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
        self.blob(INDEX, &index.to_string())
    }

    /// Enters a manifest, with or without a name.
    fn enter(&mut self, tag: Option<&str>, node: &Descriptor) {
        let mut entry = json!(node);
        if let Some(tag) = tag {
            entry["annotations"] =
                json!({ "org.opencontainers.image.ref.name": format!("app:{tag}") });
        }
        self.entries.push(entry);
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": self.entries });
        fs::write(self.path("shelf/index.json"), index.to_string()).unwrap();
        fs::write(self.path("shelf/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    }

    /// Tags that name one image.
    fn tagged(&mut self, tags: &[&str]) {
        let image = self.image("all", "2026-01-01T00:00:00Z");
        for tag in tags {
            self.enter(Some(tag), &image);
        }
    }

    /// A tag that names an image of its own.
    fn dated(&mut self, tag: &str, created: &str) {
        let image = self.image(tag, created);
        self.enter(Some(tag), &image);
    }

    fn blobs(&self) -> BTreeSet<String> {
        let blobs = fs::read_dir(self.path("shelf/blobs/sha256")).unwrap();
        blobs.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The entries of the layout: name and digest.
    fn listed(&self) -> Vec<(String, String)> {
        let index = fs::read_to_string(self.path("shelf/index.json")).unwrap();
        let index: Value = serde_json::from_str(&index).unwrap();
        let entry = |entry: &Value| {
            let name = &entry["annotations"]["org.opencontainers.image.ref.name"];
            let digest = entry["digest"].as_str().unwrap().to_owned();
            (name.as_str().unwrap_or_default().to_owned(), digest)
        };
        index["manifests"].as_array().unwrap().iter().map(entry).collect()
    }

    fn has(&self, node: &Descriptor) -> bool {
        self.blobs().contains(node.digest.hex())
    }

    /// Undoes the newest run.
    #[track_caller]
    fn roll_back(&self, status: i32) -> String {
        let (runs, _) = self.run(&["runs", "--json"], 0);
        let run: Value = serde_json::from_str(runs.lines().last().unwrap()).unwrap();
        self.run(&["rollback", run["run"].as_str().unwrap()], status).1
    }
}

#[test]
fn tags_are_listed_in_one_order_of_versions() {
    let mut shop = Shop::new();
    shop.tagged(&[
        "latest",
        "1.10-alpine",
        "nightly-10",
        "1.9",
        "24.04",
        "1.10",
        "v1.11",
        "22.04",
        "1.10-rc1",
        "2026.08.01",
        "1.10-alpine3.19",
        "nightly-9",
        "2026.07.15",
        "main",
        "1.9-2",
    ]);
    let (listed, _) = shop.run(&["ls", "oci:shelf", "-t", "app", "--names"], 0);
    let listed: Vec<&str> = listed.lines().collect();
    let expected = [
        "1.9",
        "1.9-2",
        "1.10-rc1",
        "1.10",
        "1.10-alpine",
        "1.10-alpine3.19",
        "v1.11",
        "22.04",
        "24.04",
        "2026.07.15",
        "2026.08.01",
        "latest",
        "main",
        "nightly-9",
        "nightly-10",
    ];
    assert_eq!(listed, expected);
}

#[test]
fn a_collection_keeps_the_newest_of_every_series() {
    let mut shop = Shop::new();
    shop.tagged(&[
        "1.1",
        "latest",
        "nightly-20260803",
        "1.0",
        "stable",
        "nightly-20260801",
        "0.9",
        "1.1-slim",
        "nightly-20260802",
        "7",
        "9",
        "8",
        "feature-x",
        "main-linux-amd64",
    ]);
    let gone = |more: &[&str]| shop.gone("oci:shelf", &[&["-t", "app"], more].concat());
    assert_eq!(gone(&["--keep", "2"]), ["0.9", "7", "nightly-20260801"]);
    assert_eq!(
        gone(&["--keep", "1"]),
        ["0.9", "1.0", "7", "8", "nightly-20260801", "nightly-20260802"]
    );
    assert_eq!(gone(&["--match", "feature-*"]), ["feature-x"]);
    assert_eq!(
        gone(&["--keep", "1", "--match", "nightly-*"]),
        ["nightly-20260801", "nightly-20260802"]
    );
    let (told, _) = shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "2", "--dry-run"], 0);
    assert!(told.contains("3 of 4 stay: 1.1-slim, 1.1, 1.0"), "{told}");
    assert!(told.contains("stable") && told.contains("they belong to no series"), "{told}");
    let (_, told) = shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "2"], 0);
    assert!(told.contains("3 of 4 stay: 1.1-slim, 1.1, 1.0"), "{told}");
}

#[test]
fn a_tag_that_stands_for_the_newest_of_several_versions_stays_and_goes_with_it() {
    let mut shop = Shop::new();
    for tag in ["1.26.0", "1.27.2", "1.27.3", "1.28", "2.0.0", "v3.1.0", "1.27.3-slim"] {
        shop.dated(tag, "2026-01-01T00:00:00Z");
    }
    for (whole, short) in
        [("1.27.3", "1.27"), ("2.0.0", "2"), ("v3.1.0", "v3"), ("1.27.3-slim", "1.27-slim")]
    {
        let [from, to] = [whole, short].map(|tag| format!("oci:shelf:app:{tag}"));
        shop.run(&["copy", &from, &to], 0);
    }
    let gone = |keep: &str| shop.gone("oci:shelf", &["-t", "app", "--keep", keep]);
    assert_eq!(gone("4"), ["1.26.0", "1.27.2"]);
    let all = ["1.26.0", "1.27.2", "1.27.3", "1.27.3-slim", "1.27", "1.27-slim"];
    let mut two = gone("3");
    two.sort();
    let mut all = all.map(str::to_owned);
    all.sort();
    assert_eq!(two, all);
    let kept = shop.gone("oci:shelf", &["-t", "app", "--keep", "3", "--protect", "1.27"]);
    assert!(!kept.contains(&"1.27".to_owned()) && kept.contains(&"1.27-slim".to_owned()));
}

#[test]
fn a_hash_that_begins_with_digits_is_no_version() {
    let mut shop = Shop::new();
    for (day, tag) in ["abc1234", "def4567", "c0ffee1", "1e45678"].into_iter().enumerate() {
        shop.dated(tag, &format!("2026-01-0{}T00:00:00Z", day + 1));
    }
    let gone = shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]);
    assert_eq!(gone, ["abc1234", "def4567", "c0ffee1"]);
}

#[test]
fn what_neither_names_nor_dates_put_in_order_stays() {
    let mut shop = Shop::new();
    for tag in ["f00dfeed12", "0badcafe99", "c0ffee1234"] {
        shop.dated(tag, "1980-01-01T00:00:01Z");
    }
    assert!(shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]).is_empty());
    let mut shop = Shop::new();
    shop.tagged(&["nightly-31122025", "nightly-01012026", "nightly-02012026"]);
    assert!(shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]).is_empty());
    let mut shop = Shop::new();
    shop.tagged(&["x-311225", "x-250126", "x-010226", "y-31-12-25", "y-01-01-26"]);
    assert!(shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]).is_empty());
    // A year that comes first tells the order.
    let mut shop = Shop::new();
    shop.tagged(&["x-251231", "x-260101", "x-260801"]);
    assert_eq!(shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]), ["x-251231", "x-260101"]);
}

#[test]
fn signatures_of_images_that_lie_elsewhere_are_no_leftovers() {
    let mut shop = Shop::new();
    let tag = format!("sha256-{}.sig", "d".repeat(64));
    shop.tagged(&[&tag]);
    let url = format!("oci:shelf:app:{tag}");
    for _ in 0..2 {
        shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "1", "--grace", "0s"], 0);
        shop.run(&["inspect", &url], 0);
    }
}

#[test]
fn what_cannot_be_ordered_stays() {
    let mut shop = Shop::new();
    shop.tagged(&[
        "27-11-2026",
        "28-11-2026",
        "01-12-2026",
        "12-01-2026",
        "jdk17",
        "jdk21",
        "python3.11",
        "python3.12",
        "ubuntu22.04",
        "py39",
        "20261128120000",
        "20261128T130000Z",
        "12.2.0-devel-ubuntu22.04",
        "12.2.0-base-ubuntu22.04",
    ]);
    let gone = shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]);
    assert_eq!(gone, ["20261128120000"]);
    let arguments = ["gc", "oci:shelf", "-t", "app", "--keep", "1", "--protect", "x*", "--dry-run"];
    let (told, _) = shop.run(&arguments, 0);
    for line in ["series  DATE", "2 of 2 stay: 12.2.0", "no tag matches `x*`", "jdk21"] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn no_calendar_version_and_no_moving_tag_is_a_development_build() {
    let mut shop = Shop::new();
    shop.tagged(&[
        "22.04",
        "24.04",
        "2026.08.01",
        "2026.09.01",
        "latest",
        "20260901",
        "1.10-alpine",
        "12",
        "nightly-3",
        "1.2-7-g12345ab",
    ]);
    let arguments = ["-t", "app", "--keep", "0", "--only-development"];
    assert_eq!(shop.gone("oci:shelf", &arguments), ["1.2-7-g12345ab", "nightly-3"]);
}

#[test]
fn tags_that_differ_in_a_hash_go_by_their_dates() {
    let mut shop = Shop::new();
    for (tag, created) in [
        ("main-fedc123", "2026-01-01T00:00:00Z"),
        ("main-0123abc", "2026-01-03T00:00:00Z"),
        ("main-a1b2c3d", "2026-01-02T00:00:00Z"),
        ("main-b1b2c3d", "1970-01-01T00:00:00Z"),
    ] {
        let image = shop.image(tag, created);
        shop.enter(Some(tag), &image);
    }
    assert_eq!(
        shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]),
        ["main-fedc123", "main-a1b2c3d"]
    );
}

#[test]
fn a_short_hash_of_digits_alone_is_no_number() {
    for (old, middle, new) in [
        ("sha-9034411", "sha-abcdef1", "sha-1023456"),
        ("9034411", "abcdef1", "1023456"),
        ("git-9034411", "git-7000001", "git-1023456"),
        ("sha-20260101", "sha-31122025", "sha-10234567"),
        ("main-9034411", "main-0abcdef", "main-1023456"),
        ("main-7-9034411", "main-7-0abcdef", "main-7-1023456"),
        ("1.2.0-3-9034411", "1.2.0-3-gabcdef0", "1.2.0-3-1023456"),
    ] {
        let mut shop = Shop::new();
        for (tag, created) in [
            (old, "2026-01-01T00:00:00Z"),
            (middle, "2026-01-02T00:00:00Z"),
            (new, "2026-01-03T00:00:00Z"),
        ] {
            let image = shop.image(tag, created);
            shop.enter(Some(tag), &image);
        }
        let gone = shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]);
        assert!(!gone.iter().any(|tag| tag == new), "{new}: {gone:?}");
    }
}

#[test]
fn versions_that_look_like_days_are_versions_and_days_stay() {
    let gone = |tags: &[&str]| {
        let mut shop = Shop::new();
        for tag in tags {
            let image = shop.image(tag, "2026-01-01T00:00:00Z");
            shop.enter(Some(tag), &image);
        }
        shop.gone("oci:shelf", &["-t", "app", "--keep", "2"])
    };
    let versions = ["1.2.13", "1.2.14", "1.2.15", "1.2.16", "1.2.17"];
    assert_eq!(gone(&versions), ["1.2.13", "1.2.14", "1.2.15"]);
    assert_eq!(gone(&["1.2.15", "1.3.16", "1.4.17", "1.4.3"]), ["1.2.15", "1.3.16"]);
    let nothing = Vec::<String>::new();
    assert_eq!(gone(&["10.11.17", "31.12.17", "15.11.18", "2.3.19"]), nothing);
    assert_eq!(gone(&["10.11.2017", "31.12.2017", "15.11.2018"]), nothing);
    assert_eq!(gone(&["01.11.17", "02.12.17", "03.11.18"]), nothing);
}

#[test]
fn numbers_beside_which_no_hash_stands_are_in_order() {
    let mut shop = Shop::new();
    for tag in ["build-9999999", "build-10000000", "build-10000001"] {
        let image = shop.image(tag, "2026-01-01T00:00:00Z");
        shop.enter(Some(tag), &image);
    }
    assert_eq!(
        shop.gone("oci:shelf", &["-t", "app", "--keep", "1"]),
        ["build-9999999", "build-10000000"]
    );
}

/// A layout in which `1.0` and `latest` name the same, which has much about it,
/// and what is about `0.9`, which no other tag names.
fn signed() -> (Shop, Vec<Descriptor>, Vec<Descriptor>) {
    let mut shop = Shop::new();
    let (old, kept) =
        (shop.image("old", "2026-01-01T00:00:00Z"), shop.image("kept", "2026-02-01T00:00:00Z"));
    let (mut of_old, mut of_kept) = (vec![old.clone()], vec![kept.clone()]);
    for (image, all, tags) in
        [(&old, &mut of_old, &["0.9"][..]), (&kept, &mut of_kept, &["1.0", "latest"][..])]
    {
        let signature = shop.about(image, "application/vnd.oci.image.config.v1+json", false);
        let sbom = shop.about(image, "application/spdx+json", true);
        let of_sbom = shop.about(&sbom, "application/vnd.cncf.notary.signature", true);
        let listed = shop.about(image, "application/vnd.acme.scan", true);
        let list = shop.index(&[&listed]);
        let other = shop.about(image, "application/vnd.acme.review", false);
        for tag in tags {
            shop.enter(Some(tag), image);
        }
        for (suffix, node) in [(".sig", &signature), ("", &list), (".review", &other)] {
            shop.enter(Some(Tag::about(&image.digest, suffix).as_str()), node);
        }
        shop.enter(None, &sbom);
        shop.enter(None, &of_sbom);
        all.extend([signature, sbom, of_sbom, listed, list, other]);
    }
    shop.enter(Some("1.1"), &shop.image("new", "2026-03-01T00:00:00Z"));
    (shop, of_old, of_kept)
}

#[test]
fn a_dry_run_of_a_copy_counts_what_is_about_the_image() {
    let (shop, ..) = signed();
    let told = |dry: &str| -> Value {
        let arguments = ["copy", "oci:shelf:app:1.0", "oci:other:app:1.0", dry, "--json"];
        let lines = shop.run(&arguments, 0).0;
        serde_json::from_str(lines.lines().next().unwrap()).unwrap()
    };
    let before = told("--dry-run");
    shop.run(&["copy", "-q", "oci:shelf:app:1.0", "oci:other:app:1.0"], 0);
    let after = told("--dry-run");
    assert_eq!(before["to_send"], after["present"]);
    assert_eq!((&before["present"], &after["to_send"]), (&0.into(), &0.into()));
}

#[test]
fn what_is_about_an_image_that_a_kept_tag_names_stays_and_a_rollback_brings_the_rest_back() {
    let (shop, of_old, of_kept) = signed();
    let (blobs, listed) = (shop.blobs(), shop.listed());
    let (told, _) = shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "1", "--dry-run"], 0);
    for what in ["signature of image 0.9", "SBOM of image 0.9", "signature of SBOM of image 0.9"] {
        assert!(told.contains(what), "{what}: {told}");
    }
    assert!(!told.contains("image 1.0") && !told.contains("image latest"), "{told}");
    shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "1"], 0);
    for node in &of_kept {
        assert!(shop.has(node), "{node:?} is gone");
    }
    for node in &of_old {
        assert!(!shop.has(node), "{node:?} is there");
    }
    let stay: Vec<_> = listed
        .iter()
        .filter(|(name, digest)| {
            name != "app:1.0" && of_old.iter().all(|node| node.digest.as_str() != digest)
        })
        .cloned()
        .collect();
    assert_eq!(shop.listed(), stay);
    shop.roll_back(0);
    assert_eq!(shop.blobs(), blobs);
    let set = |of: Vec<_>| of.into_iter().collect::<BTreeSet<(String, String)>>();
    let tags = |of: &[(String, String)]| -> Vec<String> {
        let names = of.iter().map(|(name, _)| name.clone());
        names.filter(|name| !name.is_empty() && !name.contains("sha256-")).collect()
    };
    assert_eq!(tags(&shop.listed()), tags(&listed));
    assert_eq!(set(shop.listed()), set(listed));
}

#[test]
fn what_lies_under_a_tag_of_its_own_stays_where_it_is_about_a_kept_image() {
    let mut shop = Shop::new();
    let image = shop.image("kept", "2026-02-01T00:00:00Z");
    let sbom = shop.about(&image, "application/spdx+json", true);
    shop.enter(Some("1.0"), &image);
    shop.enter(Some("sbom-1"), &sbom);
    shop.run(&["gc", "oci:shelf", "-t", "app", "--match", "sbom-*", "--grace", "0s"], 0);
    assert!(shop.has(&sbom));
    assert!(shop.listed().contains(&(String::new(), sbom.digest.to_string())));
    shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "1", "--grace", "0s"], 0);
    assert!(shop.has(&sbom));
}

#[test]
fn parts_of_a_manifest_of_an_unknown_form_are_needed() {
    let mut shop = Shop::new();
    let blob = shop.blob("text/plain", "part");
    let kind = "application/vnd.oci.artifact.manifest.v1+json";
    let artifact = json!({ "mediaType": kind, "artifactType": "text/x", "blobs": [blob] });
    let artifact = shop.blob(kind, &artifact.to_string());
    shop.enter(Some("odd"), &artifact);
    shop.enter(Some("1.0"), &shop.image("kept", "2026-02-01T00:00:00Z"));
    shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "0", "--grace", "0s"], 0);
    assert!(shop.has(&artifact) && shop.has(&blob));
}

#[test]
fn a_rollback_that_cannot_bring_all_back_says_so_before_it_moves_a_tag() {
    let (shop, ..) = signed();
    shop.run(&["gc", "oci:shelf", "-t", "app", "--keep", "1"], 0);
    let listed = shop.listed();
    fs::remove_dir_all(shop.path("cache")).unwrap();
    let told = shop.roll_back(4);
    assert!(told.contains("cannot be restored"), "{told}");
    assert_eq!(shop.listed(), listed);
}

#[test]
fn a_collection_of_files_tells_what_it_frees_and_is_undone_in_the_old_order() {
    let shop = Shop::new();
    let list = shop.path("out/df-dist-v1/tool/index.json");
    let publish = |tag: &str| {
        let path = shop.path("df/linux/amd64/tool");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, tag.repeat(1 << 20)).unwrap();
        shop.run(&["push", "-t", &format!("tool:{tag}"), "df", "dir:out"], 0);
    };
    for tag in ["2.0", "1.0", "3.0", "1.1", "0.1"] {
        publish(tag);
    }
    let before = fs::read_to_string(&list).unwrap();
    assert!(before.contains(r#"["2.0","1.0","3.0","1.1","0.1"]"#), "{before}");
    let (_, told) = shop.run(&["gc", "dir:out", "-t", "tool", "--keep", "2"], 0);
    assert!(told.contains("removed 9.0 MiB"), "{told}");
    assert!(!told.contains("removed 0 B"), "{told}");
    shop.roll_back(0);
    assert_eq!(fs::read_to_string(&list).unwrap(), before);
}

#[test]
fn what_a_killed_push_left_goes_with_the_next_and_what_is_being_written_stays() {
    let shop = Shop::new();
    fs::create_dir_all(shop.path("df/linux/amd64")).unwrap();
    fs::write(shop.path("df/linux/amd64/tool"), "tool").unwrap();
    let folder = shop.path("out/df-dist-v1/tool/1/linux/amd64");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".castoff-Ab12Cd"), "left").unwrap();
    fs::write(folder.join(".castoff-Ef34Gh"), "being written").unwrap();
    let writing = fs::File::open(folder.join(".castoff-Ef34Gh")).unwrap();
    writing.lock().unwrap();
    shop.run(&["push", "-t", "tool:1", "df", "dir:out"], 0);
    assert!(!folder.join(".castoff-Ab12Cd").exists());
    assert!(folder.join(".castoff-Ef34Gh").exists());
    drop(writing);
}

#[test]
fn what_a_killed_push_left_beside_a_tar_goes_with_the_next_change_of_a_tag() {
    let shop = Shop::new();
    shop.run(&["push", "-t", "app:1", &Project::archives(), "oci:out.tar"], 0);
    let left = shop.path(".out.tar.castoff-use");
    fs::create_dir(&left).unwrap();
    shop.run(&["rm", "oci:out.tar:app:1"], 0);
    assert!(!left.exists());
}

/// A registry in memory that lists referrers, one tag a page and the last one
/// twice, as may be while tags change.
#[derive(Default)]
struct Hub {
    tags: Mutex<BTreeMap<String, Vec<u8>>>,
    manifests: Mutex<BTreeMap<String, Vec<u8>>>,
    /// How many manifests are being deleted, and were at most.
    deleting: Mutex<(usize, usize)>,
    more: Condvar,
}

impl Hub {
    /// Serves it at an address.
    fn serve(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let hub = Arc::clone(&self);
                std::thread::spawn(move || drop(hub.converse(&stream)));
            }
        });
        address
    }

    fn put(&self, tag: Option<&str>, manifest: &Value) -> Descriptor {
        let bytes = manifest.to_string().into_bytes();
        let node = Descriptor::of(manifest["mediaType"].as_str().unwrap(), &bytes);
        self.manifests.lock().unwrap().insert(node.digest.to_string(), bytes.clone());
        self.tags.lock().unwrap().extend(tag.map(|tag| (tag.to_owned(), bytes)));
        node
    }

    /// An image, or something about one.
    fn image(&self, tags: &[&str], content: &str, subject: Option<&Descriptor>) -> Descriptor {
        let config = Descriptor::of("application/vnd.oci.empty.v1+json", content.as_bytes());
        let mut manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [],
        });
        if let Some(subject) = subject {
            manifest["artifactType"] = json!("application/spdx+json");
            manifest["subject"] = json!(subject);
        }
        for tag in tags {
            self.put(Some(tag), &manifest);
        }
        self.put(None, &manifest)
    }

    fn has(&self, node: &Descriptor) -> bool {
        self.manifests.lock().unwrap().contains_key(node.digest.as_str())
    }

    fn converse(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let first = lines.next().unwrap_or_default();
        let mut reader = lines.take_while(|line| !line.is_empty());
        let length = reader.find_map(|line| {
            line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned)
        });
        assert!(length.is_none_or(|length| length == "0"), "nothing is written here");
        reader.for_each(drop);
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = path.strip_prefix("/v2/").unwrap_or_default();
        let (status, kind, more, body) = self.answer(method, path);
        let (length, is_head) = (body.len(), method == "HEAD");
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
             Connection: close\r\n{more}\r\n"
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        stream.write_all(if is_head { &[] } else { &body })
    }

    fn answer(&self, method: &str, path: &str) -> (u16, String, String, Vec<u8>) {
        let json = "application/json".to_owned();
        let missing = || (404, json.clone(), String::new(), Vec::new());
        if path.is_empty() {
            return (200, json, String::new(), b"{}".to_vec());
        }
        if let Some(query) = path.strip_prefix("acme/a/tags/list") {
            return self.page(query);
        }
        if let Some(subject) = path.strip_prefix("acme/a/referrers/") {
            let all = self.manifests.lock().unwrap();
            let is_about = |bytes: &&Vec<u8>| {
                let manifest: Value = serde_json::from_slice(bytes).unwrap();
                manifest["subject"]["digest"] == subject
            };
            let about: Vec<Descriptor> = all
                .values()
                .filter(is_about)
                .map(|bytes| Descriptor::of(MANIFEST, bytes))
                .collect();
            let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": about });
            return (200, INDEX.to_owned(), String::new(), list.to_string().into_bytes());
        }
        let Some(name) = path.strip_prefix("acme/a/manifests/") else { return missing() };
        if method == "DELETE" {
            return self.delete(name);
        }
        let (tags, manifests) = (self.tags.lock().unwrap(), self.manifests.lock().unwrap());
        let Some(bytes) = tags.get(name).or_else(|| manifests.get(name)) else { return missing() };
        let kind: Value = serde_json::from_slice(bytes).unwrap();
        let digest = format!("Docker-Content-Digest: {}\r\n", Digest::of(bytes));
        (200, kind["mediaType"].as_str().unwrap().to_owned(), digest, bytes.clone())
    }

    fn page(&self, query: &str) -> (u16, String, String, Vec<u8>) {
        let tags: Vec<String> = self.tags.lock().unwrap().keys().cloned().collect();
        let at = query
            .split_once("last=")
            .map_or(0, |(_, last)| tags.iter().position(|tag| tag == last).unwrap());
        let page: Vec<&String> = tags.iter().skip(at).take(2).collect();
        let next = page.last().filter(|_| page.len() > 1 && at + 2 < tags.len());
        let more = next.map_or_else(String::new, |last| {
            format!("Link: </v2/acme/a/tags/list?last={last}>; rel=\"next\"\r\n")
        });
        let body = json!({ "name": "acme/a", "tags": page }).to_string();
        (200, "application/json".to_owned(), more, body.into_bytes())
    }

    fn delete(&self, name: &str) -> (u16, String, String, Vec<u8>) {
        if name.starts_with("sha256:") {
            let mut deleting = self.deleting.lock().unwrap();
            deleting.0 += 1;
            deleting.1 = deleting.1.max(deleting.0);
            self.more.notify_all();
            // Another one comes, unless they come in turn.
            let patience = Duration::from_secs(2);
            let waited =
                self.more.wait_timeout_while(deleting, patience, |deleting| deleting.1 < 2);
            waited.unwrap().0.0 -= 1;
        }
        self.tags.lock().unwrap().remove(name);
        self.manifests.lock().unwrap().remove(name);
        (202, String::new(), String::new(), Vec::new())
    }
}

#[test]
fn a_tag_that_comes_twice_is_one_tag() {
    let (shop, hub) = (Shop::new(), Arc::new(Hub::default()));
    for tag in ["1", "2", "3", "4"] {
        hub.image(&[tag], tag, None);
    }
    let url = format!("docker://{}/acme/a", hub.serve());
    assert_eq!(shop.gone(&url, &["--keep", "2"]), ["1", "2"]);
    let (listed, _) = shop.run(&["ls", &url, "--names"], 0);
    assert_eq!(listed, "1\n2\n3\n4\n");
}

#[test]
fn what_a_registry_lists_as_referrers_of_kept_images_stays_and_the_rest_goes_side_by_side() {
    let (shop, hub) = (Shop::new(), Arc::new(Hub::default()));
    let kept = hub.image(&["1.0", "latest"], "kept", None);
    let of_kept = hub.image(&[], "sbom", Some(&kept));
    let of_that = hub.image(&["note-1"], "signature", Some(&of_kept));
    let old = hub.image(&["0.9"], "old", None);
    let of_old = hub.image(&[], "old sbom", Some(&old));
    hub.image(&["1.1"], "new", None);
    // A platform that two releases share, with something about it.
    let shared = hub.image(&[], "shared", None);
    let of_shared = hub.image(&[], "sbom of shared", Some(&shared));
    for (tag, other) in [("0.8", "one"), ("2.0", "two")] {
        let own = hub.image(&[], other, None);
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [own, shared] });
        hub.put(Some(tag), &index);
    }
    let url = format!("docker://{}/acme/a", Arc::clone(&hub).serve());
    let gc = ["gc", &url, "--keep", "2", "--grace", "0s"];
    let (told, _) = shop.run(&[&gc[..], &["--dry-run"]].concat(), 0);
    assert!(told.contains("SBOM of image 0.9") && !told.contains("of image 1.0"), "{told}");
    shop.run(&gc, 0);
    shop.run(&["gc", &url, "--match", "note-*"], 0);
    for node in [&kept, &of_kept, &of_that, &shared, &of_shared] {
        assert!(hub.has(node), "{node:?}");
    }
    for node in [&old, &of_old] {
        assert!(!hub.has(node), "{node:?}");
    }
    assert!(hub.deleting.lock().unwrap().1 > 1, "they went in turn");
}

#[test]
fn what_the_last_tag_of_a_layout_left_can_be_collected() {
    let project = Project::new();
    project.run(&["push", "-q", &Project::archives(), "oci:shelf:app:1"]).expect(0);
    project.run(&["rm", "-q", "oci:shelf:app:1"]).expect(0);
    let blobs = || std::fs::read_dir(project.path("shelf/blobs/sha256")).unwrap().count();
    assert!(blobs() > 0);
    let gc = ["gc", "-q", "oci:shelf", "-t", "app", "--keep", "1", "--grace", "0s"];
    project.run(&gc).expect(0);
    assert_eq!(blobs(), 0);
    project.run(&gc).expect(4).says(&["`app` does not exist there"]);
}
