//! An OCI image as App Container Images.

use std::io::{self, Write};

use super::{OPAQUE, WHITEOUT, labels_of, running::OciConfig, wrong};
use crate::{
    aci::{
        App, Blob, Halt, Key, Label, Labels, Manifest, Name, Node, Plan, TarWriter, TreePath, View,
        entries::Form,
        render::{Above, Filter, Source, nodes},
    },
    model::{Failure, Platform, Side},
};

/// An OCI image with layers that lie here, as plain tars.
pub struct OciImage {
    platform: Platform,
    config: OciConfig,
    layers: Vec<Layer>,
}

struct Layer {
    blob: Blob,
    /// What it gives, and whiteouts.
    nodes: Vec<Node>,
    /// What it takes away.
    hidden: Vec<TreePath>,
    /// The folders of which it takes away all that lay in them.
    emptied: Vec<TreePath>,
}

/// What an image is called.
#[derive(Clone, Debug)]
pub struct Naming {
    /// The name.
    pub name: Name,
    /// The version.
    pub version: Option<String>,
}

/// What an image is made of.
#[derive(Clone, Debug)]
pub enum Shape {
    /// All layers in one.
    Flat,
    /// The layer at this place, counted from the lowest, upon the image of the
    /// layer below, which has this key and name.
    Layer(usize, Option<(Key, Name)>),
}

impl OciImage {
    /// Reads a configuration, and the headers of layers, the lowest first.
    ///
    /// # Errors
    ///
    /// Fails where one of them cannot be read.
    pub fn new(platform: Platform, config: &[u8], layers: Vec<Blob>) -> Result<Self, Failure> {
        let config = serde_json::from_slice(config)
            .map_err(|error| wrong("the image's configuration cannot be read").because(error))?;
        let layers = layers.into_iter().map(Layer::of).collect::<Result<_, _>>()?;
        Ok(Self { platform, config, layers })
    }

    /// How many layers there are.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// Writes the plain tar of an App Container Image.
    ///
    /// # Errors
    ///
    /// Fails where a layer cannot be read, or `out` fails.
    pub fn write<W: Write>(
        &self,
        naming: &Naming,
        shape: &Shape,
        out: W,
        halt: &Halt,
    ) -> Result<W, Failure> {
        let whole = self.plan(match shape {
            Shape::Flat => self.layers.len(),
            Shape::Layer(place, _) => place + 1,
        });
        let manifest = self.manifest(naming, shape, &whole.view)?;
        let (plan, is_flat) = match shape {
            Shape::Flat => (whole, true),
            Shape::Layer(place, _) => (self.alone(*place), false),
        };
        let failed = |error: io::Error| Failure::from_io(Side::Local, "the image", &error);
        let mut tar = TarWriter::of_aci(out);
        tar.manifest(&manifest.to_bytes()).map_err(failed)?;
        for (path, seen) in plan.view.iter().filter(|(_, seen)| seen.inode.is_folder()) {
            // The folders that only a layer's own files imply are those below.
            if is_flat || !seen.implied || path.is_root() {
                tar.inode(path, &seen.inode, &mut io::empty()).map_err(failed)?;
            }
        }
        plan.stream(|given| {
            halt.check()?;
            let Some((first, links)) = given.paths.split_first() else { return Ok(()) };
            if given.inode.is_folder() {
                return Ok(());
            }
            tar.inode(first, given.inode, &mut halt.read(given.content))?;
            links.iter().try_for_each(|path| tar.link(path, first, given.inode))
        })?;
        tar.finish().map_err(failed)
    }

    /// What the lowest `count` layers give together.
    fn plan(&self, count: usize) -> Plan {
        let mut plan = Plan { view: View::new(), sources: Vec::new() };
        let mut above = Above::default();
        for layer in self.layers[..count].iter().rev() {
            layer.give(&mut plan, &mut above);
            above.hidden.extend(layer.hidden.iter().cloned());
            above.emptied.extend(layer.emptied.iter().cloned());
        }
        plan.imply(above);
        plan
    }

    /// What one layer gives.
    fn alone(&self, place: usize) -> Plan {
        let mut plan = Plan { view: View::new(), sources: Vec::new() };
        let mut above = Above::default();
        self.layers[place].give(&mut plan, &mut above);
        plan.imply(above);
        plan
    }

    fn manifest(&self, naming: &Naming, shape: &Shape, view: &View) -> Result<Manifest, Failure> {
        let label = |name: &str, value: &str| {
            Some(Label { name: name.parse().ok()?, value: value.to_owned() })
        };
        let mut labels = Vec::new();
        labels.extend(naming.version.as_deref().and_then(|value| label("version", value)));
        labels.extend(labels_of(&self.platform));
        let labels = Labels::new(labels).map_err(|error| wrong(error.to_string()))?;
        let mut manifest = Manifest::new(naming.name.clone(), labels);
        let is_top = match shape {
            Shape::Flat => true,
            Shape::Layer(place, base) => {
                if let Some((key, name)) = base {
                    let app = App { name: name.clone(), labels: Labels::default() };
                    manifest.stand_on(key, app);
                }
                if *place > 0 && self.takes_away(*place, view) {
                    manifest.path_whitelist = list(view)?;
                }
                place + 1 == self.layers.len()
            }
        };
        if is_top {
            manifest.app = self.config.app(view)?;
            manifest.annotations = self.config.annotations();
        }
        Ok(manifest)
    }

    /// Whether a layer takes away what is below it.
    fn takes_away(&self, place: usize, view: &View) -> bool {
        self.plan(place).view.keys().any(|path| !view.contains_key(path))
    }
}

impl Layer {
    fn of(blob: Blob) -> Result<Self, Failure> {
        let all = nodes(&blob, Form::Layer).map_err(|error| blob.failed(&error))?;
        let mut layer = Self { blob, nodes: Vec::new(), hidden: Vec::new(), emptied: Vec::new() };
        for node in &all {
            let above = node.path.parent().unwrap_or_default();
            match node.path.name().strip_prefix(WHITEOUT) {
                _ if node.path.name() == OPAQUE => layer.emptied.push(above),
                Some(name) => {
                    let join = above.join(name);
                    layer.hidden.push(join.map_err(|error| wrong(error.to_string()))?);
                }
                None => {}
            }
        }
        layer.nodes = all;
        Ok(layer)
    }

    fn give(&self, plan: &mut Plan, above: &mut Above) {
        let source = Source::new(self.blob.clone(), Form::Layer, None);
        let filter = Filter { whiteouts: true, ..Filter::default() };
        plan.take(source, &self.nodes, &filter, above);
    }
}

/// All paths, as a whitelist has them.
fn list(view: &View) -> Result<Vec<String>, Failure> {
    let name = |path: &TreePath| {
        path.absolute().ok_or_else(|| {
            let what = "a layer removes files, and the list of those that stay cannot contain \
                        this name, which is not UTF-8";
            wrong(what).context(path).hint("convert it to one image, without --layers")
        })
    };
    view.keys().map(name).collect()
}
