//! What can be known of this machine before a run.

use crate::{
    error::Error,
    model::{Failure, FailureKind, ReleasePlatform, Side, SinkSpec, bytes},
    plan::Plan,
};

use super::World;

/// Fails where the content store has too little room for what must be prepared.
pub(super) fn check(world: &World, plan: &Plan) -> Result<(), Error> {
    let platforms = plan.artifacts.iter().flat_map(|artifact| &artifact.platforms);
    let needed: u64 = platforms
        .filter(|platform| platform.prepared.is_none())
        .map(ReleasePlatform::source_size)
        .sum();
    let room = rustix::fs::statvfs(&world.paths.cache).map_err(std::io::Error::from)?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    if free < needed {
        let cache = world.paths.cache.display();
        let what =
            format!("{cache} has room for {}, and {} may be needed", bytes(free), bytes(needed));
        let failure = Failure::new(FailureKind::Storage, Side::Local, what);
        return Err(failure.hint("make room, or set $XDG_CACHE_HOME to a larger disk").into());
    }
    Ok(())
}

/// Fails where a sink would be changed that is read only.
pub(super) fn refuse_read_only(plan: &Plan) -> Result<(), Error> {
    let is_changed = |sink: &SinkSpec| {
        sink.read_only && plan.jobs().iter().any(|job| job.work.sink() == Some(&sink.name))
    };
    match plan.sinks.iter().find(|sink| is_changed(sink)) {
        Some(sink) => Err(Error::refused(format!("sink `{}` is read_only", sink.name))
            .hint("nothing is changed there; choose other sinks, or change castoff.toml")),
        None => Ok(()),
    }
}
