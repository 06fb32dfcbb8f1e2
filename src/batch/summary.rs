//! How a run ended.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::{
    error::{Error, resume, rollback},
    model::{
        Descriptor, Failure, FailureKind, Side, SinkSpec, SinkUrl, TagName, bytes, counted, escape,
    },
    plan::JobId,
    run::Run,
};

/// A tag as scripts read it: `REPOSITORY:TAG digest: sha256:… size: N`.
#[must_use]
pub fn tag_line(sink: &SinkSpec, name: &TagName, target: &Descriptor) -> String {
    let TagName { repository, tag, .. } = name;
    let name = match &sink.url {
        SinkUrl::Registry { host, .. } => format!("{host}/{repository}"),
        SinkUrl::S3(url) => format!("s3://{}/{repository}", url.bucket),
        SinkUrl::Layout(_) | SinkUrl::Folder(_) | SinkUrl::Archives(_) => {
            format!("{}:{repository}", sink.url)
        }
        SinkUrl::DockerDaemon => match &sink.registry {
            Some(registry) => format!("{registry}/{repository}"),
            None => repository.to_string(),
        },
    };
    format!("{name}:{tag} digest: {} size: {}", target.digest, target.size)
}

/// Writes what was done, sent and reused, and how many jobs each job blocked that
/// is not done.
///
/// # Errors
///
/// Fails when `out` cannot be written.
pub fn show_summary(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let summary = run.summary();
    let moved = summary.bytes;
    write!(out, "{}/{} jobs done", summary.done, run.plan().jobs().len())?;
    if summary.reused > 0 {
        write!(out, ", {} already up to date", summary.reused)?;
    }
    write!(out, "; sent {}", bytes(moved.sent))?;
    let saved = moved.present + moved.mounted;
    if saved > 0 {
        let (present, mounted) = (bytes(moved.present), bytes(moved.mounted));
        write!(out, ", saved {} ({present} present, {mounted} mounted)", bytes(saved))?;
    }
    writeln!(out)?;
    if moved.removed > 0 {
        writeln!(out, "removed {}", bytes(moved.removed))?;
    }
    show_blocked(run, out)
}

fn show_blocked(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let mut blocked: BTreeMap<JobId, usize> = BTreeMap::new();
    for job in run.plan().jobs() {
        let by = run.culprit(job.id);
        *blocked.entry(by).or_default() += usize::from(by != job.id);
    }
    for (by, count) in blocked.into_iter().filter(|(_, count)| *count > 0) {
        let jobs = counted(count, "job");
        let by = run.plan().job(by).map_or_else(|| by.0.to_string(), |job| job.work.to_string());
        writeln!(out, "{jobs} not done, blocked by: {by}")?;
    }
    Ok(())
}

/// Writes why each job failed that did, and what to do about it.
///
/// # Errors
///
/// Fails when `out` cannot be written.
pub fn show_failures(run: &Run, colors: bool, out: &mut impl Write) -> io::Result<()> {
    for (job, failure) in run.failures() {
        let doing = run.plan().job(job).map_or_else(String::new, |job| job.work.to_string());
        let error = Error::from(failure.clone().context(doing));
        writeln!(out, "{}", error.shown(colors))?;
    }
    Ok(())
}

/// Writes what became of the tags of a run that is not done, and how it goes
/// on.
///
/// # Errors
///
/// Fails when `out` cannot be written.
pub fn show_tags(run: &Run, out: &mut impl Write) -> io::Result<()> {
    if run.is_complete() {
        return Ok(());
    }
    let id = escape(run.id());
    if !run.has_moved() {
        writeln!(out, "no tag moved at any sink")?;
        return writeln!(out, "{}", forward(run, "try again"));
    }
    show_sinks(run, out)?;
    writeln!(out, "{}    undo: {}", forward(run, "resume"), rollback(id))
}

/// How it goes on, where a resume can help.
fn forward(run: &Run, how: &str) -> String {
    let id = escape(run.id());
    if !run.has_begun() {
        return "nothing was begun, and there is nothing to resume: begin a new run".to_owned();
    }
    let is_settled = |(_, failure): (_, &Failure)| failure.kind == FailureKind::Conflict;
    if run.failures().any(is_settled) {
        return "resuming would meet the same conflict: begin a new run".to_owned();
    }
    let waits_for_you = |(_, failure): (_, &Failure)| {
        !failure.may_pass() && (failure.undone || failure.side != Side::Sink)
    };
    let mended = if run.failures().any(waits_for_you) { ", after fixing that" } else { "" };
    format!("{how}{mended}: {}", resume(id))
}

fn show_sinks(run: &Run, out: &mut impl Write) -> io::Result<()> {
    for job in run.plan().jobs() {
        let crate::plan::Work::Tag { sink, moves } = &job.work else { continue };
        for tag in moves {
            let found = run.moved_tag(sink, &tag.name);
            let goes = found.is_some_and(|moved| moved.after.is_none());
            let state = match found.map(|moved| moved.confirmed) {
                Some(true) if goes => "removed",
                Some(true) => "moved",
                Some(false) if goes => "may be removed",
                Some(false) => "may have moved",
                None => "not moved",
            };
            writeln!(out, "  {sink}  {}  {state}", tag.name)?;
        }
    }
    Ok(())
}
