//! Names of types: one name is one type.

use std::collections::BTreeMap;

use syn::{
    ItemEnum, ItemStruct,
    visit::{self, Visit},
};

/// How many of a hundred definitions may share their name with another.
const MOST_SHARED: usize = 5;

#[test]
fn few_types_share_a_name() {
    let mut defined = Defined::default();
    for (path, text) in super::files() {
        defined.path = path;
        defined.visit_file(&syn::parse_file(&text).unwrap());
    }
    let all: usize = defined.names.values().map(Vec::len).sum();
    let shared: BTreeMap<_, _> =
        defined.names.into_iter().filter(|(_, files)| files.len() > 1).collect();
    let count: usize = shared.values().map(Vec::len).sum();
    assert!(count * 100 <= all * MOST_SHARED, "{count} of {all} share a name: {shared:#?}");
}

/// The files that define a struct or an enum, by its name.
#[derive(Default)]
struct Defined {
    path: String,
    names: BTreeMap<String, Vec<String>>,
}

impl Defined {
    fn add(&mut self, name: &syn::Ident) {
        self.names.entry(name.to_string()).or_default().push(self.path.clone());
    }
}

impl<'ast> Visit<'ast> for Defined {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.add(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.add(&item.ident);
        visit::visit_item_enum(self, item);
    }
}
