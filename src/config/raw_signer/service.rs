//! Signers that are a service with a login.

use url::Url;

use super::parts::{is_server, path, read_source};
use crate::{
    config::{
        fields::{At, Fields},
        problem::Problems,
        required::required,
    },
    model::{SecretSource, Signing},
};

/// What castoff is called where nothing else is said.
const CLIENT: &str = "castoff";

/// What a signer with a `service` needs.
pub(super) fn read(
    fields: &mut Fields<'_, '_>,
    service: At<String>,
    problems: &mut Problems,
) -> Option<Signing> {
    let at = fields.place().clone();
    let insecure = fields.bool("insecure", problems).unwrap_or_default();
    let issuer = fields.string("issuer", problems);
    let issuer = required(issuer, &at, "signer.issuer", problems);
    let certificate = path(fields, "certificate", problems);
    let certificate = required(certificate, &at, "signer.certificate", problems);
    let mut url = |url: At<String>, key| read_url(url, key, insecure, problems);
    let (service, issuer) = (url(service, "service"), issuer.map(|issuer| url(issuer, "issuer")));
    let client = fields.string("client", problems);
    let client_secret = read_client_secret(fields, problems);
    let user = fields.string("user", problems).map(|user| user.value);
    let ca = path(fields, "ca", problems);
    Some(Signing::CmsService {
        service,
        issuer: issuer?,
        client: client.map_or_else(|| CLIENT.to_owned(), |client| client.value),
        client_secret,
        user,
        certificate: certificate?,
        ca,
        insecure,
    })
}

/// The URL of a server that gets a password, or a token.
fn read_url(
    At { value, at }: At<String>,
    key: &str,
    insecure: bool,
    problems: &mut Problems,
) -> String {
    if !is_server(&value) {
        // It is not repeated: there may be a password in it.
        let hint = format!("write it as {key} = \"https://{key}.example.org\", without a password");
        problems.add(&at, format!("`signer.{key}` is not the URL of a server"), Some(hint));
    } else if !insecure && Url::parse(&value).is_ok_and(|url| url.scheme() != "https") {
        let hint = "write https://, or allow it with insecure = true";
        problems.add(&at, format!("`signer.{key}` does not use TLS"), Some(hint.into()));
    }
    value
}

/// Nothing where nothing is said: the client is public.
fn read_client_secret(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Vec<SecretSource> {
    let tables = fields.some_tables("client_secret", problems).unwrap_or_default();
    let read = |fields| read_source(fields, "signer.client_secret", problems);
    tables.into_iter().filter_map(read).collect()
}
