//! What is published, for people.

use std::io::{self, Write};

use super::row::TagRow;
use crate::{
    app::verbs::output::Out,
    browse::{AttachedManifest, Branch, Dated, Diff, PlatformChange, PlatformDiff, PublishedTree},
    model::{
        ArtifactKind, Descriptor, Failure, FailureKind, Side, bytes, counted, escape, media_type,
    },
};

/// A tag with what it names, on one line.
pub(super) fn row(row: &TagRow, out: &mut Out<'_>) -> io::Result<()> {
    let TagRow { name, named } = row;
    let told = escape(name).to_string();
    let Dated { tree, date } = match named {
        Ok(Some(dated)) => dated,
        Ok(None) if out.is_json => {
            return writeln!(out, "{}", serde_json::json!({ "tag": name }));
        }
        Ok(None) => return writeln!(out, "{told:<20} has no content"),
        Err(why) if out.is_json => {
            let line = serde_json::json!({ "tag": name, "unreadable": why.to_string() });
            return writeln!(out, "{line}");
        }
        Err(why) => return writeln!(out, "{told:<20} cannot be read: {why}"),
    };
    if out.is_json {
        let mut line = serde_json::json!({ "tag": name, "size": tree.size(), "names": tree });
        if let Some(date) = date {
            line["date"] = date.to_string().into();
        }
        return writeln!(out, "{line}");
    }
    let platforms = tree.manifests.iter().map(Branch::platform);
    let parts: Vec<String> = platforms.chain(tree.odd.iter().map(ToString::to_string)).collect();
    let date = date.map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string());
    writeln!(
        out,
        "{told:<20} {} {:>10}  {date:<10}  {}",
        tree.root.digest,
        bytes(tree.size()),
        escape(&parts.join(", "))
    )
}

pub(super) fn show(
    tree: &PublishedTree,
    attached: &[AttachedManifest],
    reference: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let node = |node: &Descriptor| {
        let kind = escape(node.media_type.as_str()).to_string();
        format!("{}  {:>10}  {kind}", node.digest, bytes(node.size))
    };
    // `notary addhash` wants the length of what a tag names, to the byte.
    let exact = |node: &Descriptor| {
        let kind = escape(node.media_type.as_str()).to_string();
        format!("{}  {:>10}  {kind}", node.digest, format!("{} B", node.size))
    };
    writeln!(out, "{}", escape(reference))?;
    writeln!(out, "{}", exact(&tree.root))?;
    // As `notary addhash` and the documents of LinuxKit want it.
    let Descriptor { digest, size, .. } = &tree.root;
    writeln!(out, "size: {size}  --{} {}", digest.algorithm(), digest.hex())?;
    writeln!(out, "{} with everything that it refers to", bytes(tree.size()))?;
    for branch in &tree.manifests {
        writeln!(out, "\n{}", escape(&branch.platform()))?;
        writeln!(out, "  manifest  {}", exact(&branch.manifest))?;
        if let Some(platform) = &branch.manifest.platform {
            if let Some(version) = &platform.os_version {
                writeln!(out, "  os        version {}", escape(version))?;
            }
            if !platform.os_features.is_empty() {
                writeln!(out, "  os        needs {}", escape(&platform.os_features.join(", ")))?;
            }
        }
        if let Some(created) = &branch.created {
            writeln!(out, "  created   {}", escape(created))?;
        }
        if branch.config.media_type.as_str() != media_type::EMPTY {
            writeln!(out, "  config    {}", node(&branch.config))?;
        }
        for layer in &branch.layers {
            let title = layer.title().map(|title| format!("  {}", escape(title)));
            writeln!(out, "  layer     {}{}", node(layer), title.unwrap_or_default())?;
        }
    }
    for odd in &tree.odd {
        writeln!(out, "\n{}", escape(&odd.what))?;
        writeln!(out, "  named as  {}", node(&odd.node))?;
    }
    for about in attached {
        let (digest, kind) = (&about.node.digest, about.kind());
        writeln!(out, "\n{digest}  {}\n  subject   {}", escape(&kind), about.subject)?;
    }
    Ok(())
}

pub(super) fn print(
    out: &mut Out<'_>,
    what: &str,
    kind: Option<ArtifactKind>,
    names: &[String],
) -> Result<(), Failure> {
    let written = names.iter().try_for_each(|name| {
        if out.is_json {
            let mut line = serde_json::json!({ what: name });
            if let Some(kind) = kind {
                line["kind"] = kind.to_string().into();
            }
            writeln!(out, "{line}")
        } else if let Some(kind @ ArtifactKind::Files) = kind {
            writeln!(out, "{}  ({kind})", escape(name))
        } else {
            writeln!(out, "{}", escape(name))
        }
    });
    written.map_err(|error| Failure::from_error(FailureKind::Storage, Side::Local, &error))
}

/// How two names differ, for people, in lines.
pub(crate) fn diff_lines(diff: &Diff) -> io::Result<Vec<String>> {
    let mut text = Vec::new();
    show_diff(diff, &mut text)?;
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}

/// How two names differ, for people.
pub(super) fn show_diff(diff: &Diff, out: &mut impl Write) -> io::Result<()> {
    if diff.before.digest == diff.after.digest {
        return writeln!(out, "both are {}", diff.before.digest);
    }
    writeln!(out, "- {}", diff.before.digest)?;
    writeln!(out, "+ {}", diff.after.digest)?;
    for platform in &diff.platforms {
        writeln!(out, "\n{}  {}", escape(&platform.platform), word(platform.change))?;
        if platform.change == PlatformChange::Changed {
            show_changes(platform, out)?;
        }
    }
    Ok(())
}

fn show_changes(platform: &PlatformDiff, out: &mut impl Write) -> io::Result<()> {
    let size = Descriptor::total(&platform.shared);
    writeln!(out, "  {} shared, {}", counted(platform.shared.len(), "layer"), bytes(size))?;
    for (sign, layers) in [('-', &platform.removed), ('+', &platform.added)] {
        for layer in layers {
            writeln!(out, "  {sign} layer {}  {}", layer.digest, bytes(layer.size))?;
        }
    }
    if platform.config_changed {
        writeln!(out, "  the configuration differs")?;
    }
    for (name, (before, after)) in &platform.labels {
        let shown = |label: &Option<String>| {
            label.as_ref().map_or_else(|| "none".to_owned(), |label| escape(label).to_string())
        };
        writeln!(out, "  label {}: {} → {}", escape(name), shown(before), shown(after))?;
    }
    Ok(())
}

fn word(change: PlatformChange) -> &'static str {
    match change {
        PlatformChange::Same => "the same",
        PlatformChange::Changed => "changed",
        PlatformChange::Removed => "only the first one has it",
        PlatformChange::Added => "only the second one has it",
    }
}
