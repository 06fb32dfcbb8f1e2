//! What is done once it was agreed to.

use std::sync::Arc;

use crate::{
    plan::Plan,
    tui::{
        effect::Effect,
        model::{AgreedBefore, Model, TagAt},
    },
};

/// Has a plan carried out that was shown, and asked for again where its tags
/// name something else by now.
pub(super) fn agreed(
    model: &mut Model,
    what: &str,
    plan: Arc<Plan>,
    again: Option<AgreedBefore>,
) -> Vec<Effect> {
    model.runs.start(again);
    vec![Effect::Agreed { what: what.to_owned(), plan }]
}

/// What a change is about is no longer marked.
pub(super) fn unmark<'t>(model: &mut Model, what: impl IntoIterator<Item = &'t TagAt>) {
    for tag in what {
        model.browse.marks.remove(tag);
    }
}
