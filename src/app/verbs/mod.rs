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
    error::Error,
};

impl GlobalArgs {
    /// Where a command works that was begun here.
    pub(crate) fn workplace(&self) -> Result<Workplace, Error> {
        Ok(Workplace { folder: std::env::current_dir()?, config: self.config.clone() })
    }
}

impl From<&TrustArgs> for RegistryTrust {
    fn from(args: &TrustArgs) -> Self {
        Self { insecure: args.insecure, ca: args.ca.clone() }
    }
}
