//! Whether the sources are still what a run began with.

use super::building::Looks;
use crate::{
    app::wiring::services::Services,
    error::Error,
    model::{Failure, FailureKind, Side, SourceFile},
    plan::{JobId, Work},
    ports::Desk,
    run::Run,
};

/// Refuses to go on with `run` where a source changed since it began.
///
/// A file that is only dated otherwise, as after a copy to another machine,
/// is prepared here and now: it must come out as it did before. What a job has
/// made, and the store still has, needs no source at all; but one that changed
/// is refused even then, since the release would not be what lies there.
pub(crate) async fn verify(services: &Services, run: &Run, lost: &[JobId]) -> Result<(), Error> {
    let (mut failures, mut looks) = (Vec::new(), Looks::new(services));
    for job in run.plan().jobs() {
        let Work::Make { artifact, platform, .. } = &job.work else { continue };
        let Some(planned) = run.plan().artifact(artifact) else { continue };
        let Some(source) = planned.platforms.iter().find(|of| of.platform == *platform) else {
            continue;
        };
        if let Some(built_from) = &source.built_from {
            let now = looks.at(&planned.from, platform).await?;
            if now.and_then(|of| of.built_from.as_ref()) != Some(built_from) {
                failures.push(refusal(&planned.from));
            }
            continue;
        }
        let is_made = run.is_done(job.id) && !lost.contains(&job.id);
        let mut now = source.clone();
        // The first file that was only written at another time, and one that
        // is another for sure.
        let (mut dated, mut changed) = (None, None);
        for file in &mut now.sources {
            match standing(file) {
                Standing::Same => {}
                Standing::Missing if is_made => {}
                Standing::Dated(modified_ns) => {
                    file.modified_ns = modified_ns;
                    dated.get_or_insert_with(|| file.path.clone());
                }
                Standing::Missing | Standing::Changed => changed = Some(file.path.clone()),
            }
        }
        if changed.is_none()
            && let (Some(_), Some(before)) = (&dated, run.made(job.id).and_then(<[_]>::first))
        {
            let (maker, desk) = (services.makers.of(&planned.from)?, Desk::default());
            let made = maker.make(&planned.from, &now, false, &desk).await?;
            dated = dated.filter(|_| made.root.digest != before.digest);
        }
        failures.extend(changed.or(dated).map(|path| refusal(&path.display())));
    }
    failures.dedup();
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

enum Standing {
    Same,
    /// Of the same size, and written at another time, in nanoseconds.
    Dated(i64),
    Changed,
    Missing,
}

fn standing(file: &SourceFile) -> Standing {
    match crate::store::FileState::of(&file.path).map(|state| state.source()) {
        Ok(now) if now == *file => Standing::Same,
        Ok(now) if now.size == file.size => Standing::Dated(now.modified_ns),
        Ok(_) => Standing::Changed,
        Err(_) => Standing::Missing,
    }
}

fn refusal(path: &dyn std::fmt::Display) -> Failure {
    let what = format!("{path} has changed since the run began");
    Failure::new(FailureKind::Changed, Side::Source, what)
        .hint("begin a new run, with castoff --batch or in the console")
}
