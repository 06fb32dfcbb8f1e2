//! One index of what several machines have built.
//!
//! Pure, and a law: `merged(a, merged(a, b))` is `merged(a, b)`, and the order
//! depends on what is listed and not on which publisher was first.

use std::collections::BTreeSet;

use super::{Descriptor, Digest, Platform};

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
    put_in_order(&mut kept);
    kept
}

/// Puts the entries of an index in order: images by platform, and then what
/// is about them.
pub(super) fn put_in_order(entries: &mut [Descriptor]) {
    entries.sort_by_cached_key(|entry| {
        let is_about = entry.is_attestation();
        let platform = entry.platform.clone().filter(|_| !is_about);
        let subject = subject(entry).map(str::to_owned);
        (is_about, platform, subject, entry.digest.to_string())
    });
}

/// What an entry is about, if it is about another one.
fn subject(entry: &Descriptor) -> Option<&str> {
    entry.is_attestation().then(|| entry.attested().unwrap_or_default())
}

/// Whether both cannot be listed together.
fn takes_place_of(known: &Descriptor, entry: &Descriptor) -> bool {
    if subject(known).is_some() || subject(entry).is_some() {
        return known.digest == entry.digest && subject(known) == subject(entry);
    }
    match (&known.platform, &entry.platform) {
        (Some(known), Some(entry)) => takes_level(known, entry),
        (None, None) => known.digest == entry.digest,
        _ => false,
    }
}

/// Whether machines cannot tell two platforms apart.
fn takes_level(known: &Platform, entry: &Platform) -> bool {
    let plain = |of: &Platform| Platform { os_features: Vec::new(), ..of.clone() };
    plain(known).is_same(&plain(entry))
}
