//! Images that do not belong together.

use super::invalid;
use crate::model::{Failure, Platform, escape, is_known_os};

/// Fails where images of different names would become one index: names may
/// differ in the words of their platforms alone. An image without a name fits
/// to any.
pub(super) fn refuse_strangers(images: &[(Vec<&str>, &Platform)]) -> Result<(), Failure> {
    let plain = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| without_platform(name)).collect()
    };
    let called = images.iter().filter(|(names, _)| !names.is_empty());
    let mut common: Option<Vec<String>> = None;
    for (names, _) in called.clone() {
        let words = plain(names);
        let shared = match &common {
            None => words,
            Some(common) => common.iter().filter(|of| words.contains(of)).cloned().collect(),
        };
        if shared.is_empty() {
            let list = called.map(|(names, platform)| {
                format!("`{}` for {platform}", escape(names.first().unwrap_or(&"")))
            });
            let first = images.iter().find_map(|(names, _)| names.first()).unwrap_or(&"");
            return Err(invalid("it contains images of different names")
                .because(list.collect::<Vec<_>>().join(", "))
                .hint(format!("choose one, as PATH:{}", escape(first))));
        }
        common = Some(shared);
    }
    Ok(())
}

/// A name without the words of its platform: `app:1.0` of `app:1.0-linux-arm64`.
fn without_platform(name: &str) -> String {
    let name = name.to_lowercase().replace("x86_64", "amd64").replace("x86-64", "amd64");
    let mut kept: Vec<&str> = Vec::new();
    let mut before = "";
    for word in name.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let is_platform = is_known_os(word)
            || Platform::new("linux", word, None).is_ok()
            || Platform::is_variant(before, word)
            || word.strip_prefix("arm").is_some_and(|of| Platform::is_variant("arm", of));
        if !is_platform {
            kept.push(word);
        }
        before = word;
    }
    kept.join("-")
}
