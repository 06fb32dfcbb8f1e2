//! What is shown before it is agreed to.

use std::sync::Arc;

use crate::plan::Plan;

/// Something that is shown, and the plan that is carried out once it is agreed
/// to: nothing is planned anew, and its tags move only from what was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal<T> {
    /// What is shown.
    pub shown: T,
    /// What is done.
    pub plan: Arc<Plan>,
}
