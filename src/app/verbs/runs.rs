//! `castoff runs`, `resume`, `retry` and `rollback`.

use std::{
    collections::BTreeSet,
    io::{BufWriter, Write},
    path::Path,
};

use jiff::Timestamp;
use serde::Serialize;

use super::output::warn;
use crate::{
    app::{
        ops::{
            history::shown,
            run_label::{other_publisher, what},
        },
        wiring::{
            project::{Workplace, user_paths},
            publisher::publisher,
        },
    },
    cli::GlobalArgs,
    error::{Error, Exit},
    journal::{History, HistoryEntry, JournalError, RunHead},
    model::{Publisher, escape},
    run::Summary,
    streams,
};

/// Lists past runs, oldest first.
pub(crate) fn runs(at: &Workplace, global: &GlobalArgs) -> Result<Exit, Error> {
    let history = History::new(user_paths()?.runs());
    let here = at.project().ok();
    let me = publisher(&at.environment);
    let mut out = BufWriter::new(streams::stdout());
    for HistoryEntry { project, head, .. } in history.entries()? {
        let head = match head {
            Ok(head) => head,
            Err(error) => {
                warn_of(error);
                continue;
            }
        };
        let standing = history.standing(&head);
        if global.is_json() {
            serde_json::to_writer(&mut out, &RunLine::of(&head, standing))
                .map_err(std::io::Error::from)?;
            writeln!(out)?;
            continue;
        }
        let elsewhere = project.filter(|of| here.as_ref().is_none_or(|here| !here.is(of)));
        let elsewhere = elsewhere.map(|of| format!("  in {}", shown(&of.root)));
        let by = other_publisher(&head, &me).map(|by| format!("  by {by}"));
        writeln!(
            out,
            "{}  {standing:<11}  {} of {} jobs  {}{}{}",
            escape(&head.run),
            head.summary.done,
            head.jobs,
            what(&head),
            elsewhere.unwrap_or_default(),
            by.unwrap_or_default()
        )?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// A run, for programs.
#[derive(Serialize)]
struct RunLine<'h> {
    began: Timestamp,
    by: &'h Publisher,
    folder: &'h Path,
    jobs: usize,
    last: Timestamp,
    run: &'h str,
    standing: &'static str,
    summary: Summary,
    tags: BTreeSet<String>,
}

impl<'h> RunLine<'h> {
    fn of(head: &'h RunHead, standing: &'static str) -> Self {
        let RunHead { began, by, root, jobs, last, run, summary, tags, .. } = head;
        let tags = tags.iter().map(ToString::to_string).collect();
        let (began, last, jobs, summary) = (*began, *last, *jobs, *summary);
        Self { began, by, folder: root, jobs, last, run, standing, summary, tags }
    }
}

/// Says that a journal cannot be read, and goes on with the others.
fn warn_of(error: JournalError) {
    for failure in Error::from(error).failures {
        warn(failure);
    }
}
