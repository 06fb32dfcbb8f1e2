//! What a URL may be trusted with, and how it is shown.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Whether `a` and `b` have the same scheme, host and port, so that what one
/// may know the other may know.
#[must_use]
pub fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether the URL names this machine or its link, by address or as
/// `localhost`. Names are not looked up.
#[must_use]
pub fn is_local(url: &Url) -> bool {
    is_loopback(url) || is_on_link(url)
}

/// Whether the URL names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match address(url) {
        Some(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => url.host_str().is_some_and(|host| {
            let host = host.trim_end_matches('.');
            host == "localhost" || host.ends_with(".localhost")
        }),
    }
}

/// Whether the URL names an address that is valid on the link only, where
/// clouds serve their machines' secrets.
fn is_on_link(url: &Url) -> bool {
    match address(url) {
        Some(IpAddr::V4(ip)) => ip.is_link_local(),
        Some(IpAddr::V6(ip)) => ip.is_unicast_link_local(),
        None => false,
    }
}

fn address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(unmapped(ip)),
        Host::Domain(_) => None,
    }
}

fn unmapped(ip: Ipv6Addr) -> IpAddr {
    ip.to_ipv4_mapped().map_or(ip.into(), <IpAddr as From<Ipv4Addr>>::from)
}

/// Where a redirect from `from` leads, unless it must not be followed.
///
/// # Errors
///
/// Fails with the reason where `location` is no HTTP URL, leaves HTTPS, or
/// leads from elsewhere to this machine or its link.
pub fn redirect_target(from: &Url, location: &str) -> Result<Url, &'static str> {
    let to = from.join(location).map_err(|_| "it redirects to something that is not a URL")?;
    match (from.scheme(), to.scheme()) {
        ("https", "http") => return Err("it redirects from https to plain http"),
        (_, "http" | "https") => {}
        _ => return Err("it redirects to something other than http"),
    }
    if is_local(&to) && !is_local(from) {
        return Err("it redirects to an address of this machine or its link");
    }
    Ok(to)
}

/// The URL without what may be secret: user, password, query and fragment.
#[must_use]
pub fn redacted(url: &Url) -> String {
    format!("{}{}", origin(url), url.path())
}

/// The URL's scheme, host and port, as text.
pub(crate) fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), authority(url))
}

/// The URL's `HOST[:PORT]`.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
