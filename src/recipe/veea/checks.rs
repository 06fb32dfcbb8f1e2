//! What is wrong with a configuration: all of it, each with its line.

use std::{collections::BTreeMap, fmt};

use serde_saphyr::Spanned;

use super::{
    image_config::{ImageConfig, NodeType},
    port::Port,
    raw::{Labels, Raw},
};
use crate::model::{PersistentUuid, Repository, Tag, VeeaArch, escape, nearest};

/// The version of the keys.
const VERSION: &str = "3";
/// How devices are shared.
const SHARES: [&str; 2] = ["EXCLUSIVE", "SHARED"];

/// Collects what is wrong.
pub(super) struct Checks<'n> {
    pub(super) name: &'n str,
    pub(super) problems: Vec<String>,
}

impl Checks<'_> {
    fn wrong<T>(&mut self, at: &Spanned<T>, what: impl fmt::Display) {
        self.problems.push(format!("{}:{}: {what}", self.name, at.referenced.line()));
    }

    fn lacking(&mut self, key: &str) {
        self.problems.push(format!("{}: `{key}` is missing", self.name));
    }

    /// What the file says.
    pub(super) fn config(&mut self, raw: Raw) -> ImageConfig {
        let Raw { app, app_info, docker, version } = raw;
        match &version {
            Some(version) if version.value == VERSION => {}
            Some(other) => {
                let what =
                    format!("version {} is not supported; use {VERSION}", escape(&other.value));
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
        if app.value.parse::<Repository>().is_err() || app.value.contains('/') {
            let what = "`app` must have lower-case letters and digits, with `.`, `_` or `-` \
                        between them";
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
                        format!("`{}` is not a node type; use MEN or MN", escape(other)),
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
        platforms: BTreeMap<String, Spanned<Option<Vec<String>>>>,
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
                    let what = format!("`{}` is not a platform of {arch}", escape(target));
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
                    "`{}` is not a device; write DEV:EXCLUSIVE:NAME or DEV:SHARED:NAME",
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
                    let what = "`uuid` must begin with FFFFFFFF, which releases replace by the \
                                partner";
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
