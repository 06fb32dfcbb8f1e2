//! What a release would do, before it does it.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    model::{Digest, Present, Release, counted},
    plan::{self, Outlook, Plan},
};

/// A plan, and what the sinks hold of it.
#[derive(Debug, Serialize)]
pub struct PlanView<'p> {
    /// What would be done.
    pub plan: &'p Plan,
    /// What is there.
    pub present: Vec<Outlook>,
    /// What is worth knowing before it is done, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

impl<'p> PlanView<'p> {
    /// Joins a plan with what the survey found.
    #[must_use]
    pub fn new(plan: &'p Plan, release: &Release, present: &Present) -> Self {
        Self { plan, present: plan::outlook(release, present), notices: Vec::new() }
    }
}

/// Writes a plan for people.
///
/// # Errors
///
/// Fails when `out` cannot be written.
pub fn show_plan(view: &PlanView<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", counted(view.plan.jobs().len(), "job"))?;
    for sink in &view.present {
        writeln!(out, "\n{} → {} ({})", sink.artifact, sink.sink, sink.repository)?;
        for (platform, content) in &sink.platforms {
            writeln!(out, "  {platform:<16} {content}")?;
        }
        for signer in &sink.signers {
            writeln!(out, "  signed by {signer}")?;
        }
        for tag in &sink.tags {
            let change = match (&tag.before, &tag.after) {
                (before, Some(after)) if before.as_ref() == Some(after) => {
                    format!("{} (unchanged)", after.short())
                }
                (before, after) => format!(
                    "{} → {}",
                    short(before.as_ref(), "new"),
                    short(after.as_ref(), "known after it is prepared")
                ),
            };
            let refused = match (tag.refused, tag.may_be_refused) {
                (true, _) => "  refused: the tag is immutable",
                (_, true) => "  refused unless unchanged: the tag is immutable",
                _ => "",
            };
            writeln!(out, "  :{:<15} {change}{refused}", tag.tag)?;
        }
    }
    if !view.notices.is_empty() {
        writeln!(out)?;
    }
    for notice in &view.notices {
        writeln!(out, "{notice}")?;
    }
    Ok(())
}

fn short<'d>(digest: Option<&'d Digest>, none: &'d str) -> &'d str {
    digest.map_or(none, Digest::short)
}
