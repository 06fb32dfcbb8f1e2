//! Ports that a service publishes.

use std::{fmt, str::FromStr};

use crate::model::escape;

/// A port that is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// The port of the node.
    pub published: u16,
    /// The port of the container.
    pub target: u16,
    /// What is spoken there.
    pub protocol: Protocol,
}

/// What is spoken at a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

/// A text that is no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a port; write PUBLISHED:TARGET, followed by /udp for UDP", escape(.0))]
pub struct ParsePortError(String);

impl FromStr for Port {
    type Err = ParsePortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (ports, protocol) = match text.split_once('/') {
                Some((ports, "tcp")) => (ports, Protocol::Tcp),
                Some((ports, "udp")) => (ports, Protocol::Udp),
                Some(_) => return None,
                None => (text, Protocol::default()),
            };
            let (published, target) = ports.split_once(':')?;
            Some(Self { published: number(published)?, target: number(target)?, protocol })
        };
        read().ok_or_else(|| ParsePortError(text.to_owned()))
    }
}

/// A port in digits alone; there is no port 0.
fn number(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten().filter(|port| *port > 0)
}

impl fmt::Display for Port {
    /// As the argument of a service.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { published, target, protocol } = self;
        write!(f, "mode=host,target={target},published={published},protocol={protocol}")
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}
