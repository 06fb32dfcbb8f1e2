//! What stands between castoff and a server.

use std::sync::LazyLock;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::{authority, no_proxy::is_direct};

/// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, as the
/// client reads them.
static MATCHER: LazyLock<Matcher> = LazyLock::new(Matcher::from_env);

/// The `HOST[:PORT]` of the proxy through which a URL is asked for; none:
/// there is none. Its password is not told.
pub(super) fn proxy_of(url: &Url) -> Option<String> {
    if is_direct(url) {
        return None;
    }
    let proxy = MATCHER.intercept(&url.as_str().parse().ok()?)?;
    Url::parse(&proxy.uri().to_string()).ok().map(|url| authority(&url))
}
