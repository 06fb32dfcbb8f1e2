//! What the labels `os` and `arch` call a platform, and what OCI does.

use crate::{
    aci::{AciLabel, AciLabels},
    model::Platform,
};

/// The words for architectures: those of labels, and OCI's with a variant.
const WORDS: [(&str, &str, Option<&str>); 8] = [
    ("amd64", "amd64", None),
    ("x86_64", "amd64", None),
    ("i386", "386", None),
    ("aarch64", "arm64", None),
    ("armv6l", "arm", Some("v6")),
    ("armv7l", "arm", Some("v7")),
    ("ppc64le", "ppc64le", None),
    ("s390x", "s390x", None),
];

/// The platform that labels name; none where they name no architecture, or
/// one that OCI has no word for.
#[must_use]
pub fn platform_of(labels: &AciLabels) -> Option<Platform> {
    let (os, arch) = (labels.get("os")?, labels.get("arch")?);
    let known = WORDS.iter().find(|(word, ..)| *word == arch);
    let (architecture, variant) =
        known.map_or((arch, None), |(_, architecture, variant)| (*architecture, *variant));
    Platform::new(os, architecture, variant).ok()
}

/// The labels that name a platform; fewer where the specification has no word
/// for it.
#[must_use]
pub fn labels_of(platform: &Platform) -> Vec<AciLabel> {
    let label = |name: &str, value: &str| {
        Some(AciLabel { name: name.parse().ok()?, value: value.to_owned() })
    };
    let variant = match (&*platform.architecture, platform.variant.as_deref()) {
        // What is for any ARM is for the least that there is a word for.
        ("arm", None) => Some("v6"),
        ("arm64", _) => None,
        (_, variant) => variant,
    };
    let is_it = |(word, architecture, of): &&(&str, &str, Option<&str>)| {
        *architecture == platform.architecture
            && *of == variant
            && (*word != "x86_64") == (platform.os != "darwin" || *architecture != "amd64")
    };
    let os = label("os", &platform.os);
    let arch = WORDS.iter().find(is_it).and_then(|(word, ..)| label("arch", word));
    match AciLabels::new(os.iter().chain(&arch).cloned().collect()) {
        Ok(labels) => labels.into(),
        Err(_) => Vec::new(),
    }
}
