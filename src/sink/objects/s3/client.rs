//! The client of a bucket, made from its URL and from what the AWS tools read.
//!
//! The client never retries: each request's budget is `net`'s, so that each
//! wait is seen. Checksums are ours, since the digest is known before the
//! content is sent, and since not every server takes the streamed kind that
//! the client would add by itself.

use std::sync::Arc;

use aws_config::{
    BehaviorVersion, SdkConfig, environment::EnvironmentVariableRegionProvider,
    meta::region::RegionProviderChain, profile::ProfileFileRegionProvider,
};
use aws_sdk_s3::{
    Client,
    config::{
        Region, RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient,
        StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use aws_smithy_http_client::tls::{TlsContext, TrustStore};

use super::{
    connections,
    keys::{self, KeysOf, OrElse},
    options::S3Options,
    settings::{self, AwsSettings},
};
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, S3Url, Side},
    net::Network,
};

/// Where Amazon's buckets are that were made without naming a region.
const REGION: &str = "us-east-1";

pub(super) async fn connect(
    url: &S3Url,
    options: &S3Options,
    keys: Option<&Arc<dyn KeysOf>>,
) -> Result<Client, Failure> {
    let environment = options.network.environment();
    let settings = AwsSettings::read(environment).await?;
    let region = region(url, &settings).await?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        // What the environment says of retries is not read: some of it panics.
        .retry_config(RetryConfig::disabled())
        .http_client(http_client(&settings, &options.network)?);
    if let Some(name) = &settings.name {
        loader = loader.profile_name(name);
    }
    let endpoint = endpoint(url).or_else(|| settings.endpoint.clone());
    if endpoint.is_some() {
        // Another service than Amazon's has neither.
        settings::tell_elsewhere(environment);
        loader = loader.use_fips(false).use_dual_stack(false);
    }
    let shared = loader.load().await;
    let S3Options { connect_timeout, idle_timeout, .. } = *options;
    let timeouts =
        TimeoutConfig::builder().connect_timeout(connect_timeout).read_timeout(idle_timeout);
    let stalled = StalledStreamProtectionConfig::enabled().grace_period(idle_timeout);
    let mut config = aws_sdk_s3::config::Builder::from(&shared);
    if let Some(or_else) = or_else(&shared, &settings, keys, environment) {
        config = config.credentials_provider(or_else);
        config = config.identity_cache(keys::patient());
    }
    if let Some(endpoint) = endpoint {
        config.set_endpoint_url(Some(folder(endpoint)));
    }
    let config = config
        .force_path_style(url.force_path_style || settings.is_path_style())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build())
        .stalled_stream_protection(stalled.build())
        .build();
    Ok(Client::from_conf(config))
}

fn or_else(
    shared: &SdkConfig,
    settings: &AwsSettings,
    keys: Option<&Arc<dyn KeysOf>>,
    environment: &Environment,
) -> Option<OrElse> {
    let first = shared.credentials_provider()?;
    let profile = &settings.profile;
    let signed_on = profile.is_signed_on().then(|| settings.name.clone().unwrap_or_default());
    let logged_in = profile.get("login_session").is_some();
    let missing = settings.name.clone().filter(|name| profile.lacks(name));
    let (keys, environment) = (keys.cloned(), environment.clone());
    Some(OrElse { first, keys, environment, missing, signed_on, logged_in })
}

/// The URL's, the environment's, the profile's, or the oldest one.
async fn region(url: &S3Url, settings: &AwsSettings) -> Result<Region, Failure> {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.name {
        profile = profile.profile_name(name);
    }
    let region = RegionProviderChain::first_try(url.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build());
    let found = region.region().await;
    let found = found.as_ref().map_or(REGION, |found| found.as_ref().trim());
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if found.is_empty() || !found.chars().all(is_plain) {
        let what = format!("`{found}` is not the name of a region");
        return Err(Failure::new(FailureKind::Invalid, Side::Local, what).hint(
            "it comes from region= in the URL, AWS_REGION, AWS_DEFAULT_REGION or a profile",
        ));
    }
    Ok(Region::new(found.to_owned()))
}

/// The endpoint as a URL; none for Amazon's own.
fn endpoint(url: &S3Url) -> Option<String> {
    let endpoint = url.endpoint.as_ref()?;
    Some(match endpoint.split_once("://") {
        Some(_) => endpoint.clone(),
        None if url.disable_ssl => format!("http://{endpoint}"),
        None => format!("https://{endpoint}"),
    })
}

/// The same, as a folder: without the slash its path would lose its last part.
fn folder(endpoint: String) -> String {
    if endpoint.ends_with('/') { endpoint } else { format!("{endpoint}/") }
}

/// Speaks through the proxies that the environment names, and trusts those that this
/// system trusts, or the authorities of `AWS_CA_BUNDLE` alone.
fn http_client(settings: &AwsSettings, network: &Network) -> Result<SharedHttpClient, Failure> {
    let mut context = TlsContext::builder();
    if let Some(bundle) = &settings.authorities {
        let trusted = TrustStore::empty().with_pem_certificate(bundle.clone());
        context = context.with_trust_store(trusted);
    }
    let context = context.build().map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Local, &error).context("AWS_CA_BUNDLE")
    })?;
    Ok(connections::client(&context, network))
}
