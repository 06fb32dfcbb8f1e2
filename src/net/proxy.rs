//! What stands between castoff and a server.

use std::{
    ffi::{OsStr, OsString},
    fmt,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use super::{authority, no_proxy::NoProxy};
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
};

/// The proxies that an environment names.
#[derive(Debug)]
pub(crate) struct Proxies {
    /// For plain HTTP and for HTTPS: what `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY`
    /// say, as other tools read them.
    ways: [Option<Way>; 2],
    none: NoProxy,
    /// The variables that decide for each scheme and say what cannot be followed.
    odd: [Option<&'static str>; 2],
}

/// The URL of a proxy, with its user and password. Its `Debug` shows neither.
struct Way(Url);

impl Proxies {
    /// Those of an environment.
    pub(super) fn of(environment: &Environment) -> Self {
        let odd = [["HTTP_PROXY", "http_proxy"], ["HTTPS_PROXY", "https_proxy"]].map(|names| {
            let all = || deciding(environment, ["ALL_PROXY", "all_proxy"]);
            let (name, value) = deciding(environment, names).or_else(all)?;
            (!is_proxy(&value)).then_some(name)
        });
        let all = matcher(environment);
        let ways = ["http://any.invalid", "https://any.invalid"]
            .map(|any| Way::of(&all.intercept(&http::Uri::from_static(any))?));
        Self { ways, none: NoProxy::of(environment), odd }
    }

    /// The `HOST[:PORT]` of the proxy through which a URL is asked for; none:
    /// there is none. Its password is not told.
    pub(crate) fn name(&self, url: &Url) -> Option<String> {
        self.way(url).map(authority)
    }

    /// The URL of that proxy, with its user and password.
    pub(super) fn way(&self, url: &Url) -> Option<&Url> {
        self.way_of(url.scheme()).filter(|_| !self.none.covers(url))
    }

    /// The URL of the proxy for a scheme, with its user and password.
    pub(crate) fn way_of(&self, scheme: &str) -> Option<&Url> {
        let [http, https] = &self.ways;
        let way = match scheme {
            "http" => http,
            "https" => https,
            _ => &None,
        };
        way.as_ref().map(|Way(url)| url)
    }

    /// Fails where a URL would be asked for through a proxy, and the variable that
    /// names it cannot be followed: going around it may not be meant.
    pub(crate) fn refuse_odd(&self, url: &Url) -> Result<(), Failure> {
        let [http, https] = self.odd;
        let odd = if url.scheme() == "https" { https } else { http };
        let Some(name) = odd.filter(|_| !self.none.covers(url)) else { return Ok(()) };
        let what = format!("{name} is not the URL of a proxy that castoff can use");
        Err(Failure::new(FailureKind::Invalid, Side::Local, what)
            .hint("write http://HOST:PORT or https://HOST:PORT, or add the server to NO_PROXY"))
    }
}

impl Way {
    fn of(proxy: &Intercept) -> Option<Self> {
        let mut url = Url::parse(&proxy.uri().to_string()).ok()?;
        if let Some((user, password)) = proxy.basic_auth().and_then(login) {
            url.set_username(&user).ok()?;
            url.set_password(Some(&password)).ok()?;
        }
        Some(Self(url))
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&authority(&self.0))
    }
}

/// What the variables say, whatever they except. A web server that starts a program
/// sets `HTTP_PROXY` to what its own client sent, so none of them is followed there.
fn matcher(environment: &Environment) -> Matcher {
    if environment.raw("REQUEST_METHOD").is_some() {
        return Matcher::builder().build();
    }
    let first = |names: [&str; 2]| {
        names.iter().find_map(|name| environment.get(name).ok()).unwrap_or_default()
    };
    Matcher::builder()
        .all(first(["ALL_PROXY", "all_proxy"]))
        .http(first(["HTTP_PROXY", "http_proxy"]))
        .https(first(["HTTPS_PROXY", "https_proxy"]))
        .build()
}

/// The user and the password of a header.
fn login(header: &HeaderValue) -> Option<(String, String)> {
    let pair = STANDARD.decode(header.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The first of some variables that is set, unless it says nothing.
fn deciding(
    environment: &Environment,
    names: [&'static str; 2],
) -> Option<(&'static str, OsString)> {
    let (name, value) =
        names.iter().find_map(|name| Some((*name, environment.raw(name)?.to_owned())))?;
    (!value.is_empty()).then_some((name, value))
}

/// Whether a value names a proxy as the client reads it.
fn is_proxy(value: &OsStr) -> bool {
    let parsed = value.to_str().and_then(|value| value.parse::<http::Uri>().ok());
    let Some(uri) = parsed else { return false };
    let is_known = uri.scheme_str().is_none_or(|scheme| matches!(scheme, "http" | "https"));
    is_known && uri.authority().is_some_and(|authority| !authority.host().is_empty())
}
