//! Keys for a bucket, from somebody who is asked where AWS's own ways have
//! none.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_s3::config::{
    Credentials, IdentityCache, ProvideCredentials, SharedCredentialsProvider, SharedIdentityCache,
};
use secrecy::{ExposeSecret, SecretString};

use crate::model::Failure;

/// What opens a bucket. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The access key's id.
    pub id: String,
    /// The secret access key.
    pub secret: SecretString,
}

/// Somebody who may have the keys of a bucket.
#[async_trait]
pub trait KeysOf: Send + Sync {
    /// The keys; none where there are none.
    async fn find(&self) -> Result<Option<Keys>, Failure>;
}

/// AWS's own ways, and after them somebody who is asked.
pub(super) struct OrElse {
    pub(super) first: SharedCredentialsProvider,
    pub(super) keys: Arc<dyn KeysOf>,
}

/// Whoever is asked last is asked after AWS's own ways have given up, and the
/// one of machines in Amazon's cloud may take seconds for that.
pub(super) fn patient() -> SharedIdentityCache {
    IdentityCache::lazy().load_timeout(Duration::from_secs(20)).build()
}

impl OrElse {
    /// A machine that is in no cloud tells that by failing in many ways, so
    /// no failure of the first is the last word; it is told where there is
    /// nothing else.
    async fn find(&self) -> Result<Credentials, CredentialsError> {
        let error = match self.first.provide_credentials().await {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        match self.keys.find().await {
            Ok(Some(Keys { id, secret })) => {
                tracing::debug!("AWS's own ways have no keys: {error}");
                Ok(Credentials::new(id, secret.expose_secret(), None, None, "castoff"))
            }
            Ok(None) => Err(error),
            Err(failure) => Err(CredentialsError::provider_error(failure)),
        }
    }
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
