//! The nouns of `VeeaHub` images: the identity of an image, and what it is for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Platform, escape};

/// The identity that an image keeps over all its versions and architectures,
/// such as `00000033-A180-4F25-B6F9-F9439C533890`.
///
/// Its first eight digits are the partner's that it is authorised for. It is
/// written in capitals, as in all names that are made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersistentUuid(Uuid);

/// A partner, as eight hexadecimal digits in capitals, such as `00000033`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartnerId(u32);

/// What a `VeeaHub` runs, and one that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VeeaArch {
    /// Arm, 32 bits: `iesv0.5` and `iesv2.5`.
    Arm32v7,
    /// Arm, 64 bits: `iesv0.9` and `iesv1.0`.
    Arm64v8,
    /// x86, 64 bits: no hub, but a machine to try an image on.
    Amd64,
}

/// A text that is no identity of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a UUID such as XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX", escape(.0))]
pub struct ParsePersistentUuidError(String);

/// A text that is no partner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a partner: it must have eight hexadecimal digits, not all of them F", escape(.0))]
pub struct ParsePartnerIdError(String);

/// A word that names no architecture of a `VeeaHub`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Architecture '{}' is not supported.", escape(.0))]
pub struct ParseVeeaArchError(String);

impl PersistentUuid {
    /// A new one for an image that is not authorised yet, made of
    /// random bytes.
    #[must_use]
    pub fn of_random(bytes: [u8; 16]) -> Self {
        Self::with_first(uuid::Builder::from_random_bytes(bytes).into_uuid(), u32::MAX)
    }

    /// The same image, authorised for a partner.
    #[must_use]
    pub fn authorised(self, partner: PartnerId) -> Self {
        Self::with_first(self.0, partner.0)
    }

    /// The same image, before it is authorised.
    #[must_use]
    pub fn unauthorised(self) -> Self {
        Self::with_first(self.0, u32::MAX)
    }

    /// The partner that it is authorised for, if any.
    #[must_use]
    pub fn partner(self) -> Option<PartnerId> {
        let (first, ..) = self.0.as_fields();
        (first != u32::MAX).then_some(PartnerId(first))
    }

    fn with_first(uuid: Uuid, first: u32) -> Self {
        let (_, second, third, rest) = uuid.as_fields();
        Self(Uuid::from_fields(first, second, third, rest))
    }
}

impl VeeaArch {
    /// All of them, in the order in which they are released.
    pub const ALL: [Self; 3] = [Self::Arm32v7, Self::Arm64v8, Self::Amd64];

    /// Its word, such as `arm32v7`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Arm32v7 => "arm32v7",
            Self::Arm64v8 => "arm64v8",
            Self::Amd64 => "amd64",
        }
    }

    /// The same, as images name it.
    ///
    /// # Panics
    ///
    /// Never: its words are known.
    #[must_use]
    pub fn platform(self) -> Platform {
        Platform::new("linux", self.word(), None).expect("Go knows the words")
    }

    /// The architecture of a platform, if it is one of these.
    #[must_use]
    pub fn of(platform: &Platform) -> Option<Self> {
        Self::ALL.into_iter().find(|arch| {
            platform.os == "linux" && arch.runs(&platform.architecture, platform.variant.as_deref())
        })
    }

    /// The hardware that has it.
    #[must_use]
    pub fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Arm32v7 => &["iesv0.5", "iesv2.5"],
            Self::Arm64v8 => &["iesv0.9", "iesv1.0"],
            Self::Amd64 => &[],
        }
    }

    /// Whether an image with this architecture in its configuration runs there.
    /// Not all tools name a variant.
    #[must_use]
    pub fn runs(self, architecture: &str, variant: Option<&str>) -> bool {
        let variant = variant.filter(|variant| !variant.is_empty());
        match self {
            Self::Arm32v7 => architecture == "arm" && matches!(variant, None | Some("v7")),
            Self::Arm64v8 => architecture == "arm64" && matches!(variant, None | Some("v8")),
            Self::Amd64 => architecture == "amd64" && variant.is_none(),
        }
    }
}

impl FromStr for PersistentUuid {
    type Err = ParsePersistentUuidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The crate takes other forms as well, and only this one has 36 letters.
        let uuid = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
        uuid.map(Self).ok_or_else(|| ParsePersistentUuidError(text.to_owned()))
    }
}

impl fmt::Display for PersistentUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}", self.0.hyphenated())
    }
}

impl TryFrom<String> for PersistentUuid {
    type Error = ParsePersistentUuidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PersistentUuid> for String {
    fn from(uuid: PersistentUuid) -> Self {
        uuid.to_string()
    }
}

impl FromStr for PartnerId {
    type Err = ParsePartnerIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_hex.then(|| u32::from_str_radix(text, 16).ok()).flatten();
        // All F means no partner.
        let number = number.filter(|number| *number != u32::MAX);
        number.map(Self).ok_or_else(|| ParsePartnerIdError(text.to_owned()))
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

impl TryFrom<String> for PartnerId {
    type Error = ParsePartnerIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PartnerId> for String {
    fn from(partner: PartnerId) -> Self {
        partner.to_string()
    }
}

impl FromStr for VeeaArch {
    type Err = ParseVeeaArchError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|arch| arch.word() == text);
        found.ok_or_else(|| ParseVeeaArchError(text.to_owned()))
    }
}

impl fmt::Display for VeeaArch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
