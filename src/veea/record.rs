//! What was made of what: `steps.json`, beside what was made.

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::step::VeeaStep;
use crate::{
    model::{Digest, Failure, Side},
    veea::archive::Fresh,
};

/// What it is called.
const FILE: &str = "steps.json";
/// The version of its form.
const VERSION: u32 = 1;

/// The steps that were done for one architecture. One that cannot be read is
/// empty: all is done again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    steps: BTreeMap<VeeaStep, StepRecord>,
    /// Whether a step before it was done since the service file was written.
    #[serde(default)]
    swarm_again: bool,
}

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StepRecord {
    /// Of all that it was made of.
    pub(super) of: Digest,
    /// The files that were made, by their names.
    #[serde(default)]
    pub(super) files: BTreeMap<String, Digest>,
}

impl Record {
    pub(super) fn read(folder: &Path) -> Self {
        let read = || serde_json::from_slice::<Self>(&fs::read(folder.join(FILE)).ok()?).ok();
        read().filter(|record| record.version == VERSION).unwrap_or_default()
    }

    pub(super) fn of(&self, stage: VeeaStep) -> Option<&StepRecord> {
        self.steps.get(&stage)
    }

    /// Forgets a step, and all that follow it.
    pub(super) fn forget_from(&mut self, stage: VeeaStep) {
        self.swarm_again |= stage <= VeeaStep::Swarm && self.steps.contains_key(&VeeaStep::Swarm);
        self.steps.retain(|known, _| *known < stage);
    }

    /// Whether the service file is to be written, even as it is.
    pub(super) fn wants_swarm(&self) -> bool {
        self.swarm_again
    }

    pub(super) fn set(&mut self, stage: VeeaStep, done: StepRecord) {
        self.swarm_again &= stage != VeeaStep::Swarm;
        self.steps.insert(stage, done);
    }

    pub(super) fn write(&mut self, folder: &Path) -> Result<(), Failure> {
        self.version = VERSION;
        let text = serde_json::to_vec_pretty(self).expect("a record always becomes JSON");
        write(&folder.join(FILE), &text)
    }
}

/// Writes a file beside its place, and puts it there when it is whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_through(path.parent().unwrap_or(Path::new(".")), path, bytes)
}

/// The same, but written in `folder` until it is whole.
pub(super) fn write_through(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    for folder in path.parent().into_iter().chain([folder]) {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::from_io(Side::Local, folder.display(), &error))?;
    }
    let fresh = Fresh::begin_in(folder, path)?;
    fresh.writer()?.write_all(bytes).map_err(|error| fresh.failed(&error))?;
    fresh.put()
}
