//! The rows of what is published, in columns.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    browse::{Branch, PublishedTree},
    model::{Descriptor, bytes},
    tui::{
        look::Role,
        model::{BrowsePath, BrowseRow, Model, RowFilter},
        text::{safe, width},
        texts::details::holds,
        view::widgets::{highlight, put},
    },
};

/// The columns of a digest, a size and a date.
const DIGEST: u16 = 14;
const SIZE: u16 = 11;
const DATE: u16 = 11;
/// The columns of a mark.
const MARK: u16 = 4;
/// The least columns of a name.
const NAME: usize = 10;

type Texts = Vec<(Role, String)>;

pub(super) fn draw(model: &Model, inside: Rect, rows: Rect, buffer: &mut Buffer) {
    let look = &model.around.look;
    let level = model.browse.level();
    let in_view: Vec<(&BrowseRow, bool)> = level
        .list
        .view(rows.height.into())
        .map(|(row, is_selected)| (&level.rows[row], is_selected))
        .collect();
    let is_named = |row: &BrowseRow| !matches!(row, BrowseRow::Annotation(..));
    let names = in_view.iter().filter(|(row, _)| is_named(row));
    let longest = names.map(|(row, _)| width(&safe(row.name()))).max().unwrap_or(0).max(NAME);
    let widths = widths(&level.place, longest, rows.width);
    let heading = titles(&level.place).iter().map(|title| (Role::Title, (*title).to_owned()));
    line(model, buffer, (rows.x, inside.y, rows.width), &widths, &heading.collect::<Texts>());
    let mut filter = RowFilter::parse(&level.list.filter);
    for (y, (row, is_selected)) in (rows.y..).zip(in_view) {
        line(model, buffer, (rows.x, y, rows.width), &widths, &texts(model, row));
        if let (Some(filter), true) = (&mut filter, is_named(row)) {
            let column = usize::from(matches!(level.place, BrowsePath::Tags(_)));
            let x = rows.x + widths[..column].iter().sum::<u16>();
            let room = widths[column].min(rows.right().saturating_sub(x)).saturating_sub(1);
            highlight(buffer, look, (x, y, room), &filter.matched(&safe(row.name())));
        }
        if is_selected {
            buffer.set_style(Rect::new(rows.x, y, rows.width, 1), look.of(Role::Selected));
        }
    }
}

/// Writes texts into columns; the last one has all that is left. What has no
/// room is left out.
fn line(
    model: &Model,
    buffer: &mut Buffer,
    (x, y, columns): (u16, u16, u16),
    widths: &[u16],
    texts: &Texts,
) {
    let (mut at, end) = (x, x.saturating_add(columns));
    for (place, ((role, text), width)) in texts.iter().zip(widths).enumerate() {
        let left = end.saturating_sub(at);
        let room = if place + 1 == texts.len() { left } else { (*width).min(left) };
        put(
            buffer,
            &model.around.look,
            (at, y, room.saturating_sub(1)),
            text,
            model.around.look.of(*role),
        );
        at = at.saturating_add(room);
    }
}

fn titles(place: &BrowsePath) -> &'static [&'static str] {
    match place {
        BrowsePath::Sinks => &["sink", "holds", "where"],
        BrowsePath::Repositories(_) => &["repository", "what"],
        BrowsePath::Tags(_) => &["", "tag", "digest", "size", "made", "platforms"],
        BrowsePath::Manifests(_) => &["platform", "digest", "size", "what"],
        BrowsePath::Manifest(..) => &["part", "digest", "size", "what"],
    }
}

/// How wide each column is; the last one has the rest.
fn widths(place: &BrowsePath, longest: usize, room: u16) -> Vec<u16> {
    let fixed: &[u16] = match place {
        BrowsePath::Sinks => &[15],
        BrowsePath::Repositories(_) => &[],
        BrowsePath::Tags(_) => &[DIGEST, SIZE, DATE],
        BrowsePath::Manifests(_) | BrowsePath::Manifest(..) => &[DIGEST, SIZE],
    };
    let is_marked = matches!(place, BrowsePath::Tags(_));
    let taken: u16 = fixed.iter().sum::<u16>() + if is_marked { MARK } else { 0 } + 6;
    let most = usize::from(room.saturating_sub(taken)).max(NAME);
    let name = u16::try_from((longest + 2).clamp(NAME, most)).unwrap_or(room);
    let mut widths = Vec::new();
    widths.extend(is_marked.then_some(MARK));
    widths.push(name);
    widths.extend(fixed);
    widths.push(u16::MAX);
    widths
}

