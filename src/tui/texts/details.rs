//! All about what is selected.

use std::collections::BTreeMap;

use super::message::failure_lines;
use crate::{
    browse::{AttachedManifest, Branch, PublishedTree},
    model::{ArtifactKind, Descriptor, SinkSpec, bytes},
    tui::{
        look::Role,
        model::{BrowsePath, BrowseRow, LevelReading, Model, TagLook, Vouched, reference},
        text::safe,
    },
};

type Lines = Vec<(Role, String)>;

/// All about what is selected, without colours.
pub(in crate::tui) fn plain(model: &Model) -> Vec<String> {
    lines(model).into_iter().map(|(_, line)| line).collect()
}

/// All about what is selected.
pub(in crate::tui) fn lines(model: &Model) -> Lines {
    let level = model.browse.level();
    let mut lines = Lines::new();
    if let LevelReading::Failed(why) = &level.reading
        && !level.rows.is_empty()
    {
        lines.push((Role::Warn, "this is not all:".to_owned()));
        lines.extend(failure_lines(why));
    }
    let Some(row) = level.selected() else { return lines };
    match row {
        BrowseRow::Sink(spec) => sink(&mut lines, model, spec),
        BrowseRow::Repository(kind, name) => {
            fact(&mut lines, "name", name);
            fact(&mut lines, "what", kind);
            let spec = level.place.sink().and_then(|sink| model.browse.sink(sink));
            if let Some(spec) = spec {
                fact(&mut lines, "ref", reference(spec, name));
            }
        }
        BrowseRow::Tag(name) => tag(&mut lines, model, name),
        BrowseRow::Manifest(branch) => {
            manifest(&mut lines, branch);
            let looked = model.browse.looked();
            abouts(
                &mut lines,
                model,
                looked.into_iter().flat_map(|of| of.about(&branch.manifest.digest)),
            );
            still_asked(&mut lines, looked);
        }
        BrowseRow::Config(of) | BrowseRow::Layer(of) => {
            node(&mut lines, of);
            fact_if(&mut lines, "title", of.title());
            named(&mut lines, "annotations", &of.annotations);
        }
        BrowseRow::About(of) => about(&mut lines, of),
        BrowseRow::Odd(odd) => {
            node(&mut lines, &odd.node);
            lines.push((Role::Warn, safe(&odd.what)));
        }
        BrowseRow::Annotation(name, value) => {
            lines.push((Role::Title, safe(name)));
            lines.push((Role::Text, safe(value)));
        }
    }
    lines
}

fn fact(lines: &mut Lines, name: &str, value: impl std::fmt::Display) {
    lines.push((Role::Text, format!("{name:<9} {}", safe(value))));
}

fn fact_if(lines: &mut Lines, name: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        fact(lines, name, value);
    }
}

fn named(lines: &mut Lines, title: &str, values: &BTreeMap<String, String>) {
    if values.is_empty() {
        return;
    }
    lines.push((Role::Text, String::new()));
    lines.push((Role::Title, title.to_owned()));
    for (name, value) in values {
        lines.push((Role::Dim, format!("  {}", safe(name))));
        lines.push((Role::Text, format!("    {}", safe(value))));
    }
}

/// Whole, and so alone on its line.
fn digest(lines: &mut Lines, node: &Descriptor) {
    lines.push((Role::Key, node.digest.to_string()));
}

fn node(lines: &mut Lines, node: &Descriptor) {
    digest(lines, node);
    fact(lines, "size", format!("{} ({} bytes)", bytes(node.size), node.size));
    fact(lines, "type", &node.media_type);
}

fn sink(lines: &mut Lines, model: &Model, spec: &SinkSpec) {
    fact(lines, "where", &spec.url);
    fact(lines, "holds", holds(spec));
    if spec.read_only {
        lines.push((Role::Warn, "read-only: castoff changes nothing there".to_owned()));
    }
    if spec.insecure {
        lines.push((Role::Warn, "insecure: plain HTTP and unknown certificates".to_owned()));
    }
    fact_if(lines, "trusts", spec.ca.as_ref().map(|ca| ca.display()));
    for line in model.browse.tried.get(&spec.name).into_iter().flatten() {
        lines.push((Role::Dim, safe(line)));
    }
}

