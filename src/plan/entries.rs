//! What a plan takes from the configuration, by name.

use std::path::Path;

use super::{Plan, PlanParts, PlannedArtifact};
use crate::model::{Builder, ConfigEntry, EntrySpec, Origin, Platform, SignerSpec, SinkSpec};

/// The entries of a configuration.
pub trait Entries {
    /// Where its relative paths start from.
    fn root(&self) -> &Path;

    /// The sink of this name.
    fn sink(&self, name: &str) -> Option<SinkSpec>;

    /// The signer of this name.
    fn signer(&self, name: &str) -> Option<SignerSpec>;

    /// Where images for a platform are built.
    fn builder(&self, platform: &Platform) -> Option<Builder>;
}

/// An entry that a plan needs and a configuration does not have, or has
/// otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LackingEntry {
    /// What it is, such as "the sink `hub`".
    pub what: String,
    /// What it said when it was planned, in short.
    pub planned: String,
    /// What it says now, in short, where there is one of that name.
    pub now: Option<String>,
}

/// An entry that a plan has.
enum PlanEntry<'p> {
    Sink(&'p mut ConfigEntry<SinkSpec>),
    Signer(&'p mut ConfigEntry<SignerSpec>),
    /// Where it builds for a platform.
    Builder(&'p Platform, &'p mut ConfigEntry<Builder>),
}

/// All entries of a plan.
fn entries(parts: &mut PlanParts) -> Vec<PlanEntry<'_>> {
    let PlanParts { artifacts, sinks, signers, .. } = parts;
    let mut all: Vec<PlanEntry<'_>> = sinks.iter_mut().map(PlanEntry::Sink).collect();
    all.extend(signers.iter_mut().map(PlanEntry::Signer));
    for PlannedArtifact { from, platforms, .. } in artifacts {
        match from {
            Origin::Published(published) => all.push(PlanEntry::Sink(&mut published.at)),
            Origin::Recipe(recipe) => all.extend(recipe.signer.as_mut().map(PlanEntry::Signer)),
            _ => {}
        }
        all.extend(
            platforms
                .iter_mut()
                .filter_map(|of| Some(PlanEntry::Builder(&of.platform, of.builder.as_mut()?))),
        );
    }
    all
}

impl Plan {
    /// The same plan, in which all that the configuration says the same by the
    /// same name is named, and not written down.
    #[must_use]
    pub fn naming(mut self, known: &dyn Entries) -> Self {
        let root = known.root();
        for entry in entries(&mut self.parts) {
            match entry {
                PlanEntry::Sink(sink) => name(sink, known.sink(sink.name()).as_ref(), root),
                PlanEntry::Signer(signer) => {
                    name(signer, known.signer(signer.name()).as_ref(), root);
                }
                PlanEntry::Builder(platform, builder) => {
                    name(builder, known.builder(platform).as_ref(), root);
                }
            }
        }
        self
    }

    /// The same plan, with what the configuration says of what the plan names.
    /// What it does not have stays unknown, and is returned too.
    #[must_use]
    pub fn resolved(mut self, known: &dyn Entries) -> (Self, Vec<LackingEntry>) {
        let root = known.root();
        let mut lacking = Vec::new();
        for entry in entries(&mut self.parts) {
            let found = match entry {
                PlanEntry::Sink(sink) => {
                    let (what, now) =
                        (format!("the sink `{}`", sink.name()), known.sink(sink.name()));
                    resolve(sink, what, now, root)
                }
                PlanEntry::Signer(signer) => {
                    let (what, now) =
                        (format!("the signer `{}`", signer.name()), known.signer(signer.name()));
                    resolve(signer, what, now, root)
                }
                PlanEntry::Builder(platform, builder) => {
                    let what = format!("the builder of {platform}");
                    resolve(builder, what, known.builder(platform), root)
                }
            };
            // What is copied may lie where something goes.
            lacking.extend(found.filter(|entry| !lacking.contains(entry)));
        }
        (self, lacking)
    }
}

fn name<T: EntrySpec>(entry: &mut ConfigEntry<T>, now: Option<&T>, root: &Path) {
    if now.is_some() && entry.spec() == now {
        *entry = entry.clone().named(root);
    }
}

fn resolve<T: EntrySpec>(
    entry: &mut ConfigEntry<T>,
    what: String,
    now: Option<T>,
    root: &Path,
) -> Option<LackingEntry> {
    if !entry.is_named() {
        return None;
    }
    let shown = now.as_ref().map(EntrySpec::shown);
    match now.and_then(|now| entry.resolved(now, root)) {
        Some(resolved) => {
            *entry = resolved;
            None
        }
        None => Some(LackingEntry { what, planned: entry.shown().to_owned(), now: shown }),
    }
}
