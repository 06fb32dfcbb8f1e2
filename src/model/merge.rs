//! One index of what several machines have built.
//!
//! Pure, and a law: `merged(a, merged(a, b))` is `merged(a, b)`, and the order
//! depends on what is listed and not on who was first.

use std::collections::BTreeSet;

use super::{Descriptor, Digest, Platform};

/// The annotation of what is about another entry of its index, as BuildKit
/// lists attestations.
const KIND: &str = "vnd.docker.reference.type";
/// The annotation that holds the digest of that entry.
const SUBJECT: &str = "vnd.docker.reference.digest";

/// The entries of an index over `own` and `others`: of one platform the first
/// entry counts, and of `own` before `others`. What is about an entry is kept
/// with it, and goes with it.
#[must_use]
pub fn merged(own: &[Descriptor], others: &[Descriptor]) -> Vec<Descriptor> {
    let mut kept: Vec<Descriptor> = Vec::new();
    for entry in own.iter().chain(others) {
        if !kept.iter().any(|known| takes_place_of(known, entry)) {
            kept.push(entry.clone());
        }
    }
    let images: BTreeSet<Digest> =
        kept.iter().filter(|of| subject(of).is_none()).map(|of| of.digest.clone()).collect();
    kept.retain(|entry| match subject(entry) {
        Some(subject) => images.iter().any(|image| image.as_str() == subject),
        None => true,
    });
    kept.sort_by_cached_key(|entry| {
        let is_about = subject(entry).is_some();
        let platform = entry.platform.clone().filter(|_| !is_about);
        let subject = subject(entry).map(str::to_owned);
        (is_about, platform, subject, entry.digest.to_string())
    });
    kept
}

/// What an entry is about, if it is about another one.
fn subject(entry: &Descriptor) -> Option<&str> {
    let is_about = entry.annotations.contains_key(KIND);
    is_about.then(|| entry.annotations.get(SUBJECT).map_or("", String::as_str))
}

/// Whether both cannot be listed together.
fn takes_place_of(known: &Descriptor, entry: &Descriptor) -> bool {
    if subject(known).is_some() || subject(entry).is_some() {
        return known.digest == entry.digest && subject(known) == subject(entry);
    }
    match (&known.platform, &entry.platform) {
        (Some(known), Some(entry)) => level(known) == level(entry),
        (None, None) => known.digest == entry.digest,
        _ => false,
    }
}

/// A platform as machines tell it apart: every `arm64` is a `v8`.
fn level(platform: &Platform) -> (&str, &str, Option<&str>, Option<&str>) {
    let variant = platform.variant.as_deref();
    let variant =
        variant.filter(|level| (platform.architecture.as_str(), *level) != ("arm64", "v8"));
    (&platform.os, &platform.architecture, variant, platform.os_version.as_deref())
}
