//! Tags that stand for the newest of several versions, as `1.27` does for
//! `1.27.3`.

use std::collections::HashMap;

use super::Age;
use crate::model::Tag;

/// The tags that shorten the version of others, each with the newest of these.
/// One that names the same content stands for it; another is a version of its
/// own.
#[must_use]
pub fn shortened(tags: &[Tag]) -> Vec<(Tag, Tag)> {
    let mut newest: HashMap<String, &Tag> = HashMap::new();
    for tag in tags {
        for short in shorter(tag.as_str()) {
            let known = newest.entry(short).or_insert(tag);
            if Age::of(known.as_str()) < Age::of(tag.as_str()) {
                *known = tag;
            }
        }
    }
    let named = |tag: &Tag| Some((tag.clone(), Tag::clone(newest.get(tag.as_str())?)));
    tags.iter().filter_map(named).collect()
}

/// The version with fewer numbers, down to the first: `v1.27-alpine` and
/// `v1-alpine` of `v1.27.3-alpine`.
fn shorter(tag: &str) -> Vec<String> {
    let start = tag.find(|of: char| !"vV".contains(of)).unwrap_or(tag.len());
    let is_of_version = |of: char| of.is_ascii_digit() || of == '.';
    let end = tag[start..].find(|of| !is_of_version(of)).map_or(tag.len(), |end| start + end);
    let (version, rest) = (&tag[start..end], &tag[end..]);
    let dots = version.match_indices('.').map(|(at, _)| at);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|of| of.is_ascii_digit());
    if !version.split('.').all(is_number) {
        return Vec::new();
    }
    dots.map(|dot| format!("{}{}{rest}", &tag[..start], &version[..dot])).collect()
}
