//! What to do about a bucket's refusal, from what else its answer tells.

use aws_sdk_s3::config::http::HttpResponse;

/// What to do, where the answer tells.
pub(super) fn of(raw: &HttpResponse, code: &str) -> Option<String> {
    match code {
        "RequestTimeTooSkewed" => Some(clocks(raw)),
        "ExpiredToken" => Some(
            "the session token has expired: get another one, such as with aws sso login".to_owned(),
        ),
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" => {
            Some("check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN".to_owned())
        }
        _ if raw.status().as_u16() == 407 => {
            Some("set the proxy's user and password in HTTPS_PROXY or HTTP_PROXY".to_owned())
        }
        _ => region(raw).map(|region| format!("the bucket is in another region: region={region}")),
    }
}

/// Both times, as the answer tells them.
fn clocks(raw: &HttpResponse) -> String {
    let ours = element(raw, "RequestTime").map(|time| format!(": this machine says {time}"));
    let theirs = element(raw, "ServerTime").or_else(|| raw.headers().get("date").map(Into::into));
    let theirs = theirs.map(|time| format!(", the server {time}"));
    let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
    format!("set this machine's clock{ours}{theirs}")
}

/// The region that the bucket is in, where it is not the one that was asked.
fn region(raw: &HttpResponse) -> Option<String> {
    if !matches!(raw.status().as_u16(), 300..=400) {
        return None;
    }
    let header = raw.headers().get("x-amz-bucket-region").map(str::to_owned);
    let is_plain = |of: &String| {
        !of.is_empty() && of.chars().all(|of| of.is_ascii_alphanumeric() || "-_.".contains(of))
    };
    header.or_else(|| element(raw, "Region")).filter(is_plain)
}

/// The text of an element of the error document.
fn element(raw: &HttpResponse, name: &str) -> Option<String> {
    let body = std::str::from_utf8(raw.body().bytes()?).ok()?;
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim().chars().take(64).collect())
}
