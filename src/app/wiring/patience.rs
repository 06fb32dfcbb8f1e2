//! How much patience castoff has with the servers of others.

use crate::{
    config::EngineConfig,
    net::{Patience, Random},
};

/// The patience that a configuration says.
pub(crate) fn patience(config: &EngineConfig) -> Patience {
    Patience {
        attempts: config.attempts,
        delay: config.delay,
        max_delay: config.max_delay,
        visible: config.show_timeout,
        random: Random::System,
    }
}
