//! What a source file names, read by a parser: each path in it, from the root
//! of its crate, whatever it was imported as.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    File, Ident, Item, ItemMod, ItemUse, Macro, UseTree, Visibility,
    ext::IdentExt,
    visit::{self, Visit},
};

/// A path, one segment each; the first is `crate` or the name of another crate.
pub(super) type Segments = Vec<String>;

/// A source file: its path below `src`, and what stands in it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) path: String,
    /// The modules that it declares.
    pub(super) children: BTreeSet<String>,
    /// What each name in it stands for.
    pub(super) names: BTreeMap<String, Import>,
    /// What its code names, and what it imports for itself.
    pub(super) used: BTreeSet<Segments>,
    /// All identifiers in it.
    pub(super) identifiers: BTreeSet<String>,
}

/// What a `use` brings in.
#[derive(Clone)]
pub(super) struct Import {
    pub(super) path: Segments,
    /// Whether it is there for others, so that it is no use of its own.
    pub(super) is_handed_on: bool,
}

impl Source {
    /// Reads the text of the file at `path` below `src`.
    pub(super) fn read(path: &str, text: &str) -> Self {
        let file: File = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let module = module_of(path);
        let mut found = Found::default();
        found.visit_file(&file);
        let Found { children, imports, paths, identifiers } = found;
        let known = |path: Segments, names: &BTreeMap<String, Import>| {
            absolute(path, &module, &children, names)
        };
        let none = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (name, path, is_handed_on) in imports {
            // Another crate as a whole is a path of one segment.
            let path = known(path.clone(), &none).unwrap_or(path);
            names.insert(name, Import { path, is_handed_on });
        }
        // An import may go on from another.
        let first = names.clone();
        for import in names.values_mut() {
            if let Some(other) = import.path.first().and_then(|head| first.get(head)) {
                import.path.splice(..1, other.path.clone());
            }
        }
        let mut used: BTreeSet<Segments> =
            paths.into_iter().filter_map(|path| known(path, &names)).collect();
        let own = names.values().filter(|import| !import.is_handed_on);
        used.extend(own.map(|import| import.path.clone()));
        Self { path: path.to_owned(), children, names, used, identifiers }
    }

    /// The module that the file is.
    pub(super) fn module(&self) -> Segments {
        module_of(&self.path)
    }
}

/// The module that a file below `src` is, from the root of the crate. The
/// program is a crate of its own, and counts as a module.
fn module_of(path: &str) -> Segments {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let inner = (path != "lib").then(|| path.split('/').map(str::to_owned)).into_iter().flatten();
    std::iter::once("crate".to_owned()).chain(inner).collect()
}

/// A path as it is from the root of its crate; none for names of the file.
fn absolute(
    mut path: Segments,
    module: &[String],
    children: &BTreeSet<String>,
    names: &BTreeMap<String, Import>,
) -> Option<Segments> {
    let head = path.first()?.clone();
    let base = match head.as_str() {
        "crate" | "castoff" => Some(vec!["crate".to_owned()]),
        "self" => Some(module.to_vec()),
        "super" => {
            let ups = path.iter().take_while(|segment| *segment == "super").count();
            path.drain(..ups - 1);
            Some(module[..module.len() - ups].to_vec())
        }
        _ if names.contains_key(&head) => Some(names[&head].path.clone()),
        _ if children.contains(&head) => {
            Some(module.iter().cloned().chain([head.clone()]).collect())
        }
        _ => None,
    };
    match base {
        Some(base) => {
            path.splice(..1, base);
            Some(path)
        }
        // `Self::new`, `value::<T>`, a name of the prelude, or another crate.
        None if path.len() == 1 => None,
        None => Some(path),
    }
}

/// All that is found on the way through a file.
#[derive(Default)]
struct Found {
    children: BTreeSet<String>,
    imports: Vec<(String, Segments, bool)>,
    paths: BTreeSet<Segments>,
    identifiers: BTreeSet<String>,
}

impl Found {
    fn import(&mut self, tree: &UseTree, before: &[String], is_handed_on: bool) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Segments>();
        match tree {
            UseTree::Path(path) => {
                self.import(&path.tree, &with(path.ident.unraw().to_string()), is_handed_on);
            }
            UseTree::Group(group) => {
                for item in &group.items {
                    self.import(item, before, is_handed_on);
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let last = before.last().cloned().unwrap_or_default();
                self.imports.push((last, before.to_vec(), is_handed_on));
            }
            UseTree::Name(name) => {
                let name = name.ident.unraw().to_string();
                self.imports.push((name.clone(), with(name), is_handed_on));
            }
            UseTree::Rename(rename) => {
                let path = match rename.ident.to_string().as_str() {
                    "self" => before.to_vec(),
                    name => with(name.to_owned()),
                };
                // What has no name is still used.
                let name = match rename.rename.to_string().as_str() {
                    "_" => format!("_ {}", path.join("::")),
                    name => name.to_owned(),
                };
                self.imports.push((name, path, is_handed_on));
            }
            UseTree::Glob(_) => {
                panic!("an import of everything tells nothing: {}", before.join("::"))
            }
        }
    }

    /// The paths among the words of a macro.
    fn words(&mut self, tokens: TokenStream) {
        let (mut path, mut colons): (Segments, usize) = (Vec::new(), 0);
        let mut paths = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    self.identifiers.insert(ident.unraw().to_string());
                    if colons != 2 {
                        paths.push(std::mem::take(&mut path));
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    paths.push(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.words(group.stream());
                    }
                }
            }
        }
        paths.push(path);
        self.paths.extend(paths.into_iter().filter(|path| !path.is_empty()));
    }
}

impl Visit<'_> for Found {
    fn visit_item_use(&mut self, item: &ItemUse) {
        visit::visit_item_use(self, item);
        let is_handed_on = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], is_handed_on);
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        self.visit_ident(&item.ident);
        self.children.insert(item.ident.unraw().to_string());
        for inner in item.content.iter().flat_map(|(_, items)| items) {
            if !matches!(inner, Item::Use(_)) {
                self.visit_item(inner);
            }
        }
    }

    fn visit_ident(&mut self, ident: &Ident) {
        self.identifiers.insert(ident.unraw().to_string());
    }

    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string());
        self.paths.insert(segments.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, of: &Macro) {
        match of.path.get_ident() {
            // The standard library's have no path.
            Some(name) => {
                self.paths.insert(vec!["std".to_owned(), name.unraw().to_string()]);
            }
            None => self.visit_path(&of.path),
        }
        self.words(of.tokens.clone());
    }
}
