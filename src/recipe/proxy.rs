//! Proxies, which a build takes over from its user.

/// The variables that name proxies. Docker knows all but `all_proxy` without
/// an `ARG` in the Dockerfile.
pub const PROXIES: [&str; 10] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "ftp_proxy",
    "FTP_PROXY",
    "no_proxy",
    "NO_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// The build arguments for the proxies that are set, value for value. They
/// come before all others, and are no part of a blueprint: what is built does
/// not depend on them, and there may be a password in one.
#[must_use]
pub fn proxies(variable: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let set = PROXIES.into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?)));
    set.collect()
}
