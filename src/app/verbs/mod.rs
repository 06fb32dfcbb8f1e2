//! The verbs of the command line: each does what was asked, and prints it.

pub(crate) mod aci;
pub(crate) mod browse;
pub(crate) mod files;
pub(crate) mod image;
pub(crate) mod out;
pub(crate) mod paths;
pub(crate) mod pkg;
pub(crate) mod push;
pub(crate) mod secrets;
pub(crate) mod signals;
pub(crate) mod veea;
