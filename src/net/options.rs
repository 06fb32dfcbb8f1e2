//! How a server is reached.

use std::{path::PathBuf, time::Duration};

use super::{network::Network, patience::Patience};

/// What this machine shows of itself where a server asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The file of its certificate, and of those that vouch for it.
    pub certificate: PathBuf,
    /// The file of the key.
    pub key: PathBuf,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Whether plain HTTP and any certificate are accepted.
    pub insecure: bool,
    /// A file of certificates that are trusted besides the system's.
    pub ca: Option<PathBuf>,
    /// More such files.
    pub authorities: Vec<PathBuf>,
    /// What this machine shows of itself; none: nothing.
    pub identity: Option<ClientIdentity>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long nothing may move. There is no limit on a whole request.
    pub idle_timeout: Duration,
    /// How often what fails is tried again.
    pub patience: Patience,
    /// What is shared with other clients.
    pub network: Network,
}

impl ClientOptions {
    /// The usual options, on a network.
    #[must_use]
    pub fn on(network: Network) -> Self {
        Self {
            insecure: false,
            ca: None,
            authorities: Vec::new(),
            identity: None,
            connect_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_mins(1),
            patience: Patience::usual(network.random()),
            network,
        }
    }
}
