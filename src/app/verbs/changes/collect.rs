//! `castoff gc`, shown before it is done.

use std::io::Write;

use crate::{
    app::{
        ops::changes::{
            choose::Choice,
            collect::{Collection, left, lost},
        },
        verbs::out::Out,
        wiring::services::Services,
    },
    error::Error,
    model::{Descriptor, Tag, bytes, counted, escape},
    ports::Stored,
    sweep::Leftovers,
};

/// How many names of tags are listed in one line.
const NAMES: usize = 8;

/// Which tags stay, and why.
pub(super) fn explain(what: &Collection, out: &mut impl Write) -> Result<(), Error> {
    let Choice { series, unclassed, undated, idle, .. } = &what.choice;
    for (series, count, stay) in series {
        let (series, names) = (series.to_string(), names(stay));
        let stays = stay.len();
        writeln!(
            out,
            "series  {:<20} {stays} of {count} stay{names}",
            escape(&series).to_string()
        )?;
    }
    if !unclassed.is_empty() {
        let (stay, why) = match unclassed.len() {
            1 => ("stays", "it belongs to no series"),
            _ => ("stay", "they belong to no series"),
        };
        writeln!(out, "{stay}{}: {why}", names(unclassed))?;
    }
    if !undated.is_empty() {
        let stay = if undated.len() == 1 { "stays" } else { "stay" };
        writeln!(out, "{stay}{}: age not known", names(undated))?;
    }
    for tag in &what.dead {
        writeln!(out, "`{tag}` is listed, but has no content")?;
    }
    for (tag, link) in &what.choice.linked {
        writeln!(out, "`{tag}` stays: {} that refers to it", escape(link))?;
    }
    for (tag, failure) in &what.odd {
        writeln!(out, "`{tag}` stays: its content cannot be read: {failure}")?;
    }
    for pattern in idle {
        writeln!(out, "no tag matches `{}`", escape(pattern))?;
    }
    Ok(())
}

/// The names of tags, the last of many.
fn names(tags: &[Tag]) -> String {
    // One more is as long as its own name.
    let shown = if tags.len() == NAMES + 1 { tags.len() } else { NAMES };
    let names: Vec<&str> = tags.iter().rev().take(shown).map(Tag::as_str).collect();
    match (names.len(), tags.len() - names.len()) {
        (0, _) => String::new(),
        (_, 0) => format!(": {}", names.join(", ")),
        (_, more) => format!(": {} and {more} more", names.join(", ")),
    }
}

/// What would go, with sizes.
pub(super) async fn show(
    services: &Services,
    what: &Collection,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let left = left(services, what).await?;
    if out.is_json {
        return Ok(out.document(&told(what, &left))?);
    }
    explain(what, out)?;
    for (tag, root) in &what.gone {
        writeln!(out, "tag     {tag:<20} {}", root.digest)?;
    }
    let Leftovers { stored, young, only_manifests, left_alone, .. } = &left;
    for stored in stored {
        let what = stored.what.as_deref().unwrap_or("untagged content");
        let (what, size) = (escape(what).to_string(), bytes(stored.size));
        writeln!(out, "object  {size:>10}  {what:<40}  {}", escape(&stored.key))?;
    }
    let size: u64 = stored.iter().map(|stored| stored.size).sum();
    let (tags, objects) = (counted(what.gone.len(), "tag"), counted(stored.len(), "object"));
    let stay = if what.stay.len() == 1 {
        "1 tag stays"
    } else {
        &format!("{} tags stay", what.stay.len())
    };
    writeln!(out, "{tags} and {objects}, {}, would be removed; {stay}", bytes(size))?;
    for what in left_alone {
        writeln!(out, "left alone: {}", escape(what))?;
    }
    if !young.is_empty() {
        let objects = counted(young.len(), "object");
        writeln!(out, "too new to remove: {objects} without a tag")?;
    }
    let blobs = lost(services, &left)?;
    if blobs.lost > 0 {
        writeln!(out, "{blobs}")?;
    }
    if stored.iter().any(|stored| stored.what.is_none()) {
        writeln!(out, "castoff rollback does not restore untagged content")?;
    }
    if *only_manifests {
        writeln!(out, "the registry's own garbage collection removes the blobs")?;
    }
    Ok(())
}

/// The same, for programs.
fn told(what: &Collection, left: &Leftovers) -> serde_json::Value {
    let Leftovers { stored, young, only_manifests, .. } = left;
    let size: u64 = stored.iter().map(|stored| stored.size).sum();
    let list = |of: &[Stored]| -> Vec<_> {
        let told =
            |of: &Stored| serde_json::json!({ "key": of.key, "size": of.size, "what": of.what });
        of.iter().map(told).collect()
    };
    let tag =
        |(tag, root): &(Tag, Descriptor)| serde_json::json!({ "tag": tag, "digest": root.digest });
    let tags: Vec<_> = what.gone.iter().map(tag).collect();
    let Choice { series, unclassed, undated, protected, .. } = &what.choice;
    let of_series = |(series, count, stay): &(crate::browse::Series, usize, Vec<Tag>)| serde_json::json!({ "series": series.to_string(), "tags": count, "stay": stay });
    let series: Vec<_> = series.iter().map(of_series).collect();
    serde_json::json!({
        "repository": what.repository, "tags": tags, "kept_tags": what.stay.len(),
        "series": series, "of_no_series": unclassed, "of_unknown_age": undated,
        "protected": protected, "objects": list(stored), "size": size, "too_young": list(young),
        "only_manifests": only_manifests, "left_alone": left.left_alone,
        "unreadable": what.odd.iter().map(|(tag, _)| tag).collect::<Vec<_>>(),
    })
}
