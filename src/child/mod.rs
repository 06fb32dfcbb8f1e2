//! Other programs, each within bounds.

mod run;

pub use run::{Bounds, Printed, run};
