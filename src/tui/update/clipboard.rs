//! What is copied to the clipboard of the terminal.

use crate::{
    model::{Descriptor, entry_name},
    tui::{
        effect::Effect,
        model::{BrowsePath, BrowseRow, Model, reference},
        text::safe,
    },
};

/// The name by which others can find what is selected.
pub(super) fn clip(model: &mut Model) -> Vec<Effect> {
    let browse = &model.browse;
    let level = browse.level();
    let spec = level.place.sink().and_then(|name| browse.sink(name));
    let text = level.selected().and_then(|row| match (row, &level.place) {
        (BrowseRow::Sink(spec), _) => Some(spec.url.to_string()),
        (BrowseRow::Repository(_, name), _) => Some(reference(spec?, name)),
        (BrowseRow::Tag(name), BrowsePath::Tags(at)) => {
            let whole = || format!("{}:{name}", at.repository);
            let tag = name.parse().ok();
            let name = tag.map_or_else(whole, |tag| entry_name(&at.repository, &tag));
            Some(reference(spec?, &name))
        }
        (BrowseRow::Manifest(_) | BrowseRow::About(_), place) => {
            let name = format!("{}@{}", place.tag()?.name.repository, row.node()?.digest);
            Some(reference(spec?, &name))
        }
        (BrowseRow::Annotation(_, value), _) => Some(value.clone()),
        _ => row.node().map(|node| node.digest.to_string()),
    });
    put(model, text)
}

/// The digest of what is selected.
pub(super) fn clip_digest(model: &mut Model) -> Vec<Effect> {
    let browse = &model.browse;
    let of = |node: &Descriptor| node.digest.to_string();
    let text = browse.level().selected().and_then(|row| match row {
        BrowseRow::Tag(_) => browse.looked()?.tree().map(|tree| of(&tree.root)),
        row => row.node().map(of),
    });
    if text.is_none() {
        model.warn("its digest is not known");
    }
    put(model, text)
}

/// What comes from outside is escaped: pasted into a shell, it must not run.
fn put(model: &mut Model, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text.map(safe) else { return Vec::new() };
    model.say(format!("copied: {text}"));
    vec![Effect::Clip(text)]
}
