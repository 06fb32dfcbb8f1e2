//! The documents of `df-dist-v1`: their bytes and their keys.

use serde::{Deserialize, Serialize};

use crate::model::{Descriptor, Others, Platform, lenient};

/// What every key begins with: the layout and its version.
pub(super) const PREFIX: &str = "df-dist-v1";

/// What a tag holds: `{"flavors":[{"resources":[{"path":…}],"platform":{…}}]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TagDocument {
    #[serde(deserialize_with = "lenient::list")]
    pub(super) flavors: Vec<Flavor>,
}

/// One platform's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flavor {
    #[serde(deserialize_with = "lenient::list")]
    pub(super) resources: Vec<Resource>,
    pub(super) platform: FlavorPlatform,
}

/// One file, by its path below `OS/ARCH/`; a variant's files lie one deeper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Resource {
    pub(super) path: String,
}

/// The platform, architecture first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FlavorPlatform {
    pub(super) architecture: String,
    pub(super) os: String,
    #[serde(
        default,
        deserialize_with = "lenient::or_usual",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) variant: Option<String>,
}

impl TagDocument {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts always become JSON")
    }
}

impl Flavor {
    pub(super) fn new(platform: &Platform, files: &[Descriptor]) -> Self {
        let below =
            platform.variant.as_ref().map(|variant| format!("{variant}/")).unwrap_or_default();
        let titles = files.iter().filter_map(Descriptor::title);
        Self {
            resources: titles.map(|title| Resource { path: format!("{below}{title}") }).collect(),
            platform: FlavorPlatform {
                architecture: platform.architecture.clone(),
                os: platform.os.clone(),
                variant: platform.variant.clone(),
            },
        }
    }

    pub(super) fn platform(&self) -> Platform {
        Platform {
            os: self.platform.os.clone(),
            architecture: self.platform.architecture.clone(),
            variant: self.platform.variant.clone(),
            os_version: None,
            os_features: Vec::new(),
            others: Others::default(),
        }
    }

    /// The path of a file within its platform.
    pub(super) fn title<'r>(&self, resource: &'r Resource) -> &'r str {
        let below = self.platform.variant.as_deref();
        let inner =
            below.and_then(|variant| resource.path.strip_prefix(variant)?.strip_prefix('/'));
        inner.unwrap_or(&resource.path)
    }
}

/// Where a file lies below its tag: `OS/ARCH[/VARIANT]/PATH`.
pub(super) fn path(node: &Descriptor) -> Option<String> {
    let mut words: Vec<&str> = node.platform.as_ref()?.words().collect();
    words.push(node.title()?);
    Some(words.join("/"))
}

/// Whether what another publisher's document names may become a key or a path.
pub(super) fn is_plain(path: &str) -> bool {
    let is_plain =
        |part: &str| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control);
    !path.contains('\\') && path.split('/').all(is_plain)
}
