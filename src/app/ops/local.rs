//! What can be known of this machine before a run.

use crate::{
    app::wiring::services::Services,
    config::Config,
    error::Error,
    model::{Failure, FailureKind, ReleasePlatform, Side, bytes},
    plan::Plan,
    survey,
};

/// Fails where the content store has too little room for what must be prepared.
pub(crate) fn check(services: &Services, plan: &Plan) -> Result<(), Error> {
    let platforms = plan.artifacts.iter().flat_map(|artifact| &artifact.platforms);
    let needed: u64 = platforms
        .filter(|platform| platform.prepared.is_none())
        .map(ReleasePlatform::source_size)
        .sum();
    let room = rustix::fs::statvfs(&services.paths.cache).map_err(std::io::Error::from)?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    if free < needed {
        let cache = services.paths.cache.display();
        let what =
            format!("{cache} has {} free, and up to {} are needed", bytes(free), bytes(needed));
        let failure = Failure::new(FailureKind::Storage, Side::Local, what);
        return Err(failure
            .hint("free some space, or set $XDG_CACHE_HOME to a folder on a larger disk")
            .into());
    }
    Ok(())
}

/// Fails where a place would be changed of which the configuration says that it
/// is read only, by whatever name or URL the plan has it.
pub(crate) fn refuse_read_only(plan: &Plan, config: &Config) -> Result<(), Error> {
    for job in plan.jobs() {
        let Some(spec) = job.work.sink().and_then(|name| plan.sink(name)) else { continue };
        let mut by_url =
            job.work.repositories().filter_map(|name| survey::read_only(config, spec, name));
        if let Some(name) = spec.read_only.then_some(&spec.name).or_else(|| by_url.next()) {
            return Err(Error::refused(format!("sink `{name}` is read_only")).hint(
                "castoff changes nothing there; choose other sinks, or change castoff.toml",
            ));
        }
    }
    Ok(())
}
