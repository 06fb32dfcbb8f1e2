//! How a bucket is reached.

use std::time::Duration;

use crate::net::{Network, Patience};

/// How a bucket is reached.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may move.
    pub idle_timeout: Duration,
    /// How often what fails is tried again.
    pub patience: Patience,
    /// Which proxies are before it, and what the environment says of it.
    pub network: Network,
}
