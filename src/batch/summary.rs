//! How a run ended.

use std::io::{self, Write};

use crate::{
    model::{Descriptor, SinkSpec, SinkUrl, TagName, bytes, escape},
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

/// Writes what was sent and reused, and, where tags moved at some sinks only,
/// how each sink stands.
///
/// # Errors
///
/// Fails when `out` cannot be written.
pub fn show_summary(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let summary = run.summary();
    let moved = summary.bytes;
    writeln!(
        out,
        "{} of {} jobs done, {} of them found all in place; sent {}, saved {} ({} present, {} mounted)",
        summary.done,
        run.plan().jobs().len(),
        summary.reused,
        bytes(moved.sent),
        bytes(moved.present + moved.mounted),
        bytes(moved.present),
        bytes(moved.mounted),
    )?;
    if moved.removed > 0 {
        writeln!(out, "removed {}", bytes(moved.removed))?;
    }
    if run.is_complete() {
        return Ok(());
    }
    if run.moved().is_empty() {
        writeln!(out, "no tag moved at any sink")?;
    } else {
        show_sinks(run, out)?;
        writeln!(
            out,
            "go on: castoff resume {}    go back: castoff rollback {}",
            escape(run.id()),
            escape(run.id())
        )?;
        return Ok(());
    }
    writeln!(out, "try again: castoff resume {}", escape(run.id()))
}

fn show_sinks(run: &Run, out: &mut impl Write) -> io::Result<()> {
    for job in run.plan().jobs() {
        let crate::plan::Work::Tag { sink, moves } = &job.work else { continue };
        for tag in moves {
            let is_it =
                |moved: &&crate::run::MovedTag| moved.sink == *sink && moved.name == tag.name;
            let state = match run.moved().iter().find(is_it) {
                Some(moved) if moved.confirmed => "moved",
                Some(_) => "may have moved",
                None => "not moved",
            };
            writeln!(out, "  {sink}  {}  {state}", tag.name)?;
        }
    }
    Ok(())
}
