//! How an App Container Image runs, as an OCI image's configuration
//! (OCI image specification, config.md).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    aci::{AppSection, Label, Manifest, MountPoint},
    model::{Digest, Platform},
};

/// Annotations, and what OCI calls them (annotations.md).
const ANNOTATIONS: [(&str, &str); 3] = [
    ("authors", "org.opencontainers.image.authors"),
    ("homepage", "org.opencontainers.image.url"),
    ("documentation", "org.opencontainers.image.documentation"),
];
/// When an image was made.
const CREATED: &str = "created";
/// An image's name.
const TITLE: &str = "org.opencontainers.image.title";
/// An image's version.
const VERSION: &str = "org.opencontainers.image.version";

/// A configuration, and what has no place in it.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The configuration's bytes.
    pub config: Vec<u8>,
    /// What is lost.
    pub lost: Lost,
}

/// The names of fields that have no place on the other side.
pub type Lost = Vec<String>;

#[derive(Serialize)]
struct Image<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    architecture: &'a str,
    os: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    config: Run<'a>,
    rootfs: RootFs<'a>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Run<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exposed_ports: BTreeMap<String, Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env: Vec<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    entrypoint: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    volumes: BTreeMap<String, Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_dir: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct RootFs<'a> {
    r#type: &'a str,
    diff_ids: &'a [Digest],
}

/// The configuration that says what a manifest does, of an image with these
/// plain layers.
///
/// # Panics
///
/// Never: texts and maps of texts always become JSON.
#[must_use]
pub fn oci_config(manifest: &Manifest, platform: &Platform, diff_ids: &[Digest]) -> Converted {
    let annotation = |name: &str| {
        let found = manifest.annotations.iter().find(|of| of.name.as_str() == name);
        found.map(|of| of.value.as_str())
    };
    let created = annotation(CREATED).and_then(|at| at.parse::<Timestamp>().ok());
    let mut run = manifest.app.as_ref().map_or_else(Run::default, Run::of);
    run.labels = labels(manifest);
    let image = Image {
        created: created.map(|at| at.to_string()),
        author: annotation("authors"),
        architecture: &platform.architecture,
        os: &platform.os,
        variant: platform.variant.as_deref(),
        config: run,
        rootfs: RootFs { r#type: "layers", diff_ids },
    };
    let config = serde_json::to_vec(&image).expect("texts and maps of texts become JSON");
    Converted { config, lost: lost(manifest) }
}

/// The fields of a manifest that have no place in an OCI image.
#[must_use]
pub fn lost(manifest: &Manifest) -> Lost {
    let of_app = manifest.app.iter().flat_map(|app| app.other.keys());
    let of_app = of_app.map(|field| format!("app.{field}"));
    of_app.chain(manifest.other.keys().cloned()).collect()
}

fn labels(manifest: &Manifest) -> BTreeMap<&str, &str> {
    let mut labels = BTreeMap::from([(TITLE, manifest.name.as_str())]);
    labels.extend(manifest.labels.get("version").map(|version| (VERSION, version)));
    let name = |of: &str| ANNOTATIONS.iter().find(|(name, _)| *name == of).map(|(_, name)| *name);
    for Label { name: key, value } in &manifest.annotations {
        if key.as_str() != CREATED {
            labels.insert(name(key.as_str()).unwrap_or(key.as_str()), value);
        }
    }
    for Label { name: key, value } in manifest.labels.iter() {
        if !matches!(key.as_str(), "version" | "os" | "arch") {
            labels.entry(key.as_str()).or_insert(value);
        }
    }
    labels
}

/// A mount point as a path from the root; none where it is at none.
fn volume(point: &MountPoint) -> Option<(String, Map<String, Value>)> {
    let path = point.path.trim_start_matches('/');
    (!path.is_empty()).then(|| (format!("/{path}"), Map::new()))
}

impl<'a> Run<'a> {
    fn of(app: &'a AppSection) -> Self {
        let ports = app.ports.iter().flat_map(|port| {
            let last = port.port.saturating_add(port.count - 1);
            let protocol = Some(&*port.protocol).filter(|of| !of.is_empty()).unwrap_or("tcp");
            (port.port..=last).map(move |number| (format!("{number}/{protocol}"), Map::new()))
        });
        // Root runs it where no user is named.
        let is_root = app.user == "0" && app.group == "0";
        Self {
            user: (!is_root).then(|| format!("{}:{}", app.user, app.group)),
            exposed_ports: ports.collect(),
            env: app.environment.iter().map(|of| format!("{}={}", of.name, of.value)).collect(),
            entrypoint: &app.exec,
            volumes: app.mount_points.iter().filter_map(volume).collect(),
            working_dir: app.working_directory.as_deref().filter(|path| !path.is_empty()),
            labels: BTreeMap::new(),
        }
    }
}
