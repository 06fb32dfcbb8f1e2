//! Keys for a bucket, from somebody who is asked where AWS's own ways have
//! none.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_s3::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
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

/// The keys that `first` has; where it has none, those that `keys` has.
pub(super) fn or_else(
    first: SharedCredentialsProvider,
    keys: Arc<dyn KeysOf>,
) -> CredentialsProviderChain {
    CredentialsProviderChain::first_try("aws", first).or_else("castoff", Asked(keys))
}

struct Asked(Arc<dyn KeysOf>);

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

impl ProvideCredentials for Asked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            match self.0.find().await {
                Ok(Some(Keys { id, secret })) => {
                    Ok(Credentials::new(id, secret.expose_secret(), None, None, "castoff"))
                }
                Ok(None) => Err(CredentialsError::not_loaded("there are no keys")),
                Err(failure) => Err(CredentialsError::provider_error(failure)),
            }
        })
    }
}
