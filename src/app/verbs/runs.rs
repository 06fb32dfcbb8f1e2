//! `castoff runs`, `resume`, `retry` and `rollback`.

use std::{collections::BTreeSet, io::Write};

use super::out::warn;
use crate::{
    app::{
        ops::{history::shown, run_label::what},
        wiring::project::user_paths,
    },
    cli::GlobalArgs,
    error::{Error, Exit},
    journal::{Entry, History, JournalError},
    streams,
};

/// Lists past runs, oldest first.
pub(crate) fn runs(global: &GlobalArgs) -> Result<Exit, Error> {
    let history = History::new(user_paths()?.runs());
    let here = global.workplace().and_then(|at| at.project()).ok();
    let mut out = streams::stdout();
    for Entry { project, told, .. } in history.entries()? {
        let past = match told {
            Ok(past) => past,
            Err(error) => {
                warn_of(error);
                continue;
            }
        };
        let summary = past.run.summary();
        let jobs = past.run.plan().jobs().len();
        if global.is_json() {
            let tags = past.run.plan().jobs().iter().flat_map(|job| job.work.moves());
            let tags: BTreeSet<String> = tags.map(|tag| tag.name.to_string()).collect();
            let line = serde_json::json!({
                "run": past.run.id(), "began": past.began, "last": past.last,
                "standing": past.standing(), "jobs": jobs, "summary": summary, "tags": tags,
                "folder": past.run.plan().root,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let elsewhere = project.filter(|of| here.as_ref().is_none_or(|here| !here.is(of)));
        let elsewhere = elsewhere.map(|of| format!("  in {}", shown(&of.root)));
        writeln!(
            out,
            "{}  {:<11}  {} of {jobs} jobs  {}{}",
            past.run.id(),
            past.standing(),
            summary.done,
            what(&past.run),
            elsewhere.unwrap_or_default()
        )?;
    }
    Ok(Exit::Done)
}

/// Says that a journal cannot be read, and goes on with the others.
fn warn_of(error: JournalError) {
    for failure in Error::from(error).failures {
        warn(failure);
    }
}
