//! `config.yaml` as it is written.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RawVeeaConfig {
    pub(super) app: Option<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    pub(super) app_info: AppInfo,
    #[serde(deserialize_with = "filled")]
    pub(super) docker: Docker,
    pub(super) version: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AppInfo {
    pub(super) description: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub(super) node_types: Vec<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    pub(super) platforms: BTreeMap<String, Spanned<Option<Vec<String>>>>,
    pub(super) version: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Docker {
    #[serde(deserialize_with = "filled")]
    pub(super) build_opts: String,
    #[serde(deserialize_with = "filled")]
    pub(super) build_opts_arm32v7: String,
    #[serde(deserialize_with = "filled")]
    pub(super) build_opts_arm64v8: String,
    #[serde(deserialize_with = "filled")]
    pub(super) build_opts_amd64: String,
    #[serde(deserialize_with = "filled")]
    pub(super) ports: Ports,
    #[serde(deserialize_with = "filled")]
    pub(super) secure: Secure,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Ports {
    #[serde(deserialize_with = "filled")]
    pub(super) publish: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Secure {
    #[serde(deserialize_with = "filled")]
    pub(super) arg: Argument,
    #[serde(deserialize_with = "filled")]
    pub(super) label: RawLabels,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Argument {
    #[serde(deserialize_with = "filled")]
    pub(super) partner_features: Vec<String>,
    #[serde(deserialize_with = "filled")]
    pub(super) licenses: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RawLabels {
    #[serde(deserialize_with = "filled")]
    pub(super) devices: Vec<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    pub(super) features: Vec<String>,
    #[serde(deserialize_with = "filled")]
    pub(super) unauth_host: bool,
    pub(super) uuid: Option<Spanned<String>>,
    #[serde(deserialize_with = "filled")]
    pub(super) volumes: Volumes,
}

/// A key without a value is there, and says nothing.
fn filled<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
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
