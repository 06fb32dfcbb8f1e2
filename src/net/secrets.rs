//! What a request carries that must not be shown, however the server repeats it.

use std::{cmp::Reverse, collections::BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use url::{Url, form_urlencoded};

use super::{HttpBody, OutgoingRequest};
use crate::model::Digest;

/// What stands where a secret was.
const HIDDEN: &str = "…";
/// A secret of fewer characters is hidden only where it stands alone: it may be
/// a part of any word.
const SHORT: usize = 8;
/// Fields of a form that are secret.
const FIELDS: [&str; 4] = ["refresh_token", "access_token", "password", "client_secret"];

/// The secrets of a request, and of those that it was redirected to.
#[derive(Clone, Default)]
pub(super) struct RequestSecrets {
    /// The longest first, since one may be a part of another.
    texts: BTreeSet<(Reverse<usize>, String)>,
}

impl RequestSecrets {
    /// Those of one request; `redirected` where a server chose its URL.
    pub(super) fn of(request: &OutgoingRequest, redirected: bool) -> Self {
        let mut secrets = Self::default();
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        let given = request.authorization.as_ref().and_then(|value| value.to_str().ok());
        for value in
            given.into_iter().chain([AUTHORIZATION, PROXY_AUTHORIZATION].iter().filter_map(header))
        {
            secrets.add_header(value);
        }
        if let HttpBody::Bytes(bytes) = &request.body
            && (bytes.len() as u64) < super::limits::ERROR_LIMIT
        {
            let fields = form_urlencoded::parse(bytes);
            let secret = fields.filter(|(name, _)| FIELDS.contains(&&**name));
            secret.for_each(|(_, value)| secrets.add(&value));
        }
        if redirected || request.has_secret_url() {
            secrets.add_url(&request.url, request.has_secret_url());
        }
        secrets
    }

    /// These and `others`.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.texts.extend(others.texts);
        self
    }

    /// The same text without any of them.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (_, secret) in self.texts.iter().filter(|(_, secret)| !secret.is_empty()) {
            if !text.contains(secret.as_str()) {
                continue;
            }
            text = if secret.chars().count() < SHORT {
                without_word(&text, secret)
            } else {
                text.replace(secret, HIDDEN)
            };
        }
        text
    }

    /// A value of `Authorization`: its token, or its user and password.
    fn add_header(&mut self, value: &str) {
        let (scheme, token) = value.split_once(' ').unwrap_or(("", value));
        self.add(token.trim().trim_end_matches('='));
        let pair = if scheme.eq_ignore_ascii_case("basic") {
            STANDARD.decode(token.trim()).ok()
        } else {
            None
        };
        let Some(pair) = pair.and_then(|pair| String::from_utf8(pair).ok()) else { return };
        self.add(&pair);
        if let Some((_, password)) = pair.split_once(':') {
            self.add(password);
        }
    }

    /// A URL that proves what its owner may do: its query, and its path where
    /// that is secret as well.
    fn add_url(&mut self, url: &Url, with_path: bool) {
        if let Some(query) = url.query() {
            self.add_long(query);
        }
        for (_, value) in url.query_pairs() {
            self.add_long(&value);
        }
        let path = Some(url.path()).filter(|_| with_path);
        path.into_iter()
            .chain(path.and_then(|path| path.rsplit('/').next()))
            .for_each(|of| self.add_long(of));
    }

    fn add(&mut self, secret: &str) {
        let forms =
            [secret.to_owned(), form_urlencoded::byte_serialize(secret.as_bytes()).collect()];
        let quoted = serde_json::to_string(secret).unwrap_or_default();
        let quoted = quoted.trim_matches('"').to_owned();
        self.texts.extend(forms.into_iter().chain([quoted]).map(|of| (Reverse(of.len()), of)));
    }

    /// A part of a URL: a short one is no secret, nor is a digest.
    fn add_long(&mut self, part: &str) {
        if part.len() >= SHORT && part.parse::<Digest>().is_err() {
            self.add(part);
        }
    }
}

impl std::fmt::Debug for RequestSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// The text without `word` where neither a letter nor a digit is beside it.
fn without_word(text: &str, word: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    let is_end = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let left = before.chars().next_back().or_else(|| result.chars().next_back());
        let alone = is_end(left) && is_end(after.chars().next());
        result.push_str(before);
        result.push_str(if alone { HIDDEN } else { word });
        rest = after;
    }
    result + rest
}
