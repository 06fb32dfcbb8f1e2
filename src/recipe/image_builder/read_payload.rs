//! Reads what a payload says.

use serde_json::Value;

use super::{
    findings::{Findings, Item, Table, text},
    first_version,
    payload::{Image, PLATFORM, PLATFORMS, Payload, Registry},
    registry::read_registry,
    source,
};
use crate::model::{Platform, escape, nearest};

/// All of a payload. Where it is none, something was found.
pub(super) fn payload(tree: &Value, found: &mut Findings) -> Option<Payload> {
    let root = Item { path: String::new(), value: tree };
    let mut fields = Table::of(&root, found)?;
    if fields.has("source_type") {
        return first_version::read(fields, found);
    }
    let source = source::read(&mut fields, found);
    let target = fields.table("target", found);
    if target.is_none() && !fields.has("target") {
        found.mistake("target", "it is missing");
    }
    let target = target.and_then(|target| read_target(target, found));
    if fields.get("custom_workdir").is_some() {
        found.warning("custom_workdir", "castoff needs no work folder, and ignores it");
    }
    fields.finish(found);
    let (images, registry) = target?;
    Some(Payload { source: source?, images, registry })
}

fn read_target(mut fields: Table<'_>, found: &mut Findings) -> Option<(Vec<Image>, Registry)> {
    let at = fields.at("images");
    let missing = !fields.has("images");
    let items = fields.list("images", found);
    if missing || items.as_ref().is_some_and(Vec::is_empty) {
        found.mistake(&at, "there must be at least one image");
    }
    let read = |item: &Item<'_>| read_image(item, found);
    let images: Vec<Option<Image>> = items.unwrap_or_default().iter().map(read).collect();
    let registry = read_registry(&mut fields, found);
    fields.finish(found);
    let images: Vec<Image> = images.into_iter().collect::<Option<_>>()?;
    for (place, image) in images.iter().enumerate() {
        if images[..place].iter().any(|other| other.name() == image.name()) {
            let what = format!("another image is also named `{}`", image.name());
            found.mistake(&format!("{at}[{place}]"), what);
        }
    }
    Some((images, registry?))
}

fn read_image(item: &Item<'_>, found: &mut Findings) -> Option<Image> {
    let mut fields = Table::of(item, found)?;
    let repository = fields.parsed("image", found);
    let tag = fields.parsed("tag", found);
    let at = fields.at("base");
    let base = fields.text("base", found);
    if base.is_some_and(|base| base.starts_with('-') || base.contains(char::is_whitespace)) {
        found.mistake(&at, "it is not an image");
    }
    let platforms = read_platforms(&mut fields, found);
    fields.finish(found);
    Some(Image { repository: repository?, tag: tag?, base: base.map(str::to_owned), platforms })
}

fn read_platforms(fields: &mut Table<'_>, found: &mut Findings) -> Vec<Platform> {
    let items = fields.list("platforms", found);
    let mut platforms: Vec<Platform> = Vec::new();
    for item in items.iter().flatten() {
        let Some(text) = text(item, found) else { continue };
        if !PLATFORMS.contains(&text) {
            let near = nearest(text, PLATFORMS);
            let hint = near.map_or_else(
                || format!("known: {}", PLATFORMS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            found.mistake(&item.path, format!("`{}` is not a platform; {hint}", escape(text)));
        } else if let Ok(platform) = text.parse() {
            if platforms.contains(&platform) {
                found.warning(&item.path, format!("{platform} is listed twice"));
            } else {
                platforms.push(platform);
            }
        }
    }
    if items.is_none() {
        platforms.extend(PLATFORM.parse::<Platform>());
    }
    platforms
}
