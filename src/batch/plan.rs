//! What a release would do, before it does it.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    model::{Digest, Present, PresentContent, PresentTag, Release, ReleaseArtifact, bytes},
    plan::Plan,
};

/// A plan, and what the sinks hold of it.
#[derive(Debug, Serialize)]
pub struct PlanView<'p> {
    /// What would be done.
    pub plan: &'p Plan,
    /// What is there.
    pub present: Vec<SinkView>,
}

/// What one sink holds of one artifact.
#[derive(Debug, Serialize)]
pub struct SinkView {
    /// The sink.
    pub sink: String,
    /// The artifact.
    pub artifact: String,
    /// Its repository there.
    pub repository: String,
    /// Each platform with how much of it is there.
    pub platforms: Vec<(String, PresentContent)>,
    /// Each tag, before and after.
    pub tags: Vec<TagView>,
}

/// A tag before and after a release.
#[derive(Debug, Serialize)]
pub struct TagView {
    /// The tag.
    pub tag: String,
    /// What it names now.
    pub before: Option<Digest>,
    /// What it will name; none where that is known only once it is prepared.
    pub after: Option<Digest>,
    /// Whether the tag is written once and would change.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

impl<'p> PlanView<'p> {
    /// Joins a plan with what the survey found.
    #[must_use]
    pub fn new(plan: &'p Plan, release: &Release, present: &Present) -> Self {
        let mut views = Vec::new();
        for artifact in &release.artifacts {
            let after = artifact.foreseen().map(|index| index.digest);
            for (sink, repository) in &artifact.sinks {
                let content = |platform: &crate::model::ReleasePlatform| {
                    let key = (sink.clone(), artifact.name.clone(), platform.platform.clone());
                    Some((platform.platform.to_string(), *present.content.get(&key)?))
                };
                let tags = present.tags.get(&(sink.clone(), artifact.name.clone()));
                let tags = tags
                    .into_iter()
                    .flatten()
                    .map(|tag| TagView::new(tag, after.as_ref(), artifact));
                views.push(SinkView {
                    sink: sink.to_string(),
                    artifact: artifact.name.to_string(),
                    repository: repository.to_string(),
                    platforms: artifact.platforms.iter().filter_map(content).collect(),
                    tags: tags.collect(),
                });
            }
        }
        Self { plan, present: views }
    }
}

impl TagView {
    fn new(tag: &PresentTag, after: Option<&Digest>, artifact: &ReleaseArtifact) -> Self {
        let before = tag.target.as_ref().map(|target| target.digest.clone());
        let immutable = artifact.tags.iter().any(|of| of.tag == tag.tag && of.immutable);
        Self {
            tag: tag.tag.to_string(),
            refused: immutable && after.is_some() && before.is_some() && before.as_ref() != after,
            before,
            after: after.cloned(),
        }
    }
}

/// Writes a plan for people.
///
/// # Errors
///
/// Fails when `out` cannot be written.
pub fn show_plan(view: &PlanView<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} jobs", view.plan.jobs().len())?;
    for sink in &view.present {
        writeln!(out, "\n{} → {} ({})", sink.artifact, sink.sink, sink.repository)?;
        for (platform, content) in &sink.platforms {
            writeln!(out, "  {platform:<16} {}", amount(*content))?;
        }
        for tag in &sink.tags {
            let change = match (&tag.before, &tag.after) {
                (before, Some(after)) if before.as_ref() == Some(after) => {
                    format!("{} (unchanged)", after.short())
                }
                (before, after) => format!(
                    "{} → {}",
                    short(before.as_ref(), "new"),
                    short(after.as_ref(), "known once prepared")
                ),
            };
            let refused = if tag.refused { "  refused: it is written once" } else { "" };
            writeln!(out, "  :{:<15} {change}{refused}", tag.tag)?;
        }
    }
    Ok(())
}

fn short<'d>(digest: Option<&'d Digest>, none: &'d str) -> &'d str {
    digest.map_or(none, Digest::short)
}

fn amount(content: PresentContent) -> String {
    match content {
        PresentContent::Exactly { to_send: 0, .. } => "present".into(),
        PresentContent::Exactly { present: 0, to_send } => format!("send {}", bytes(to_send)),
        PresentContent::Exactly { present, to_send } => {
            format!("send {}, present {}", bytes(to_send), bytes(present))
        }
        PresentContent::AtMost { to_send } => format!("send at most {}", bytes(to_send)),
    }
}
