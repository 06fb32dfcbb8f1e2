//! A URL that was refused, as it may be shown.

use std::borrow::Cow;

use super::Digest;

/// What of a URL's parameters says nothing in confidence.
const PLAIN: [&str; 5] = ["endpoint", "region", "s3ForcePathStyle", "disableSSL", "prefix"];

/// What stands where a secret may have been.
const HIDDEN: &str = "…";

/// The same without what may be a password: a user before a host, and the values
/// of parameters that castoff does not know.
pub(super) fn without_secrets(url: &str) -> String {
    let (place, query) = match url.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (url, None),
    };
    let place = without_user(place);
    let Some(query) = query else { return place.into_owned() };
    let parameters: Vec<_> = query.split('&').map(shown).collect();
    format!("{place}?{}", parameters.join("&"))
}

/// Whether a host as it is written in a URL has a user before it.
#[must_use]
pub fn has_user(host: &str) -> bool {
    let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
    rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())].contains('@')
}

/// The same text without what stands between `://` and an `@` before the host of
/// any URL in it: a command line may have a login where none belongs.
#[must_use]
pub fn without_logins(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '`' | '"' | '\'');
        let host = &after[..after.find(is_end).unwrap_or(after.len())];
        clean.push_str(before);
        clean.push_str("://");
        rest = after;
        if let Some(at) = host.rfind('@') {
            clean.push_str(HIDDEN);
            rest = &after[at..];
        }
    }
    if clean.is_empty() {
        return Cow::Borrowed(text);
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

fn shown(parameter: &str) -> String {
    let Some((name, value)) = parameter.split_once('=') else { return parameter.to_owned() };
    // An `@` may be written in any way that a URL allows.
    let is_plain = PLAIN.contains(&name) && !value.contains(['@', '%', '?', '#']);
    format!("{name}={}", if is_plain { value } else { HIDDEN })
}

/// The same text of a place without a user before its host, whether there is a
/// scheme or not; the digest of an image stands behind an `@` too.
pub(super) fn without_user(place: &str) -> Cow<'_, str> {
    let (scheme, rest) = match place.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), place),
    };
    let is_digest = |at: &usize| rest[at + 1..].parse::<Digest>().is_ok();
    // A password may have a slash in it that should have been escaped.
    match rest.rmatch_indices('@').map(|(at, _)| at).find(|at| !is_digest(at)) {
        Some(at) => Cow::Owned(format!("{scheme}{HIDDEN}{}", &rest[at..])),
        None => Cow::Borrowed(place),
    }
}
