//! The servers that `NO_PROXY` names, as other tools read it: `*` is every
//! server, and `HOST:PORT` one port of a host.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::address::is_loopback;
use crate::environment::Environment;

/// The servers that are asked without a proxy.
#[derive(Debug)]
pub(super) struct NoProxy {
    /// What the client knows of itself.
    named: Matcher,
    exempt: Vec<Exempt>,
}

/// What the client does not know of itself.
#[derive(Debug)]
enum Exempt {
    All,
    Port(u16, Box<Matcher>),
}

impl NoProxy {
    /// Those that the variable names.
    pub(super) fn of(environment: &Environment) -> Self {
        let names = ["NO_PROXY", "no_proxy"];
        let said = names.iter().find_map(|name| environment.get(name).ok()).unwrap_or_default();
        let exempt = said.split(',').filter_map(|entry| Exempt::read(entry.trim())).collect();
        Self { named: all_but(said), exempt }
    }

    /// Whether no proxy stands between castoff and the server of a URL, whatever
    /// the environment names for others.
    pub(super) fn covers(&self, url: &Url) -> bool {
        is_loopback(url)
            || is_exempt(&self.named, url)
            || self.exempt.iter().any(|exempt| exempt.covers(url))
    }
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
        Some(Self::Port(port.parse().ok()?, Box::new(all_but(host.to_owned()))))
    }

    fn covers(&self, url: &Url) -> bool {
        match self {
            Self::All => true,
            Self::Port(port, matcher) => {
                url.port_or_known_default() == Some(*port) && is_exempt(matcher, url)
            }
        }
    }
}

/// A proxy for all servers but those that are named.
fn all_but(named: String) -> Matcher {
    Matcher::builder().all("http://proxy.invalid").no(named).build()
}

fn is_exempt(matcher: &Matcher, url: &Url) -> bool {
    url.as_str().parse().is_ok_and(|url| matcher.intercept(&url).is_none())
}
