//! Operating system and architecture pairs.
//!
//! The words are Go's (`GOOS`, `GOARCH`), as in the OCI image specification,
//! image-index.md. Other tools' names for the same thing are understood:
//! `x86_64` is `amd64`, `aarch64` is `arm64`, `arm32v7` is `arm/v7`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Others, lenient};

/// What an artifact runs on, as the OCI image specification writes it: `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// The operating system, such as `linux`.
    pub os: String,
    /// The architecture, such as `amd64`.
    pub architecture: String,
    /// The architecture's variant, such as `v7`.
    #[serde(
        default,
        deserialize_with = "lenient::or_usual",
        skip_serializing_if = "Option::is_none"
    )]
    pub variant: Option<String>,
    /// The operating system's version, which Windows images need.
    #[serde(
        rename = "os.version",
        default,
        deserialize_with = "lenient::or_usual",
        skip_serializing_if = "Option::is_none"
    )]
    pub os_version: Option<String>,
    /// What the operating system must offer.
    #[serde(
        rename = "os.features",
        default,
        deserialize_with = "lenient::or_usual",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub os_features: Vec<String>,
    /// What else was written of it.
    #[serde(flatten)]
    pub others: Others,
}

/// A string that is not a platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a platform: {reason}", super::escape(text))]
pub struct ParsePlatformError {
    text: String,
    reason: String,
}

const OSES: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];

const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "wasm",
];

/// Other tools' words, and what they mean.
const ALIASES: &[(&str, &str, Option<&str>)] = &[
    ("x86_64", "amd64", None),
    ("x86-64", "amd64", None),
    ("i386", "386", None),
    ("i686", "386", None),
    ("x86", "386", None),
    ("aarch64", "arm64", None),
    ("arm64v8", "arm64", None),
    ("armhf", "arm", Some("v7")),
    ("armv7l", "arm", Some("v7")),
    ("armv6l", "arm", Some("v6")),
    ("armel", "arm", Some("v6")),
    ("arm32v7", "arm", Some("v7")),
    ("arm32v6", "arm", Some("v6")),
    ("arm32v5", "arm", Some("v5")),
];

/// Whether `word` is one of Go's operating systems.
#[must_use]
pub fn is_known_os(word: &str) -> bool {
    OSES.contains(&word)
}

/// Whether `word` is one of Go's architectures.
#[must_use]
pub fn is_known_arch(word: &str) -> bool {
    ARCHITECTURES.contains(&word)
}

impl Platform {
    /// A platform of these words, which must be known.
    ///
    /// # Errors
    ///
    /// Names the unknown word and the nearest known one.
    pub fn new(
        os: &str,
        architecture: &str,
        variant: Option<&str>,
    ) -> Result<Self, ParsePlatformError> {
        let text = [Some(os), Some(architecture), variant]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("/");
        let fail = |reason: String| ParsePlatformError { text: text.clone(), reason };
        if !is_known_os(os) {
            return Err(fail(unknown("operating system", os, OSES)));
        }
        let (architecture, implied) =
            match ALIASES.iter().find(|(alias, ..)| *alias == architecture) {
                Some((_, architecture, variant)) => (*architecture, *variant),
                None => (architecture, None),
            };
        if !is_known_arch(architecture) {
            return Err(fail(unknown("architecture", architecture, ARCHITECTURES)));
        }
        let variant = variant.or(implied);
        if let Some(variant) = variant
            && !is_variant_word(variant)
        {
            return Err(fail(format!("`{}` is not a variant such as v7", super::escape(variant))));
        }
        Ok(Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.map(str::to_owned),
            os_version: None,
            os_features: Vec::new(),
            others: Others::default(),
        })
    }

    /// Whether `word`, directly below `architecture` in a tree, is a variant
    /// and not a file: `v5` to `v8` under `arm` and `arm64`.
    #[must_use]
    pub fn is_variant(architecture: &str, word: &str) -> bool {
        matches!(architecture, "arm" | "arm64") && matches!(word, "v5" | "v6" | "v7" | "v8")
    }

    /// The words of the platform without the version: `linux`, `arm`, `v7`.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        [self.os.as_str(), self.architecture.as_str()].into_iter().chain(self.variant.as_deref())
    }

    /// Whether this is the platform that `asked` names, as containerd chooses:
    /// `arm64` is `arm64/v8` and `amd64` is `amd64/v1`. Another architecture
    /// without variant asks for any.
    #[must_use]
    pub fn matches(&self, asked: &Self) -> bool {
        let asks_for_any = asked.variant.is_none() && default_level(&asked.architecture).is_none();
        self.is_of(asked) && (asks_for_any || self.level() == asked.level())
    }

    /// Whether a machine runs this that tells its platform, and perhaps not the
    /// level of its architecture.
    #[must_use]
    pub fn fits(&self, machine: &Self) -> bool {
        self.is_of(machine) && (machine.level().is_none() || self.level() == machine.level())
    }

    /// Whether both are one platform, by whatever name: `arm64` is `arm64/v8`.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_of(other)
            && self.level() == other.level()
            && self.os_version == other.os_version
            && self.os_features == other.os_features
    }

    /// The variant without `v`, where it is not the one that an architecture
    /// has anyway (containerd, `platforms.Normalize`).
    #[must_use]
    pub fn level(&self) -> Option<&str> {
        let variant = self.variant.as_deref().filter(|variant| !variant.is_empty())?;
        let level = variant.strip_prefix('v').unwrap_or(variant);
        let level = level.strip_suffix(".0").unwrap_or(level);
        (default_level(&self.architecture) != Some(level)).then_some(level)
    }

    fn is_of(&self, other: &Self) -> bool {
        self.os == other.os && self.architecture == other.architecture
    }

    /// The architecture and variant as tags write them: `arm64`, `armv7`.
    #[must_use]
    pub fn tag_suffix(&self) -> String {
        format!("{}{}", self.architecture, self.variant.as_deref().unwrap_or_default())
    }
}

/// The level that an architecture has where none is named. That of `arm` is
/// not known: `linux/arm` is kept as it is written.
fn default_level(architecture: &str) -> Option<&'static str> {
    match architecture {
        "arm64" => Some("8"),
        "amd64" => Some("1"),
        _ => None,
    }
}

fn is_variant_word(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 16
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let hint = super::nearest(word, known.iter().copied()).map_or_else(
        || format!("known: {}", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    format!("`{}` is not an {what} known to Go; {hint}", super::escape(word))
}

impl FromStr for Platform {
    type Err = ParsePlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // As containerd reads it, and so docker.
        let words = text.to_lowercase();
        match words.split('/').collect::<Vec<_>>()[..] {
            [os, architecture] => Self::new(os, architecture, None),
            [os, architecture, variant] => Self::new(os, architecture, Some(variant)),
            _ => Err(ParsePlatformError {
                text: text.to_owned(),
                reason: "write OS/ARCH or OS/ARCH/VARIANT, such as linux/arm/v7".into(),
            }),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}
