//! The layers of an OCI image that an App Container Image becomes.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use super::WHITEOUT;
use crate::{
    aci::{Halt, Inode, Key, Plan, Seen, Stack, TarWriter, TreePath, View, render::Headers},
    model::{Failure, FailureKind, Side},
};

/// A layer that is about to be written.
pub struct LayerPlan {
    /// The image of the layer; the topmost, where it holds all.
    pub key: Key,
    plan: Plan,
    /// What is written.
    new: BTreeSet<TreePath>,
    /// What is taken away.
    gone: BTreeSet<TreePath>,
}

/// What lies where: which image gives it, and which of its entries.
type Origins = BTreeMap<TreePath, (Option<Key>, usize)>;

/// The layers of an image, the lowest first: one for each image that it is
/// made of, or one for all.
///
/// # Errors
///
/// Fails where an image is missing or damaged.
pub fn layers(stack: &Stack, flatten: bool) -> Result<Vec<LayerPlan>, Failure> {
    let mut headers = Headers::default();
    let count = stack.images().len();
    let (mut made, mut below) = (Vec::new(), (View::new(), Origins::new()));
    for place in (0..count).rev().filter(|place| !flatten || *place == 0) {
        let plan = Plan::with(&stack.from(place), &mut headers)?;
        let origins = origins(&plan);
        let is_new = |(path, seen): &(&TreePath, &Seen)| {
            origins.get(*path) != below.1.get(*path)
                || below.0.get(*path).is_none_or(|was| was.inode != seen.inode)
        };
        let new = plan.view.iter().filter(is_new).map(|(path, _)| path.clone()).collect();
        let gone = gone(&below.0, &plan.view);
        below = (plan.view.clone(), origins);
        made.push(LayerPlan { key: stack.images()[place].key.clone(), plan, new, gone });
    }
    // An image that changes nothing needs no layer, as long as there is one.
    if made.iter().all(LayerPlan::is_empty) {
        made.truncate(1);
    } else {
        made.retain(|layer| !layer.is_empty());
    }
    Ok(made)
}

/// Which image gives what. One that is there twice gives the same.
fn origins(plan: &Plan) -> Origins {
    let mut origins = Origins::new();
    for source in &plan.sources {
        for (at, paths) in &source.wanted {
            let origin = |path: &TreePath| (path.clone(), (source.key.clone(), *at));
            origins.extend(paths.iter().map(origin));
        }
    }
    origins
}

/// The outermost of what is not there any more. What lay in something that is
/// no folder now goes with the folder.
fn gone(before: &View, after: &View) -> BTreeSet<TreePath> {
    let is_outermost = |path: &&TreePath| {
        let above = path.parent().and_then(|above| after.get(&above));
        !after.contains_key(*path) && above.is_some_and(|above| above.inode.is_folder())
    };
    before.keys().filter(is_outermost).cloned().collect()
}

impl LayerPlan {
    /// Whether nothing is written: what a root is like has no place in layers.
    fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.iter().all(TreePath::is_root)
    }

    /// Writes the plain tar: folders, what is taken away, and then the rest.
    ///
    /// # Errors
    ///
    /// Fails where an image is not what its key says, where a name means
    /// something in a layer, and where `out` fails.
    pub fn write<W: Write>(&self, out: W, halt: &Halt) -> Result<W, Failure> {
        let failed = |error: io::Error| Failure::from_io(Side::Local, "the layer", &error);
        let mut tar = TarWriter::of_layer(out);
        for path in &self.new {
            refuse_whiteout(path)?;
            let seen = self.plan.view.get(path).filter(|seen| seen.inode.is_folder());
            if let Some(seen) = seen {
                tar.inode(path, &seen.inode, &mut io::empty()).map_err(failed)?;
            }
        }
        for path in &self.gone {
            let name = [WHITEOUT, path.name()].concat();
            let above = path.parent().unwrap_or_default();
            let whiteout = above
                .join(&name)
                .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))?;
            tar.inode(&whiteout, &empty_file(), &mut io::empty()).map_err(failed)?;
        }
        self.plan.stream(|given| {
            halt.check()?;
            let mut paths = given.paths.iter().filter(|path| self.new.contains(*path));
            let Some(first) = paths.next().filter(|_| !given.inode.is_folder()) else {
                return Ok(());
            };
            tar.inode(first, given.inode, &mut halt.read(given.content))?;
            paths.try_for_each(|path| tar.link(path, first, given.inode))
        })?;
        tar.finish().map_err(failed)
    }
}

fn refuse_whiteout(path: &TreePath) -> Result<(), Failure> {
    if !path.name().starts_with(WHITEOUT) {
        return Ok(());
    }
    let what = "an OCI image cannot contain a file of this name: it would remove another file";
    Err(Failure::new(FailureKind::Invalid, Side::Source, what).context(path))
}

fn empty_file() -> Inode {
    Inode { kind: crate::aci::Kind::File(0), mode: 0o644, ..Inode::implied_folder() }
}
