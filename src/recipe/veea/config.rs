//! `config.yaml`, version 3: what an image directory says of its image.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Port, invalid};
use crate::model::{
    Failure, FailureKind, PersistentUuid, Side, Tag, VeeaArch, bytes, escape, nearest,
};

/// What it is called.
pub const FILE: &str = "config.yaml";
/// The most bytes of it.
const LIMIT: u64 = 1 << 20;
/// The version of its keys.
const VERSION: &str = "3";
/// How devices are shared.
const SHARES: [&str; 2] = ["EXCLUSIVE", "SHARED"];

/// What an image directory says of its image.
#[derive(Clone, Debug)]
pub struct ImageConfig {
    /// The name of the application.
    pub app: String,
    /// What it is, for people; may be empty.
    pub description: String,
    /// The nodes that it runs on; each once.
    pub node_types: Vec<NodeType>,
    /// The architectures that it is for, each with its hardware.
    pub arches: Vec<(VeeaArch, Vec<String>)>,
    /// Its version, which is the tag of its image.
    pub version: String,
    /// Options of `docker build`.
    pub(super) options: String,
    /// Options for single architectures.
    pub(super) arch_options: Vec<(VeeaArch, String)>,
    /// The ports that it publishes, in order.
    pub ports: Vec<Port>,
    /// Files and folders of licences, from the directory.
    pub(super) licenses: Vec<PathBuf>,
    /// Features that need no licence.
    pub(super) partner_features: Vec<String>,
    /// The devices that it uses, as `DEV:EXCLUSIVE:bluetooth`.
    pub devices: Vec<String>,
    /// The features that it uses.
    pub features: Vec<String>,
    /// Whether it runs where nobody vouches for the host.
    pub unauth_host: bool,
    /// Who it is, before anybody authorises it.
    pub uuid: PersistentUuid,
    /// Its volumes.
    pub(super) volumes: Volumes,
}

/// Volumes by what becomes of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Volumes {
    #[serde(deserialize_with = "filled")]
    pub(super) offers: Vec<String>,
    #[serde(deserialize_with = "filled")]
    pub(super) persists: Vec<String>,
    #[serde(deserialize_with = "filled")]
    pub(super) requests: Vec<String>,
}

/// A kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeType {
    /// A mesh edge node, the gateway.
    Men,
    /// A mesh node.
    Mn,
}

