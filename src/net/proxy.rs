//! What stands between castoff and a server.

use std::{
    env,
    ffi::{OsStr, OsString},
    sync::LazyLock,
};

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::{
    authority,
    no_proxy::{is_direct, is_named},
};
use crate::model::{Failure, FailureKind, Side};

/// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, as the
/// client reads them.
static MATCHER: LazyLock<Matcher> = LazyLock::new(Matcher::from_env);

/// The variables that decide for each scheme and say what cannot be followed.
static ODD: LazyLock<[Option<&str>; 2]> = LazyLock::new(|| {
    [["HTTP_PROXY", "http_proxy"], ["HTTPS_PROXY", "https_proxy"]].map(|names| {
        let (name, value) = deciding(names).or_else(|| deciding(["ALL_PROXY", "all_proxy"]))?;
        (!is_proxy(&value)).then_some(name)
    })
});

/// The `HOST[:PORT]` of the proxy through which a URL is asked for; none:
/// there is none. Its password is not told.
pub(crate) fn proxy_of(url: &Url) -> Option<String> {
    if is_direct(url) {
        return None;
    }
    let proxy = MATCHER.intercept(&url.as_str().parse().ok()?)?;
    Url::parse(&proxy.uri().to_string()).ok().map(|url| authority(&url))
}

/// Fails where a URL would be asked for through a proxy, and the variable that
/// names it cannot be followed: going around it may not be meant.
pub(crate) fn refuse_odd(url: &Url) -> Result<(), Failure> {
    let [http, https] = *ODD;
    let odd = if url.scheme() == "https" { https } else { http };
    let Some(name) = odd.filter(|_| !is_direct(url) && !is_named(url)) else { return Ok(()) };
    let what = format!("{name} is not the URL of a proxy that castoff can use");
    Err(Failure::new(FailureKind::Invalid, Side::Local, what)
        .hint("write http://HOST:PORT or https://HOST:PORT, or add the server to NO_PROXY"))
}

/// The first of some variables that is set, unless it says nothing.
fn deciding(names: [&'static str; 2]) -> Option<(&'static str, OsString)> {
    let (name, value) = names.iter().find_map(|name| Some((*name, env::var_os(name)?)))?;
    (!value.is_empty()).then_some((name, value))
}

/// Whether a value names a proxy as the client reads it.
fn is_proxy(value: &OsStr) -> bool {
    let parsed = value.to_str().and_then(|value| value.parse::<http::Uri>().ok());
    let Some(uri) = parsed else { return false };
    let is_known = uri.scheme_str().is_none_or(|scheme| matches!(scheme, "http" | "https"));
    is_known && uri.authority().is_some_and(|authority| !authority.host().is_empty())
}
