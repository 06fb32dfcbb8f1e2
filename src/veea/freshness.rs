//! Whether a step has to be done.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{chain::Chain, step::VeeaStep};
use crate::model::{Digest, Failure};

impl Chain<'_> {
    /// The steps that have to be done: those that are not done, and all that
    /// follow one.
    pub(super) fn stale(&self) -> Result<Vec<VeeaStep>, Failure> {
        for (place, stage) in VeeaStep::ALL.into_iter().enumerate() {
            if !self.is_fresh(stage)? {
                return Ok(VeeaStep::ALL[place..].to_vec());
            }
        }
        Ok(Vec::new())
    }

    /// Whether a step is done, if those before it are.
    pub(super) fn is_fresh(&self, stage: VeeaStep) -> Result<bool, Failure> {
        if self.recipe.mtime {
            // What a user edited is never signed, whatever its time.
            return match stage {
                VeeaStep::Generate | VeeaStep::Compile | VeeaStep::Swarm => self.is_newer(stage),
                _ => Ok(self.is_newer(stage)? && self.is_unedited(stage)?),
            };
        }
        match stage {
            VeeaStep::Generate => Ok(holds(&self.project.folders.dockerfile, &self.dockerfile)),
            VeeaStep::Swarm => {
                let is_wanted = self.record.wants_swarm() && !self.is_written();
                Ok(!is_wanted && holds(&self.project.folders.swarm, &self.conf))
            }
            VeeaStep::Compile => Ok(self.image()?.is_some()),
            VeeaStep::Save | VeeaStep::Sign | VeeaStep::Metadata | VeeaStep::Release => {
                self.is_recorded(stage)
            }
        }
    }

    /// Whether another architecture has written the service file just now.
    fn is_written(&self) -> bool {
        self.archives.has_written(&self.project.folders.swarm)
    }

    /// Whether a step was made of the same, and what it made is as it was.
    fn is_recorded(&self, stage: VeeaStep) -> Result<bool, Failure> {
        let Some(done) = self.record.of(stage) else { return Ok(false) };
        if self.made_of(stage)?.is_none_or(|of| of != done.of) {
            return Ok(false);
        }
        self.is_unedited(stage)
    }

    /// Whether what a step made is as it made it.
    pub(super) fn is_unedited(&self, stage: VeeaStep) -> Result<bool, Failure> {
        let Some(done) = self.record.of(stage) else { return Ok(false) };
        for path in self.outputs(stage) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(known) = done.files.get(&*name) else { return Ok(false) };
            if self.digest_of(&path)?.as_ref() != Some(known) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All that a step is made of; none where some of it is not there.
    pub(super) fn made_of(&self, stage: VeeaStep) -> Result<Option<Digest>, Failure> {
        let of = |parts: serde_json::Value| Some(Digest::of(parts.to_string().as_bytes()));
        let file = |path: &PathBuf| self.digest_of(path);
        let files = &self.files;
        Ok(match stage {
            VeeaStep::Generate => of(serde_json::json!([self.dockerfile])),
            VeeaStep::Compile => Some(self.identity.clone()),
            VeeaStep::Swarm => of(serde_json::json!([self.conf])),
            VeeaStep::Save => self
                .image()?
                .and_then(|image| of(serde_json::json!([image.digest, self.reference]))),
            VeeaStep::Sign => file(&files.unsigned)?.and_then(|unsigned| {
                of(serde_json::json!([unsigned, self.seal, self.project.labels_for(self.arch)]))
            }),
            VeeaStep::Metadata => match (file(&files.image)?, file(&files.signed)?) {
                (Some(image), Some(signed)) => {
                    of(serde_json::json!([image, signed, self.conf, self.seal, self.about()]))
                }
                _ => None,
            },
            VeeaStep::Release => match (file(&files.metadata)?, file(&files.image)?) {
                (Some(metadata), Some(image)) => {
                    of(serde_json::json!([metadata, image, self.conf, self.seal]))
                }
                _ => None,
            },
        })
    }

    /// What a step makes.
    pub(super) fn outputs(&self, stage: VeeaStep) -> Vec<PathBuf> {
        let (files, folders) = (&self.files, &self.project.folders);
        match stage {
            VeeaStep::Generate => vec![folders.dockerfile.clone()],
            VeeaStep::Compile => vec![files.built.clone()],
            VeeaStep::Save => vec![files.unsigned.clone()],
            VeeaStep::Sign => vec![files.signed.clone(), files.image.clone()],
            VeeaStep::Swarm => vec![folders.swarm.clone()],
            VeeaStep::Metadata => vec![files.metadata.clone()],
            VeeaStep::Release => vec![files.sealed.clone(), files.archive.clone()],
        }
    }

    /// Whether what a step made is newer than what it was made of, as the
    /// vendor's tool asks.
    fn is_newer(&self, stage: VeeaStep) -> Result<bool, Failure> {
        let (files, folders) = (&self.files, &self.project.folders);
        let custom = folders.root.join("swarm.conf");
        let config = folders.root.join(crate::recipe::veea::FILE);
        let inputs: Vec<Option<SystemTime>> = match stage {
            VeeaStep::Generate => vec![written(&folders.source), written(&config)],
            VeeaStep::Compile => vec![written(&folders.dockerfile)],
            VeeaStep::Save => vec![written(&files.built)],
            VeeaStep::Sign => vec![written(&files.unsigned)],
            VeeaStep::Swarm if custom.exists() => vec![written(&custom)],
            VeeaStep::Swarm => vec![written(&config)],
            VeeaStep::Metadata => vec![written(&files.signed), written(&folders.swarm)],
            VeeaStep::Release => vec![written(&files.metadata)],
        };
        let is_there = match stage {
            VeeaStep::Compile => self.image()?.is_some(),
            VeeaStep::Swarm => !self.record.wants_swarm() || self.is_written(),
            _ => true,
        };
        if !is_there {
            return Ok(false);
        }
        let newest = inputs.into_iter().max().flatten();
        let oldest = self.outputs(stage).iter().map(|path| written(path)).min().flatten();
        Ok(oldest.is_some_and(|made| newest.is_some_and(|of| made >= of)))
    }
}

/// Whether a file has this text.
fn holds(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|found| found == text.as_bytes())
}

/// When a file was written; nothing where there is none.
fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}
