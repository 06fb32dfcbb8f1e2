//! Where a list goes on (RFC 8288, as the OCI distribution specification uses
//! it under "Listing Tags").

use http::{HeaderMap, header::LINK};

/// The query of the next page, where there is one. The rest of the link is
/// ours: a registry does not send castoff elsewhere by it.
///
/// # Errors
///
/// Fails with why a link cannot be read: it may be the one to the next page, so
/// the list would not be whole without it.
pub(super) fn next_query(headers: &HeaderMap) -> Result<Option<String>, String> {
    for value in headers.get_all(LINK) {
        let text = value.to_str().map_err(|_| unread("a Link header"))?;
        for link in parts(text, ',') {
            let (target, relations) = parse(link).ok_or_else(|| unread(link))?;
            if !relations.split_ascii_whitespace().any(|of| of.eq_ignore_ascii_case("next")) {
                continue;
            }
            let (_, query) = target.split_once('?').ok_or_else(|| unread(link))?;
            return Ok(Some(query.to_owned()));
        }
    }
    Ok(None)
}

fn unread(link: &str) -> String {
    format!("the link to the list's next page cannot be read: `{}`", crate::model::escape(link))
}

/// The target and the relations of `<TARGET>; rel="RELATIONS"`. Some servers
/// leave out the brackets.
fn parse(link: &str) -> Option<(&str, String)> {
    let (target, parameters) = match link.strip_prefix('<') {
        Some(rest) => rest.split_once('>')?,
        None => link.split_once(';').map(|(target, _)| (target.trim(), &link[target.len()..]))?,
    };
    let relation = parts(parameters, ';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_relation = name.trim().eq_ignore_ascii_case("rel");
        is_relation.then(|| value.trim().trim_matches('"').to_owned())
    })?;
    Some((target.trim(), relation))
}

/// What stands between separators, but for those in quotes and in brackets.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_target) = (false, false);
    let parts = text.split(move |letter| {
        match letter {
            '"' if !is_target => is_quoted = !is_quoted,
            '<' if !is_quoted => is_target = true,
            '>' if !is_quoted => is_target = false,
            _ => {}
        }
        letter == separator && !is_quoted && !is_target
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}
