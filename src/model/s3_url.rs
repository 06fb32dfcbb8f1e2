//! Where a bucket is, as it is written in a URL.

use std::fmt;

use url::Url;

use super::{nearest, shown_url::has_user};

/// A bucket and how to reach it. The parameters are Go CDK's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Url {
    /// The bucket.
    pub bucket: String,
    /// `endpoint`: where the service is, as URL or host; none: Amazon's own.
    pub endpoint: Option<String>,
    /// `region`.
    pub region: Option<String>,
    /// `s3ForcePathStyle`: the bucket is in the path, not in the host name.
    pub force_path_style: bool,
    /// `disableSSL`: plain HTTP where the endpoint has no scheme.
    pub disable_ssl: bool,
    /// `prefix`: what each key begins with; may be empty.
    pub prefix: String,
}

const S3_PARAMETERS: [&str; 5] = ["endpoint", "region", "s3ForcePathStyle", "disableSSL", "prefix"];

impl S3Url {
    /// Reads `s3://BUCKET[/NAME[:TAG]]?…` into the bucket and `NAME[:TAG]`.
    pub(super) fn parse(text: &str) -> Result<(Self, String), String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let bucket =
            url.host_str().filter(|bucket| !bucket.is_empty()).ok_or("the bucket is missing")?;
        if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
            return Err(no_user("s3://BUCKET?…"));
        }
        let mut s3 = Self {
            bucket: bucket.to_owned(),
            endpoint: None,
            region: None,
            force_path_style: false,
            disable_ssl: false,
            prefix: String::new(),
        };
        for (name, value) in url.query_pairs() {
            let flag = || match value.as_ref() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(format!("`{name}` must be true or false")),
            };
            match name.as_ref() {
                "endpoint" if has_user(&value) => return Err(no_user("endpoint=HOST")),
                "endpoint" if !is_endpoint(&value) => {
                    return Err("write endpoint=HOST[:PORT], or a URL without parameters".into());
                }
                "endpoint" => s3.endpoint = Some(value.into_owned()),
                "region" => s3.region = Some(value.into_owned()),
                "s3ForcePathStyle" => s3.force_path_style = flag()?,
                "disableSSL" => s3.disable_ssl = flag()?,
                "prefix" => s3.prefix = checked_prefix(&value)?,
                other => return Err(unknown_parameter(other)),
            }
        }
        Ok((s3, url.path().trim_start_matches('/').to_owned()))
    }
}

impl S3Url {
    /// Whether both are one bucket at one service, and one prefix in it.
    pub(super) fn is_same_bucket(&self, other: &Self) -> bool {
        let service = |url: &Self| {
            let endpoint = url.endpoint.as_deref().unwrap_or_default();
            let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
            host.trim_end_matches('/').to_ascii_lowercase()
        };
        (&self.bucket, &self.prefix, service(self))
            == (&other.bucket, &other.prefix, service(other))
    }

    /// What the keys of this bucket are called in a keyring: the bucket, and
    /// the host of the service where that is not Amazon's.
    #[must_use]
    pub fn credential_name(&self) -> String {
        let bucket = &self.bucket;
        match &self.endpoint {
            None => format!("s3://{bucket}"),
            Some(endpoint) => {
                let host = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, host)| host);
                format!("s3://{bucket}?endpoint={}", host.trim_end_matches('/'))
            }
        }
    }
}

/// Whether it is a host, or a URL of one with a path at most.
#[must_use]
pub fn is_endpoint(text: &str) -> bool {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    Url::parse(&whole).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

/// A user and password are no part of a URL, which is shown and journalled.
fn no_user(form: &str) -> String {
    format!(
        "write {form} without a user; castoff takes keys from the environment or from \
         AWS_PROFILE"
    )
}

fn checked_prefix(prefix: &str) -> Result<String, String> {
    let prefix = prefix.trim_matches('/');
    if prefix.split('/').any(|part| part == "." || part == "..")
        || prefix.chars().any(char::is_control)
    {
        return Err("`prefix` must be a plain path".into());
    }
    Ok(prefix.to_owned())
}

fn unknown_parameter(name: &str) -> String {
    let known = S3_PARAMETERS.join(", ");
    match nearest(name, S3_PARAMETERS) {
        Some(near) => format!("`{name}` is not a parameter; did you mean `{near}`?"),
        None => format!("`{name}` is not a parameter; known: {known}"),
    }
}

impl fmt::Display for S3Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let texts = [("endpoint", self.endpoint.as_deref()), ("region", self.region.as_deref())];
        for (name, value) in texts {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        for (name, value) in
            [("s3ForcePathStyle", self.force_path_style), ("disableSSL", self.disable_ssl)]
        {
            query.extend_pairs(value.then_some((name, "true")));
        }
        query.extend_pairs((!self.prefix.is_empty()).then_some(("prefix", &self.prefix)));
        let query = query.finish();
        write!(f, "s3://{}{}{query}", self.bucket, if query.is_empty() { "" } else { "?" })
    }
}
