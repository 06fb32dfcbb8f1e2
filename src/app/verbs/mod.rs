//! The verbs of the command line: each does what was asked, and prints it.

pub(crate) mod aci;
pub(crate) mod batch;
pub(crate) mod browse;
pub(crate) mod changes;
pub(crate) mod context;
pub(crate) mod dispatch;
pub(crate) mod files;
pub(crate) mod image;
pub(crate) mod output;
pub(crate) mod paths;
pub(crate) mod pkg;
pub(crate) mod push;
pub(crate) mod report;
pub(crate) mod runs;
pub(crate) mod secrets;
pub(crate) mod signals;
pub(crate) mod veea;

use super::wiring::{project::Workplace, sinks::RegistryTrust};
use crate::{
    cli::{GlobalArgs, TrustArgs},
    environment::Environment,
    error::Error,
};

impl GlobalArgs {
    /// Where a command works that was begun here, in an environment.
    pub(crate) fn workplace(&self, environment: Environment) -> Result<Workplace, Error> {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter")]
        let folder = std::env::current_dir()?;
        Ok(Workplace { folder, config: self.config.clone(), environment })
    }
}

impl From<&TrustArgs> for RegistryTrust {
    fn from(args: &TrustArgs) -> Self {
        Self { insecure: args.insecure, ca: args.ca.clone() }
    }
}