impl fmt::Display for NodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Men => "MEN",
            Self::Mn => "MN",
        })
    }
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    app: Option<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    app_info: AppInfo,
    #[serde(deserialize_with = "filled")]
    docker: Docker,
    version: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AppInfo {
    description: Option<String>,
    #[serde(deserialize_with = "filled")]
    node_types: Vec<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    platforms: std::collections::BTreeMap<String, Spanned<Option<Vec<String>>>>,
    version: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Docker {
    #[serde(deserialize_with = "filled")]
    build_opts: String,
    #[serde(deserialize_with = "filled")]
    build_opts_arm32v7: String,
    #[serde(deserialize_with = "filled")]
    build_opts_arm64v8: String,
    #[serde(deserialize_with = "filled")]
    build_opts_amd64: String,
    #[serde(deserialize_with = "filled")]
    ports: Ports,
    #[serde(deserialize_with = "filled")]
    secure: Secure,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ports {
    #[serde(deserialize_with = "filled")]
    publish: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secure {
    #[serde(deserialize_with = "filled")]
    arg: Argument,
    #[serde(deserialize_with = "filled")]
    label: Labels,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Argument {
    #[serde(deserialize_with = "filled")]
    partner_features: Vec<String>,
    #[serde(deserialize_with = "filled")]
    licenses: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels {
    #[serde(deserialize_with = "filled")]
    devices: Vec<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    features: Vec<String>,
    #[serde(deserialize_with = "filled")]
    unauth_host: bool,
    uuid: Option<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    volumes: Volumes,
}

/// A key without a value is there, and says nothing.
fn filled<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// Reads the file in `folder`. Also returns what is worth knowing of it.
///
/// # Errors
///
/// Fails where there is none, and tells of all its mistakes.
pub(super) fn read(folder: &Path) -> Result<(ImageConfig, Vec<String>), Failure> {
    let path = folder.join(FILE);
    let read = || -> io::Result<Vec<u8>> {
        let size = fs::metadata(&path)?.len();
        if size > LIMIT {
            return Err(invalid(format!("it has {}, which is too much", bytes(size))).into());
        }
        fs::read(&path)
    };
    let bytes = read().map_err(|error| {
        let failure = Failure::from_io(Side::Source, path.display(), &error);
        failure.hint("an image directory has a config.yaml, of version 3, and a Dockerfile")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| invalid("it is no UTF-8 text").context(path.display()))?;
    parse(&text, &path.display().to_string())
}

/// Reads the text of a file that is called `name`.
pub(super) fn parse(text: &str, name: &str) -> Result<(ImageConfig, Vec<String>), Failure> {
    let mut unknown = Vec::new();
    let options = serde_saphyr::options! { with_snippet: false };
    let raw = serde_saphyr::with_deserializer_from_str_with_options(text, options, |from| {
        serde_ignored::deserialize::<_, _, Raw>(from, |path| unknown.push(path.to_string()))
    });
    let raw = raw.map_err(|error| {
        let line = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
        invalid(format!("{name}{line}: {}", error.without_snippet()))
    })?;
    let mut checks = Checks { name, problems: Vec::new() };
    let config = checks.config(raw);
    let mut problems = checks.problems.into_iter();
    let Some(first) = problems.next() else {
        // What the reader itself asks for to know a line is no key.
        let unknown = unknown.iter().filter(|key| !key.contains("__serde_saphyr"));
        let told = unknown.map(|key| {
            format!("{name}: nobody knows the key `{}`", escape(&key.replace(".?", "")))
        });
        return Ok((config, told.collect()));
    };
    let failure = Failure::new(FailureKind::Invalid, Side::Source, first);
    Err(problems.fold(failure, |failure, problem| failure.because(&problem)))
}

/// Collects what is wrong.
struct Checks<'n> {
    name: &'n str,
    problems: Vec<String>,
}

impl Checks<'_> {
    fn wrong<T>(&mut self, at: &Spanned<T>, what: impl fmt::Display) {
        self.problems.push(format!("{}:{}: {what}", self.name, at.referenced.line()));
    }

    fn lacking(&mut self, key: &str) {
        self.problems.push(format!("{}: `{key}` is missing", self.name));
    }

    fn config(&mut self, raw: Raw) -> ImageConfig {
        let Raw { app, app_info, docker, version } = raw;
        match &version {
            Some(version) if version.value == VERSION => {}
            Some(other) => {
                let what = format!("version {} is not known, {VERSION} is", escape(&other.value));
                self.wrong(other, what);
            }
            None => self.lacking("version"),
        }
        let Labels { devices, features, unauth_host, uuid, volumes } = docker.secure.label;
        ImageConfig {
            app: self.app(app),
            description: app_info.description.unwrap_or_default(),
            node_types: self.node_types(&app_info.node_types),
            arches: self.arches(app_info.platforms),
            version: self.version(app_info.version),
            options: docker.build_opts,
            arch_options: vec![
                (VeeaArch::Arm32v7, docker.build_opts_arm32v7),
                (VeeaArch::Arm64v8, docker.build_opts_arm64v8),
                (VeeaArch::Amd64, docker.build_opts_amd64),
            ],
            ports: self.ports(&docker.ports.publish),
            licenses: docker.secure.arg.licenses,
            partner_features: docker.secure.arg.partner_features,
            devices: self.devices(devices),
            features,
            unauth_host,
            uuid: self.uuid(uuid),
            volumes,
        }
    }

    /// A name that an image can have.
    fn app(&mut self, app: Option<Spanned<String>>) -> String {
        let Some(app) = app else {
            self.lacking("app");
            return String::new();
        };
        if app.value.parse::<crate::model::Repository>().is_err() || app.value.contains('/') {
            let what = "`app` is of small letters and digits, with `.`, `_` or `-` between them";
            self.wrong(&app, what);
        }
        app.value
    }

    fn version(&mut self, version: Option<Spanned<String>>) -> String {
        let Some(version) = version else {
            self.lacking("app_info.version");
            return String::new();
        };
        if let Err(error) = version.value.parse::<Tag>() {
            self.wrong(&version, format!("app_info.version: {error}"));
        }
        version.value
    }

    fn node_types(&mut self, types: &[Spanned<String>]) -> Vec<NodeType> {
        if types.is_empty() {
            self.lacking("app_info.node_types");
        }
        let mut found = Vec::new();
        for name in types {
            let node = match name.value.as_str() {
                "MEN" => NodeType::Men,
                "MN" => NodeType::Mn,
                other => {
                    self.wrong(
                        name,
                        format!("`{}` is no node type: MEN and MN are", escape(other)),
                    );
                    continue;
                }
            };
            if !found.contains(&node) {
                found.push(node);
            }
        }
        found
    }

    fn arches(
        &mut self,
        platforms: std::collections::BTreeMap<String, Spanned<Option<Vec<String>>>>,
    ) -> Vec<(VeeaArch, Vec<String>)> {
        if platforms.is_empty() {
            self.lacking("app_info.platforms");
        }
        let mut arches = Vec::new();
        for (word, targets) in platforms {
            let arch: VeeaArch = match word.parse() {
                Ok(arch) => arch,
                Err(error) => {
                    self.wrong(&targets, error);
                    continue;
                }
            };
            let known = arch.targets();
            for target in targets.value.iter().flatten() {
                if !known.contains(&target.as_str()) {
                    let near = nearest(target, known.iter().copied());
                    let near = near.map(|near| format!("; did you mean {near}?"));
                    let what = format!("`{}` is no platform of {arch}", escape(target));
                    self.wrong(&targets, format!("{what}{}", near.unwrap_or_default()));
                }
            }
            arches.push((arch, targets.value.unwrap_or_default()));
        }
        arches.sort_by_key(|(arch, _)| *arch);
        arches
    }

    fn ports(&mut self, ports: &[Spanned<String>]) -> Vec<Port> {
        let mut found: Vec<Port> = Vec::new();
        for text in ports {
            match text.value.parse::<Port>() {
                Ok(port) => {
                    let is_same = |other: &Port| {
                        (other.published, other.protocol) == (port.published, port.protocol)
                    };
                    if found.iter().any(is_same) {
                        let Port { published, protocol, .. } = port;
                        self.wrong(text, format!("port {published}/{protocol} is published twice"));
                    }
                    found.push(port);
                }
                Err(error) => self.wrong(text, error),
            }
        }
        found
    }

    fn devices(&mut self, devices: Vec<Spanned<String>>) -> Vec<String> {
        for device in &devices {
            let parts: Vec<&str> = device.value.split(':').collect();
            let is_name = |name: &str| {
                !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            };
            let is_it = matches!(parts[..], ["DEV", share, name] if SHARES.contains(&share) && is_name(name));
            if !is_it {
                let what = format!(
                    "`{}` is no device: write DEV:EXCLUSIVE:NAME or DEV:SHARED:NAME",
                    escape(&device.value)
                );
                self.wrong(device, what);
            }
        }
        devices.into_iter().map(|device| device.value).collect()
    }

    fn uuid(&mut self, uuid: Option<Spanned<String>>) -> PersistentUuid {
        let nobody = || PersistentUuid::of_random([0; 16]);
        let Some(text) = uuid else {
            self.lacking("docker.secure.label.uuid");
            return nobody();
        };
        match text.value.parse::<PersistentUuid>() {
            Ok(uuid) => {
                if uuid.partner().is_some() {
                    let what = "a `uuid` begins with FFFFFFFF here; releases replace that";
                    self.wrong(&text, what);
                }
                uuid
            }
            Err(error) => {
                self.wrong(&text, error);
                nobody()
            }
        }
    }
}
