//! What a request is done with.

use crate::{app::wiring::services::Services, cli::GlobalArgs};

/// What a request is done with.
pub(crate) struct Scene<'s> {
    /// What commands work with.
    pub(crate) services: &'s Services,
    /// The options of the request.
    pub(crate) options: &'s GlobalArgs,
    /// Hears what is worth knowing, a line each.
    pub(crate) note: &'s (dyn Fn(String) + Send + Sync),
}
