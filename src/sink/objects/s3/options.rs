//! How a bucket is reached.

use std::time::Duration;

use crate::net::Patience;

/// How a bucket is reached.
#[derive(Clone, Copy, Debug)]
pub struct S3Options {
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may move.
    pub idle_timeout: Duration,
    /// How often what fails is tried again.
    pub patience: Patience,
}
