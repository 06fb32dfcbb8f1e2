//! How a registry wants to be convinced, and whom it may send us to for that.

use http::{HeaderMap, header::WWW_AUTHENTICATE};
use url::{Host, Url};

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
        let found: Vec<Self> = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter_map(|value| http_auth::parse_challenges(value).ok())
            .flatten()
            .filter_map(|challenge| Self::read(&challenge))
            .collect();
        found.iter().find(|challenge| **challenge != Self::Basic).or(found.first()).cloned()
    }

    fn read(challenge: &http_auth::ChallengeRef<'_>) -> Option<Self> {
        if challenge.scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        let parameter = |name: &str| {
            let (_, value) =
                challenge.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            Some(value.to_unescaped())
        };
        challenge.scheme.eq_ignore_ascii_case("bearer").then_some(())?;
        Some(Self::Bearer {
            realm: Url::parse(&parameter("realm")?).ok()?,
            service: parameter("service"),
            scope: parameter("scope"),
            insufficient: parameter("error").is_some_and(|error| error == "insufficient_scope"),
        })
    }
}

/// Whether the token service at `realm` may be told the password that was
/// meant for `registry`: it is on the same host or in the same registrable
/// domain, and as well protected.
#[must_use]
pub fn may_know_password(registry: &Url, realm: &Url) -> bool {
    let protected = realm.scheme() == "https" || registry.scheme() == "http";
    let plain = realm.username().is_empty() && realm.password().is_none();
    protected && plain && (registry.host() == realm.host() || share_domain(registry, realm))
}

fn share_domain(a: &Url, b: &Url) -> bool {
    match (domain(a), domain(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// The part of the URL's host that somebody registered. Addresses have none.
fn domain(url: &Url) -> Option<&str> {
    match url.host()? {
        Host::Domain(name) => psl::domain_str(name),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}
