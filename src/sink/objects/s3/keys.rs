//! Keys for a bucket, from where AWS's own ways find them, or else from a
//! store that is asked after them.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_s3::config::{
    Credentials, IdentityCache, ProvideCredentials, SharedCredentialsProvider, SharedIdentityCache,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Remedy, Side},
};

/// What opens a bucket. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The access key's id.
    pub id: String,
    /// The secret access key.
    pub secret: SecretString,
}

/// A store that may have the keys of a bucket.
#[async_trait]
pub trait KeysOf: Send + Sync {
    /// The keys; none where there are none.
    async fn find(&self) -> Result<Option<Keys>, Failure>;
}

/// AWS's own ways, and after them a store that is asked.
pub(super) struct OrElse {
    pub(super) first: SharedCredentialsProvider,
    pub(super) keys: Option<Arc<dyn KeysOf>>,
    /// What says where the files of profiles are.
    pub(super) environment: Environment,
    /// The profile that is asked for, where the files have none of that name.
    pub(super) missing: Option<String>,
    /// The profile with keys that come from signing on in a browser, empty for the
    /// one without a name; none where they do not.
    pub(super) signed_on: Option<String>,
    /// Whether the profile's keys come from `aws login`; its sessions castoff
    /// does not read.
    pub(super) logged_in: bool,
}

/// The store is asked after AWS's own ways have given up, and the one of
/// machines in Amazon's cloud may take seconds for that.
pub(super) fn patient() -> SharedIdentityCache {
    IdentityCache::lazy().load_timeout(Duration::from_secs(20)).build()
}

impl OrElse {
    /// A machine that is in no cloud tells that by failing in many ways, so
    /// no failure of the first is the last word; it is told where there is
    /// nothing else.
    async fn find(&self) -> Result<Credentials, CredentialsError> {
        let error = match self.first.provide_credentials().await {
            Ok(found) => return clean(found).map_err(CredentialsError::provider_error),
            Err(error) => error,
        };
        let kept = match &self.keys {
            Some(keys) => keys.find().await.map_err(CredentialsError::provider_error)?,
            None => None,
        };
        let Some(Keys { id, secret }) = kept else {
            return Err(CredentialsError::provider_error(self.explain(&error)));
        };
        tracing::debug!("the AWS credential chain has no keys: {error}");
        let found = Credentials::new(id, secret.expose_secret(), None, None, "castoff");
        clean(found).map_err(CredentialsError::provider_error)
    }

    /// Why there are no keys, in the words of the way that should have had
    /// them.
    fn explain(&self, error: &CredentialsError) -> Failure {
        let is_nowhere = matches!(error, CredentialsError::CredentialsNotLoaded(_));
        let kind = match error {
            CredentialsError::ProviderTimedOut(_) => FailureKind::Timeout,
            _ => FailureKind::Unauthorized,
        };
        if let Some(name) = &self.missing {
            return lacking(name, &self.environment);
        }
        let failure = Failure::from_error(kind, Side::Sink, error);
        match &self.signed_on {
            _ if self.logged_in => failure.context("login_session of the AWS profile").hint(
                "castoff does not read the login of `aws login`: first run eval \"$(aws \
                 configure export-credentials --format env)\"",
            ),
            Some(profile) if profile.is_empty() => failure.hint("run aws sso login"),
            Some(profile) => failure.hint(format!("run aws sso login --profile {profile}")),
            None if is_nowhere => {
                failure.context("no credentials were found").hint(Remedy::SetOrStoreKeys)
            }
            None => failure.hint(
                "castoff finds credentials as the AWS tools do; try aws sts get-caller-identity",
            ),
        }
    }
}

/// The failure where no file has the profile that is asked for.
fn lacking(name: &str, environment: &Environment) -> Failure {
    let file = |variable: &str, usual: &str| {
        environment.text(variable).unwrap_or_else(|| usual.to_owned())
    };
    let config = file("AWS_CONFIG_FILE", "~/.aws/config");
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    let what = format!("the AWS profile {name} is not in {config} or {credentials}");
    Failure::new(FailureKind::Unauthorized, Side::Sink, what)
        .hint("set another one in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
}

/// The same keys without white space at their ends, which come from files and
/// variables and belong to no key. Fails where one cannot go into a request.
fn clean(found: Credentials) -> Result<Credentials, Failure> {
    let id = part("the access key's id (AWS_ACCESS_KEY_ID)", found.access_key_id())?;
    let name = "the secret access key (AWS_SECRET_ACCESS_KEY)";
    let secret = part(name, found.secret_access_key())?;
    let name = "the session token (AWS_SESSION_TOKEN)";
    let token = found.session_token().map(|token| part(name, token)).transpose()?;
    let before = (found.access_key_id(), found.secret_access_key(), found.session_token());
    if before == (id, secret, token) {
        return Ok(found);
    }
    let mut builder =
        Credentials::builder().access_key_id(id).secret_access_key(secret).provider_name("castoff");
    builder.set_session_token(token.map(str::to_owned));
    builder.set_expiry(found.expiry());
    builder.set_account_id(found.account_id().cloned());
    Ok(builder.build())
}

fn part<'a>(name: &str, part: &'a str) -> Result<&'a str, Failure> {
    let part = part.trim();
    if part.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(part);
    }
    let what = format!("{name} contains a character that is not allowed");
    Err(Failure::new(FailureKind::Unauthorized, Side::Local, what))
}

impl fmt::Debug for OrElse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrElse")
    }
}

impl ProvideCredentials for OrElse {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.find())
    }
}