fn tag(lines: &mut Lines, model: &Model, name: &str) {
    let Some(tag) = model.browse.tag() else {
        lines.push((Role::Text, safe(name)));
        lines.push((Role::Warn, "this is not a valid tag, so it cannot be read".to_owned()));
        return;
    };
    if name.len() > 20 {
        lines.push((Role::Text, safe(name)));
    }
    let Some(looked) = model.browse.memory.of(&tag) else {
        lines.push((Role::Active, "looking".to_owned()));
        return;
    };
    match &looked.found {
        Err(why) => lines.extend(failure_lines(why)),
        Ok(seen) => match &seen.tree {
            None => lines.push((Role::Warn, "it has no content".to_owned())),
            Some(tree) => {
                root(
                    lines,
                    tree,
                    seen.date.map(|at| crate::tui::text::date(at, &model.around.zone)),
                );
                abouts(lines, model, looked.all_about());
                still_asked(lines, Some(looked));
                vouched(lines, &seen.vouched);
                named(lines, "annotations", &tree.annotations);
            }
        },
    }
}

fn root(lines: &mut Lines, tree: &PublishedTree, date: Option<String>) {
    digest(lines, &tree.root);
    fact(lines, "size", format!("{} with everything that it refers to", bytes(tree.size())));
    fact_if(lines, "made", date);
    fact(lines, "type", &tree.root.media_type);
    lines.push((Role::Text, String::new()));
    lines.push((Role::Title, "platforms".to_owned()));
    for branch in &tree.manifests {
        let size = Descriptor::total(&branch.layers);
        let (platform, digest) = (safe(branch.platform()), branch.manifest.digest.short());
        lines.push((Role::Text, format!("  {platform:<16} {digest}  {}", bytes(size))));
    }
    lines.extend(tree.odd.iter().map(|odd| (Role::Warn, format!("  {}", safe(&odd.what)))));
}

fn manifest(lines: &mut Lines, branch: &Branch) {
    node(lines, &branch.manifest);
    fact(lines, "config", &branch.config.digest);
    fact_if(lines, "made", branch.created.as_ref());
    if let Some(platform) = &branch.manifest.platform {
        fact_if(lines, "version", platform.os_version.as_ref());
        if !platform.os_features.is_empty() {
            fact(lines, "features", platform.os_features.join(", "));
        }
    }
    let size = Descriptor::total(&branch.layers);
    fact(lines, "layers", format!("{}, {}", branch.layers.len(), bytes(size)));
    named(lines, "labels", &branch.labels);
    named(lines, "annotations", &branch.annotations);
}

fn about(lines: &mut Lines, about: &AttachedManifest) {
    fact(lines, "what", about.kind());
    node(lines, &about.node);
    fact_if(lines, "tag", about.tag.as_ref());
    fact(lines, "about", &about.subject);
    named(lines, "annotations", &about.node.annotations);
}

/// Signatures and the like, each with what it is about.
fn abouts<'a>(lines: &mut Lines, model: &Model, all: impl Iterator<Item = &'a AttachedManifest>) {
    let looked = model.browse.looked();
    let is_within = matches!(model.browse.level().place, BrowsePath::Manifests(_));
    for (place, about) in all.enumerate() {
        if place == 0 {
            lines.push((Role::Text, String::new()));
            lines.push((Role::Title, "signatures and other referrers".to_owned()));
        }
        let of = looked.and_then(|looked| looked.manifest(&about.subject)).map(Branch::platform);
        let of = of.filter(|_| !is_within).map(|of| format!(" of {of}")).unwrap_or_default();
        let digest = about.node.digest.short();
        lines.push((Role::Good, format!("  {} {digest}{}", safe(about.kind()), safe(of))));
    }
}

/// The signers of the configuration that signed it.
fn vouched(lines: &mut Lines, all: &[Vouched]) {
    for Vouched { by, why_not } in all {
        match why_not {
            None => lines.push((Role::Good, format!("  signed by {}", safe(by)))),
            Some(why) => {
                lines.push((Role::Warn, format!("  not signed by {}:", safe(by))));
                lines.extend(failure_lines(why));
            }
        }
    }
}

/// Whether signatures are still asked for, or why they cannot be.
fn still_asked(lines: &mut Lines, looked: Option<&TagLook>) {
    let Some(looked) = looked else { return };
    if !looked.is_whole() {
        lines.push((Role::Active, "looking for signatures".to_owned()));
    }
    lines.extend(failure_lines(looked.about_failures()));
}

/// The kinds of artifacts that a sink can hold.
pub(in crate::tui) fn holds(spec: &SinkSpec) -> String {
    let kinds = [ArtifactKind::Image, ArtifactKind::Files];
    let kinds: Vec<String> =
        kinds.iter().filter(|kind| spec.url.holds(**kind)).map(ToString::to_string).collect();
    kinds.join(", ")
}
