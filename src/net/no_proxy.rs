//! The servers that `NO_PROXY` names, as other tools read it: `*` is every
//! server, and `HOST:PORT` one port of a host.

use std::{env, sync::LazyLock};

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::address::is_loopback;

/// What the variable says.
static SAID: LazyLock<String> = LazyLock::new(|| {
    ["NO_PROXY", "no_proxy"].iter().find_map(|name| env::var(name).ok()).unwrap_or_default()
});

static EXEMPT: LazyLock<Vec<Exempt>> =
    LazyLock::new(|| SAID.split(',').filter_map(|entry| Exempt::read(entry.trim())).collect());

/// What the client does not know of itself.
enum Exempt {
    All,
    Port(u16, Box<Matcher>),
}

/// Whether no proxy stands between castoff and the server of a URL, whatever
/// the environment names for others.
pub(super) fn is_direct(url: &Url) -> bool {
    is_loopback(url) || EXEMPT.iter().any(|exempt| exempt.covers(url))
}

/// Whether the variable names the URL's host, as the client reads it.
pub(super) fn is_named(url: &Url) -> bool {
    let any = Matcher::builder().all("http://proxy.invalid").no(SAID.clone()).build();
    url.as_str().parse().is_ok_and(|url| any.intercept(&url).is_none())
}

impl Exempt {
    fn read(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::All);
        }
        let (host, port) = entry.rsplit_once(':')?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        // An address of IPv6 without a port has colons too.
        let host = bare.or((!host.contains(':')).then_some(host))?;
        let matcher = Matcher::builder().all("http://proxy.invalid").no(host.to_owned()).build();
        Some(Self::Port(port.parse().ok()?, Box::new(matcher)))
    }

    fn covers(&self, url: &Url) -> bool {
        match self {
            Self::All => true,
            Self::Port(port, matcher) => {
                url.port_or_known_default() == Some(*port)
                    && url.as_str().parse().is_ok_and(|url| matcher.intercept(&url).is_none())
            }
        }
    }
}
