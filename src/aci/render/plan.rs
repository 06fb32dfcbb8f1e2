//! Which image gives what.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io::{self, BufReader},
    rc::Rc,
};

use super::{Blob, Stack};
use crate::{
    aci::{Entries, Form, Inode, Is, Item, Key, Node, Seen, TreePath, View},
    model::Failure,
};

/// What an image gives, with all that it stands on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// All that there is.
    pub view: View,
    /// The image that gives it.
    pub sources: Vec<Source>,
}

/// A tar, and what it gives.
#[derive(Clone, Debug)]
pub struct Source {
    /// The plain tar.
    pub blob: Blob,
    /// What it holds.
    pub form: Form,
    /// The key that the tar must have, where it is one of a store.
    pub key: Option<Key>,
    /// What is taken of it: the entry's place in the tar, and the paths under
    /// which its content is wanted.
    pub wanted: BTreeMap<usize, Vec<TreePath>>,
}

/// With what the name of a file of a layer begins that takes another one away
/// (OCI image specification, layer.md, "Whiteouts").
pub(in crate::aci) const WHITEOUT: &[u8] = b".wh.";

/// The headers of tars, each read once.
#[derive(Default)]
pub(in crate::aci) struct Headers(HashMap<Key, Rc<Vec<Node>>>);

/// What a tar may give.
#[derive(Default)]
pub(in crate::aci) struct Filter {
    pub(in crate::aci) own: Option<BTreeSet<TreePath>>,
    pub(in crate::aci) upper: Option<BTreeSet<TreePath>>,
    /// Whether names may mean that something is taken away.
    pub(in crate::aci) whiteouts: bool,
}

/// What the tars before gave, and what they hide.
#[derive(Default)]
pub(in crate::aci) struct Above {
    /// What was given, and whether as a folder.
    given: HashMap<TreePath, bool>,
    /// Folders that something lies in.
    used: HashSet<TreePath>,
    /// What is hidden, with all below it.
    pub(in crate::aci) hidden: HashSet<TreePath>,
    /// Folders of which only what lies in them is hidden.
    pub(in crate::aci) emptied: HashSet<TreePath>,
}

impl Plan {
    /// Reads the headers of all images of a stack.
    ///
    /// # Errors
    ///
    /// Fails where an image is missing or damaged.
    pub fn of(stack: &Stack) -> Result<Self, Failure> {
        Self::with(stack, &mut Headers::default())
    }

    /// The same, with headers that were read before.
    pub(in crate::aci) fn with(stack: &Stack, headers: &mut Headers) -> Result<Self, Failure> {
        let mut plan = Self { view: View::new(), sources: Vec::new() };
        let mut above = Above::default();
        for (place, image) in stack.images().iter().enumerate() {
            let upper = stack.upper_whitelist(place);
            let filter = Filter {
                own: image.manifest.whitelist()?,
                upper: upper.map_or(Ok(None), |upper| upper.manifest.whitelist())?,
                whiteouts: false,
            };
            let blob = image.blob.clone();
            let nodes = headers.of(&image.key, &blob)?;
            // What acido built is read as well.
            let (form, key) = (Form::RootlessAci, Some(image.key.clone()));
            plan.take(Source::new(blob, form, key), &nodes, &filter, &mut above);
        }
        plan.imply(above);
        Ok(plan)
    }

    /// Takes what a tar may give.
    pub(in crate::aci) fn take(
        &mut self,
        mut source: Source,
        nodes: &[Node],
        filter: &Filter,
        above: &mut Above,
    ) {
        let mut inodes: HashMap<&TreePath, (usize, &Inode)> = HashMap::new();
        let mut taken: HashMap<&TreePath, (usize, &Inode)> = HashMap::new();
        for (place, node) in nodes.iter().enumerate() {
            let (at, inode) = match &node.is {
                Is::Inode(inode) => (place, inode),
                // It was checked to be there when the headers were read.
                Is::Link(target) => match inodes.get(target) {
                    Some(found) => *found,
                    None => continue,
                },
            };
            if !inode.is_folder() {
                inodes.insert(&node.path, (at, inode));
            }
            if filter.lets(&node.path, inode.is_folder()) && above.lets(&node.path, inode) {
                // Where a path is there twice, the last time counts.
                taken.insert(&node.path, (at, inode));
            }
        }
        for (path, (at, _)) in &taken {
            source.wanted.entry(*at).or_default().push((*path).clone());
        }
        source.wanted.values_mut().for_each(|paths| paths.sort());
        let image = self.sources.len() as u64;
        for (path, (at, inode)) in &taken {
            let is_linked = source.wanted.get(at).is_some_and(|paths| paths.len() > 1);
            let group = is_linked.then_some((image, *at as u64));
            let seen = Seen { inode: (*inode).clone(), group, implied: false };
            self.view.insert((*path).clone(), seen);
        }
        above.give(taken.into_iter().map(|(path, (_, inode))| (path, inode.is_folder())));
        self.sources.push(source);
    }

    /// Adds the folders without an entry.
    pub(in crate::aci) fn imply(&mut self, above: Above) {
        let implied = above.used.into_iter().chain([TreePath::root()]);
        for folder in implied {
            self.view.entry(folder).or_insert_with(Seen::implied);
        }
    }
}

impl Source {
    pub(in crate::aci) fn new(blob: Blob, form: Form, key: Option<Key>) -> Self {
        Self { blob, form, key, wanted: BTreeMap::new() }
    }
}

impl Headers {
    fn of(&mut self, key: &Key, blob: &Blob) -> Result<Rc<Vec<Node>>, Failure> {
        if let Some(known) = self.0.get(key) {
            return Ok(Rc::clone(known));
        }
        let nodes = Rc::new(nodes(blob, Form::RootlessAci).map_err(|error| blob.failed(&error))?);
        self.0.insert(key.clone(), Rc::clone(&nodes));
        Ok(nodes)
    }
}

/// All entries of a tar, from its headers alone.
pub(in crate::aci) fn nodes(blob: &Blob, form: Form) -> io::Result<Vec<Node>> {
    let mut entries = Entries::new(BufReader::new(blob.open()?), blob.name(), form);
    let mut nodes = Vec::new();
    while let Some(item) = entries.seek_item()? {
        if let Item::Node(node) = item {
            nodes.push(node);
        }
    }
    Ok(nodes)
}

impl Filter {
    fn lets(&self, path: &TreePath, is_folder: bool) -> bool {
        let is_in = |list: &Option<BTreeSet<TreePath>>| {
            list.as_ref().is_none_or(|list| list.contains(path))
        };
        if self.whiteouts && path.name().starts_with(WHITEOUT) {
            return false;
        }
        path.is_root() || ((is_folder || is_in(&self.own)) && is_in(&self.upper))
    }
}

impl Above {
    fn lets(&self, path: &TreePath, inode: &Inode) -> bool {
        let is_covered = |above: &TreePath| {
            self.given.get(above) == Some(&false)
                || self.hidden.contains(above)
                || self.emptied.contains(above)
        };
        let is_used = || !inode.is_folder() && self.used.contains(path);
        !self.given.contains_key(path)
            && !self.hidden.contains(path)
            && !is_used()
            && !path.ancestors().any(|above| is_covered(&above))
    }

    fn give<'p>(&mut self, taken: impl Iterator<Item = (&'p TreePath, bool)>) {
        for (path, is_folder) in taken {
            for above in path.ancestors() {
                if !self.used.insert(above) {
                    break;
                }
            }
            self.given.insert(path.clone(), is_folder);
        }
    }
}
