//! Which image gives what.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs::File,
    io::{self, BufReader},
    path::PathBuf,
};

use super::Stack;
use crate::{
    aci::{Entries, Form, ImageStore, Inode, Is, Item, Key, Seen, TreePath, View},
    model::{Failure, Side},
};

/// What an image gives, with all that it stands on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// All that there is.
    pub view: View,
    /// Who gives it.
    pub sources: Vec<Source>,
}

/// An image of a stack, and what it gives.
#[derive(Clone, Debug)]
pub struct Source {
    /// The key.
    pub key: Key,
    /// Where the plain tar lies.
    pub blob: PathBuf,
    /// What is taken of it: the entry's place in the tar, and the paths under
    /// which its content is wanted.
    pub wanted: BTreeMap<usize, Vec<TreePath>>,
}

/// What an image may give.
struct Filter {
    own: Option<BTreeSet<TreePath>>,
    upper: Option<BTreeSet<TreePath>>,
}

/// What the images before gave.
#[derive(Default)]
struct Above {
    /// What was given, and whether as a folder.
    given: HashMap<TreePath, bool>,
    /// Folders that something lies in.
    used: HashSet<TreePath>,
}

impl Plan {
    /// Reads the headers of all images of a stack.
    ///
    /// # Errors
    ///
    /// Fails where an image is missing or damaged.
    pub fn of(store: &ImageStore, stack: &Stack) -> Result<Self, Failure> {
        let mut plan = Self { view: View::new(), sources: Vec::new() };
        let mut above = Above::default();
        for (place, image) in stack.images().iter().enumerate() {
            let upper = stack.upper_whitelist(place);
            let filter = Filter {
                own: image.manifest.whitelist()?,
                upper: upper.map_or(Ok(None), |upper| upper.manifest.whitelist())?,
            };
            let blob = store.blob(&image.key);
            let mut source = Source { key: image.key.clone(), blob, wanted: BTreeMap::new() };
            plan.take(&mut source, &filter, &mut above)
                .map_err(|error| Failure::from_io(Side::Local, source.blob.display(), &error))?;
            plan.sources.push(source);
        }
        let implied = above.used.into_iter().chain([TreePath::root()]);
        for folder in implied {
            plan.view.entry(folder).or_insert_with(Seen::implied);
        }
        Ok(plan)
    }

    fn take(&mut self, source: &mut Source, filter: &Filter, above: &mut Above) -> io::Result<()> {
        let file = BufReader::new(File::open(&source.blob)?);
        let name = source.blob.display().to_string();
        // What acido built is read as well.
        let mut entries = Entries::new(file, &name, Form::RootlessAci);
        let mut inodes: HashMap<TreePath, (usize, Inode)> = HashMap::new();
        let mut taken: Vec<(TreePath, bool)> = Vec::new();
        let mut place = 0;
        while let Some(item) = entries.seek_item()? {
            let Item::Node(node) = item else { continue };
            let (at, inode) = match node.is {
                Is::Inode(inode) => (place, inode),
                Is::Link(target) => inodes.get(&target).cloned().ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidData, "a link leads nowhere")
                })?,
            };
            place += 1;
            let is_folder = inode.is_folder();
            if filter.lets(&node.path, is_folder) && above.lets(&node.path, is_folder) {
                source.wanted.entry(at).or_default().push(node.path.clone());
                taken.push((node.path.clone(), is_folder));
            }
            if !is_folder {
                inodes.insert(node.path, (at, inode));
            } else if source.wanted.contains_key(&at) {
                self.view.insert(node.path, Seen::alone(inode));
            }
        }
        above.give(taken);
        self.show(source, &inodes.into_values().collect());
        Ok(())
    }

    /// Puts what is taken of an image into the view, but for folders.
    fn show(&mut self, source: &Source, inodes: &HashMap<usize, Inode>) {
        let image = self.sources.len() as u64;
        for (at, paths) in &source.wanted {
            let Some(inode) = inodes.get(at) else { continue };
            let group = (paths.len() > 1).then_some((image, *at as u64));
            for path in paths {
                let seen = Seen { inode: inode.clone(), group, implied: false };
                self.view.insert(path.clone(), seen);
            }
        }
    }
}

impl Filter {
    fn lets(&self, path: &TreePath, is_folder: bool) -> bool {
        let is_in = |list: &Option<BTreeSet<TreePath>>| {
            list.as_ref().is_none_or(|list| list.contains(path))
        };
        path.is_root() || ((is_folder || is_in(&self.own)) && is_in(&self.upper))
    }
}

impl Above {
    fn lets(&self, path: &TreePath, is_folder: bool) -> bool {
        let is_below_other =
            || path.ancestors().any(|above| self.given.get(&above) == Some(&false));
        let is_used = || !is_folder && self.used.contains(path);
        !self.given.contains_key(path) && !is_used() && !is_below_other()
    }

    fn give(&mut self, taken: Vec<(TreePath, bool)>) {
        for (path, is_folder) in taken {
            for above in path.ancestors() {
                if !self.used.insert(above) {
                    break;
                }
            }
            self.given.insert(path, is_folder);
        }
    }
}
