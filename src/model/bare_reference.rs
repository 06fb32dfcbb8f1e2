//! References without a scheme, as crane, oras and docker write them.

use std::path::Path;

use super::{Destination, ParseSinkUrlError, nearest, shown_url::without_user};

/// What the URLs of places begin with.
const SCHEMES: [&str; 6] = ["docker://", "s3://", "oci:", "dir:", "archive:", "docker-daemon:"];

impl Destination {
    /// Reads what a command line names: a URL, or `HOST/REPOSITORY[:TAG]`,
    /// where HOST has a dot or a port, or is `localhost`.
    ///
    /// # Errors
    ///
    /// Fails where it is neither, and tells the nearest right form; `sinks` are
    /// the names that could have been meant.
    pub fn of_command_line<'s>(
        text: &str,
        sinks: impl IntoIterator<Item = &'s str>,
    ) -> Result<Self, ParseSinkUrlError> {
        let is_url = SCHEMES.iter().any(|scheme| text.starts_with(scheme));
        // Helm and others write a registry so; no path begins with two slashes.
        if is_url && !text.starts_with("oci://") {
            return Self::parse(text);
        }
        if is_bare(text) {
            return Self::parse(&format!("docker://{text}"));
        }
        let clean = without_user(text);
        if clean != text {
            let why = "leave out the user and password: castoff reads them from the keyring or \
                       Docker's configuration"
                .to_owned();
            return Err(ParseSinkUrlError::new(text, why));
        }
        Err(ParseSinkUrlError::new(text, format!("did you mean {}?", right_form(text, sinks))))
    }
}

/// Whether `text` is `HOST/REPOSITORY…`.
fn is_bare(text: &str) -> bool {
    let (host, path) = text.split_once('/').unwrap_or_default();
    !path.is_empty() && is_host(host)
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let has_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_word =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    let is_plain =
        name.chars().all(is_word) && name.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    is_plain && (has_port || (port.is_empty() && (name.contains('.') || name == "localhost")))
}

/// What was most likely meant.
fn right_form<'s>(text: &str, sinks: impl IntoIterator<Item = &'s str>) -> String {
    let near = |scheme: &str| format!("docker://{}", text.trim_start_matches(scheme));
    if let Some(scheme) =
        ["http://", "https://", "docker:", "oci://"].into_iter().find(|of| text.starts_with(of))
    {
        return near(scheme);
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let schemes = ["docker", "s3", "oci", "dir", "archive"];
        return match nearest(scheme, schemes) {
            Some(near @ ("docker" | "s3")) => format!("{near}://{rest}"),
            Some(near) => format!("{near}:{rest}"),
            None => format!("docker://{rest}"),
        };
    }
    let is_path = ["/", "./", "../", "~"].iter().any(|start| text.starts_with(start));
    if is_path || Path::new(text).extension().is_some_and(|of| of == "tar") {
        return format!("oci:{text}, or dir:{text}");
    }
    let (first, rest) = text.split_once('/').unwrap_or((text, ""));
    if let Some(sink) = nearest(first, sinks) {
        return if rest.is_empty() { sink.to_owned() } else { format!("{sink}/{rest}") };
    }
    // `alpine:3` is written as `HOST:PORT` is, and hardly ever means it.
    let name = first.split(':').next().unwrap_or(first);
    let is_image = rest.is_empty() && !name.contains('.') && name != "localhost";
    match (is_host(first) && !is_image, rest) {
        (true, _) => format!("docker://{text}"),
        (false, "") => format!("docker://docker.io/library/{text}, or the name of a sink"),
        (false, _) => format!("docker://docker.io/{text}"),
    }
}
