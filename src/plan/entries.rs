//! What a plan takes from the configuration, by name.

use std::path::Path;

use super::Plan;
use crate::model::{Builder, Entry, EntrySpec, Platform, SignerSpec, SinkSpec};

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

impl Plan {
    /// The same plan, in which all that the configuration says the same by the
    /// same name is named, and not written down.
    #[must_use]
    pub fn naming(mut self, known: &dyn Entries) -> Self {
        for sink in &mut self.parts.sinks {
            name(sink, known.sink(sink.name()).as_ref(), known.root());
        }
        for signer in &mut self.parts.signers {
            name(signer, known.signer(signer.name()).as_ref(), known.root());
        }
        for platform in self.parts.artifacts.iter_mut().flat_map(|of| &mut of.platforms) {
            let now = known.builder(&platform.platform);
            if let Some(builder) = &mut platform.builder {
                name(builder, now.as_ref(), known.root());
            }
        }
        self
    }

    /// The same plan, with what the configuration says of what the plan names.
    /// What it does not have stays unknown, and is returned too.
    #[must_use]
    pub fn resolved(mut self, known: &dyn Entries) -> (Self, Vec<LackingEntry>) {
        let mut lacking = Vec::new();
        for sink in &mut self.parts.sinks {
            let (what, now) = (format!("the sink `{}`", sink.name()), known.sink(sink.name()));
            lacking.extend(resolve(sink, what, now, known.root()));
        }
        for signer in &mut self.parts.signers {
            let (what, now) =
                (format!("the signer `{}`", signer.name()), known.signer(signer.name()));
            lacking.extend(resolve(signer, what, now, known.root()));
        }
        for platform in self.parts.artifacts.iter_mut().flat_map(|of| &mut of.platforms) {
            let what = format!("the builder of {}", platform.platform);
            let now = known.builder(&platform.platform);
            if let Some(builder) = &mut platform.builder {
                lacking.extend(resolve(builder, what, now, known.root()));
            }
        }
        lacking.dedup();
        (self, lacking)
    }
}

fn name<T: EntrySpec>(entry: &mut Entry<T>, now: Option<&T>, root: &Path) {
    if now.is_some() && entry.spec() == now {
        *entry = entry.clone().named(root);
    }
}

fn resolve<T: EntrySpec>(
    entry: &mut Entry<T>,
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
