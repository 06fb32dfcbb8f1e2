//! What content refers to.

use std::collections::BTreeSet;

use super::Store;
use crate::model::{Descriptor, Failure, FailureKind, Index, Manifest, Node, Side};

/// How deep indexes may lie in indexes.
pub(crate) const DEPTH_LIMIT: usize = 8;

impl Store {
    /// What `node` refers to: nothing where it is a leaf.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is no manifest.
    pub fn parts(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        if !node.is_manifest() {
            return Ok(Vec::new());
        }
        Ok(self.node(node)?.successors())
    }

    /// The manifest of one image, or of the files of one platform.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is anything else.
    pub fn manifest(&self, node: &Descriptor) -> Result<Manifest, Failure> {
        match self.node(node)? {
            Node::Manifest(manifest) => Ok(*manifest),
            Node::Index(_) => Err(is_not(node, "a manifest of one image")),
        }
    }

    /// An index.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is anything else.
    pub fn index(&self, node: &Descriptor) -> Result<Index, Failure> {
        match self.node(node)? {
            Node::Index(index) => Ok(index),
            Node::Manifest(_) => Err(is_not(node, "an index")),
        }
    }

    fn node(&self, node: &Descriptor) -> Result<Node, Failure> {
        Node::parse(self.read(node)?, node.media_type.as_str()).map_err(|error| {
            Failure::from_error(FailureKind::Invalid, Side::Source, &error).context(&node.digest)
        })
    }

    /// Whether all that `root` refers to is here, however deep.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn complete(&self, root: &Descriptor) -> Result<bool, Failure> {
        let mut seen = BTreeSet::new();
        self.visit(root, DEPTH_LIMIT, &mut seen)
    }

    /// `root` and all that it refers to, however deep, each once.
    ///
    /// # Errors
    ///
    /// Fails where a manifest is not here, and where indexes are nested too
    /// deep.
    pub fn nodes(&self, root: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        let (mut nodes, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = vec![(root.clone(), 0)];
        while let Some((node, depth)) = next.pop() {
            if depth > DEPTH_LIMIT {
                let what = format!("{} is nested in more than {DEPTH_LIMIT} indexes", node.digest);
                return Err(Failure::new(FailureKind::Invalid, Side::Source, what));
            }
            if seen.insert(node.digest.to_string()) {
                next.extend(self.parts(&node)?.into_iter().map(|part| (part, depth + 1)));
                nodes.push(node);
            }
        }
        Ok(nodes)
    }

    /// The digests of all that `root` refers to and that is here.
    pub(super) fn closure(&self, root: &Descriptor, seen: &mut BTreeSet<String>) {
        if !seen.insert(root.digest.to_string()) {
            return;
        }
        for part in self.parts(root).unwrap_or_default() {
            self.closure(&part, seen);
        }
    }

    fn visit(
        &self,
        node: &Descriptor,
        depth: usize,
        seen: &mut BTreeSet<String>,
    ) -> Result<bool, Failure> {
        if !seen.insert(node.digest.to_string()) {
            return Ok(true);
        }
        if depth == 0 || !self.has(node)? {
            return Ok(false);
        }
        let parts = match self.parts(node) {
            Ok(parts) => parts,
            Err(failure) if failure.kind == FailureKind::Storage => return Err(failure),
            // It was damaged, and is not here any more.
            Err(_) => return Ok(false),
        };
        for part in parts {
            if !self.visit(&part, depth - 1, seen)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_not(node: &Descriptor, what: &str) -> Failure {
    let what = format!("{} is not {what}", node.digest);
    Failure::new(FailureKind::Invalid, Side::Source, what)
}
