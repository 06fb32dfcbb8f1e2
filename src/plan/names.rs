//! The names of files in a folder of archives, where there are no folders for
//! platforms.

use std::{collections::HashMap, ffi::OsStr};

use super::{PlanRefusal, SameFile};
use crate::model::{Origin, Release, SinkSpec, SinkUrl};

/// Fails where two files of a release would be one. Those that are made on the
/// way have names of their own.
pub(super) fn refuse_same_file(sink: &SinkSpec, release: &Release) -> Result<(), PlanRefusal> {
    if !matches!(sink.url, SinkUrl::Archives(_)) {
        return Ok(());
    }
    let mut taken: HashMap<&OsStr, String> = HashMap::new();
    for artifact in &release.artifacts {
        let goes_there = artifact.sinks.iter().any(|(name, _)| *name == sink.name);
        if !goes_there || !matches!(artifact.from, Origin::Files(_)) {
            continue;
        }
        for platform in &artifact.platforms {
            for name in platform.sources.iter().filter_map(|file| file.path.file_name()) {
                let of = format!("the one of `{}` for {}", artifact.name, platform.platform);
                let Some(first) = taken.insert(name, of.clone()) else { continue };
                let (sink, name) = (sink.name.clone(), name.to_string_lossy().into_owned());
                return Err(Box::new(SameFile { first, second: of, sink, name }).into());
            }
        }
    }
    Ok(())
}