fn texts(model: &Model, row: &BrowseRow) -> Texts {
    let name = (Role::Text, safe(row.name()));
    match row {
        BrowseRow::Sink(spec) => {
            let limit = if spec.read_only { "read-only: " } else { "" };
            vec![name, (Role::Dim, holds(spec)), (Role::Dim, format!("{limit}{}", safe(&spec.url)))]
        }
        BrowseRow::Repository(kind, _) => vec![name, (Role::Dim, kind.to_string())],
        BrowseRow::Tag(_) => tag(model, row, name),
        BrowseRow::Manifest(branch) => {
            let digest = (Role::Dim, branch.manifest.digest.short().to_owned());
            let size = (Role::Text, bytes(branch.size()));
            vec![name, digest, size, (Role::Dim, layers(branch))]
        }
        BrowseRow::Config(of) => node(name, of, kind(of)),
        BrowseRow::Layer(of) => node(name, of, of.title().map_or_else(|| kind(of), safe)),
        BrowseRow::About(about) => {
            let what = about.tag.as_ref().map(safe).unwrap_or_default();
            node((Role::Good, name.1), &about.node, what)
        }
        BrowseRow::Odd(odd) => node((Role::Warn, name.1), &odd.node, safe(&odd.what)),
        BrowseRow::Annotation(name, value) => {
            let text = format!("{} = {}", safe(name), safe(value));
            vec![(Role::Dim, "annotation".to_owned()), (Role::Text, text)]
        }
    }
}

/// A media type without what all have in common.
fn kind(node: &Descriptor) -> String {
    let kind = node.media_type.as_str();
    safe(kind.strip_prefix("application/vnd.").unwrap_or(kind))
}

fn layers(branch: &Branch) -> String {
    match branch.layers.len() {
        1 => "1 layer".to_owned(),
        count => format!("{count} layers"),
    }
}

fn node(name: (Role, String), node: &Descriptor, what: String) -> Texts {
    let digest = (Role::Dim, node.digest.short().to_owned());
    vec![name, digest, (Role::Text, bytes(node.size)), (Role::Dim, what)]
}

/// What is known of a tag, and whether it is marked.
fn tag(model: &Model, row: &BrowseRow, name: (Role, String)) -> Texts {
    let (browse, symbols) = (&model.browse, model.around.look.symbols);
    let tag = browse.tag_of(row);
    let is_marked = tag.as_ref().is_some_and(|tag| browse.marks.contains(tag));
    let mark = if is_marked {
        (Role::Good, symbols.marked.to_owned())
    } else {
        (Role::Dim, symbols.unmarked.to_owned())
    };
    let mut texts = vec![mark, name];
    let Some(looked) = tag.and_then(|tag| browse.memory.of(&tag)) else { return texts };
    match &looked.found {
        Err(_) => texts.push((Role::Bad, format!("{} failed", symbols.failed))),
        Ok(seen) => match &seen.tree {
            None => texts.push((Role::Warn, "nothing".to_owned())),
            Some(tree) => texts.extend(known(model, tree, seen.date)),
        },
    }
    texts
}

fn known(model: &Model, tree: &PublishedTree, date: Option<jiff::Timestamp>) -> Texts {
    let date = date
        .map(|at| at.to_zoned_datetime(model.around.zone.clone()).strftime("%Y-%m-%d").to_string());
    let platforms = tree.manifests.iter().map(Branch::platform);
    let parts: Vec<String> = platforms.chain(tree.odd.iter().map(ToString::to_string)).collect();
    vec![
        (Role::Dim, tree.root.digest.short().to_owned()),
        (Role::Text, bytes(tree.size())),
        (Role::Dim, date.unwrap_or_default()),
        (Role::Dim, safe(parts.join(", "))),
    ]
}
