//! The words of an archive's name that are those of platforms.

use crate::{
    model::{Failure, Platform, is_known_os},
    source::invalid,
};

/// What a name says of a platform, as far as it says anything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    oses: Vec<String>,
    /// Architectures with their variants, as platforms of any system.
    architectures: Vec<Platform>,
}

impl Words {
    /// The words of `app-linux-arm64`, `linux.arm.v7` or `app_x86_64`.
    pub(super) fn of(stem: &str) -> Self {
        // The one word that has a mark in it.
        let stem = stem.to_lowercase().replace("x86_64", "amd64").replace("x86-64", "amd64");
        let words: Vec<&str> = stem.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
        let mut found = Self::default();
        for (at, word) in words.iter().enumerate() {
            if is_known_os(word) {
                found.oses.push((*word).to_owned());
            }
            // `armv7` stands for two words.
            let (word, joined) = match word.strip_prefix("arm") {
                Some(variant) if Platform::is_variant("arm", variant) => ("arm", Some(variant)),
                _ => (*word, None),
            };
            let next = words.get(at + 1).copied();
            let variant = joined.or(next).filter(|variant| Platform::is_variant(word, variant));
            found.architectures.extend(Platform::new("linux", word, variant));
        }
        found
    }

    /// Fails where the image inside is for `inside`, and no word says so.
    pub(super) fn agree(&self, inside: &Platform) -> Result<(), Failure> {
        let is_os = self.oses.is_empty() || self.oses.contains(&inside.os);
        let is_it = |of: &Platform| {
            let of = Platform { os: inside.os.clone(), ..of.clone() };
            super::super::platforms::agree(&of, inside).is_ok()
        };
        if is_os && (self.architectures.is_empty() || self.architectures.iter().any(is_it)) {
            return Ok(());
        }
        let words = self.architectures.iter().flat_map(|of| of.words().skip(1));
        let named: Vec<&str> = self.oses.iter().map(String::as_str).chain(words).collect();
        let named = named.join("/");
        Err(invalid(format!("it is named {named}, but its image is for {inside}"))
            .hint(format!("rename it for {inside}, or build the image for {named}")))
    }
}
