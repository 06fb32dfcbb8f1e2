//! How a registry wants to be convinced, and where it may send us for that.

use http::{HeaderMap, header::WWW_AUTHENTICATE};
use structured_public_domains::registrable_domain;
use url::{Host, Url};

use super::auth_header::AuthHeader;

/// What a 401 asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// User and password with each request.
    Basic,
    /// A token from a service.
    Bearer {
        /// The token service.
        realm: Url,
        /// What the service calls the registry.
        service: Option<String>,
        /// What the request would have needed.
        scope: Option<String>,
        /// Whether a token was given that allows too little.
        insufficient: bool,
    },
}

impl Challenge {
    /// The challenge that is best answered: a token before a password. None
    /// where there is no challenge that castoff knows.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        let found: Vec<Self> = values
            .flat_map(|value| AuthHeader::read(&String::from_utf8_lossy(value.as_bytes())))
            .filter_map(|words| Self::of(&words))
            .collect();
        found.iter().find(|challenge| **challenge != Self::Basic).or(found.first()).cloned()
    }

    fn of(words: &AuthHeader) -> Option<Self> {
        if words.scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        words.scheme.eq_ignore_ascii_case("bearer").then_some(())?;
        let parameter = |name| words.get(name).map(str::to_owned);
        Some(Self::Bearer {
            realm: Url::parse(words.get("realm")?).ok()?,
            service: parameter("service"),
            scope: parameter("scope"),
            insufficient: words.get("error").is_some_and(|error| error == "insufficient_scope"),
        })
    }
}

/// Whether the token service at `realm` may be told the password that was
/// meant for `registry`: it is on the same host or in the same registrable
/// domain, and as well protected.
#[must_use]
pub fn may_know_password(registry: &Url, realm: &Url) -> bool {
    is_protected(registry, realm)
        && (registry.host() == realm.host() || share_domain(registry, realm))
}

/// Whether `realm` is at least as well protected as `registry`.
pub(super) fn is_protected(registry: &Url, realm: &Url) -> bool {
    let protected = realm.scheme() == "https" || registry.scheme() == "http";
    protected && realm.username().is_empty() && realm.password().is_none()
}

fn share_domain(a: &Url, b: &Url) -> bool {
    match (domain(a), domain(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// The registered domain of the URL's host. Addresses have none.
fn domain(url: &Url) -> Option<String> {
    match url.host()? {
        // The list has names as people write them, not in Punycode.
        Host::Domain(name) => registrable_domain(&idna::domain_to_unicode(name).0),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}
