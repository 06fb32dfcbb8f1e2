//! An OCI image as App Container Images.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{OPAQUE, WHITEOUT, labels_of};
use crate::{
    aci::{
        App, AppSection, Blob, Halt, Key, Label, Labels, Manifest, MountPoint, Name, Node, Plan,
        Port, TarWriter, TreePath, Variable, View,
        entries::Form,
        render::{Above, Filter, Source, nodes},
    },
    model::{Failure, FailureKind, Platform, Side},
};

/// The folders that programs are looked for in where an image does not say.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An OCI image whose layers lie here, as plain tars.
pub struct OciImage {
    platform: Platform,
    config: RawConfig,
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

#[derive(Default, Deserialize)]
struct RawConfig {
    created: Option<String>,
    author: Option<String>,
    #[serde(default)]
    config: Option<RawRun>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawRun {
    user: Option<String>,
    exposed_ports: Option<Map<String, Value>>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    volumes: Option<Map<String, Value>>,
    working_dir: Option<String>,
    labels: Option<Map<String, Value>>,
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
            manifest.app = self.app(view)?;
            manifest.annotations = self.annotations();
        }
        Ok(manifest)
    }

    /// Whether a layer takes away what is below it.
    fn takes_away(&self, place: usize, view: &View) -> bool {
        self.plan(place).view.keys().any(|path| !view.contains_key(path))
    }

    fn app(&self, view: &View) -> Result<Option<AppSection>, Failure> {
        let run = self.config.config.as_ref();
        let list = |of: Option<&Option<Vec<String>>>| of.cloned().flatten().unwrap_or_default();
        let environment = environment(&list(run.map(|run| &run.env)));
        let mut exec = list(run.map(|run| &run.entrypoint));
        exec.extend(list(run.map(|run| &run.cmd)));
        let Some(program) = exec.first_mut() else { return Ok(None) };
        let path = environment.iter().find(|of| of.name == "PATH");
        *program = found(program, path.map_or(PATH, |of| &of.value), view)?;
        let user = run.and_then(|run| run.user.clone()).unwrap_or_default();
        let (user, group) = user.split_once(':').unwrap_or((&user, ""));
        let or_root = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
        let folder = run.and_then(|run| run.working_dir.clone());
        Ok(Some(AppSection {
            exec,
            user: or_root(user),
            group: or_root(group),
            working_directory: folder.filter(|path| path.starts_with('/')),
            environment,
            mount_points: run.map(mount_points).unwrap_or_default(),
            ports: run.map(ports).unwrap_or_default(),
            other: Map::new(),
        }))
    }

    fn annotations(&self) -> Vec<Label> {
        let own = [("created", &self.config.created), ("authors", &self.config.author)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let labels = self.config.config.iter().flat_map(|run| run.labels.iter().flatten());
        let labels = labels.filter_map(|(name, value)| Some((&**name, value.as_str()?.to_owned())));
        let mut seen = BTreeSet::new();
        own.chain(labels)
            .filter_map(|(name, value)| Some(Label { name: name.parse().ok()?, value }))
            .filter(|label| seen.insert(label.name.clone()))
            .collect()
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
            let what = "a layer takes something away, and this name is no UTF-8, as lists must be";
            wrong(what).context(path).hint("convert it into one image, without --layers")
        })
    };
    view.keys().map(name).collect()
}

/// Where a program lies that may be named without its folder.
fn found(program: &str, path: &str, view: &View) -> Result<String, Failure> {
    if program.starts_with('/') {
        return Ok(program.to_owned());
    }
    let is_there = |path: &String| {
        let place = TreePath::parse(path.as_bytes());
        place.is_ok_and(|place| view.get(&place).is_some_and(|seen| !seen.inode.is_folder()))
    };
    let folders = path.split(':').filter(|folder| folder.starts_with('/'));
    let places = folders.map(|folder| format!("{}/{program}", folder.trim_end_matches('/')));
    // A folder may be a link to another one, as /bin to /usr/bin.
    places.filter(|_| !program.contains('/')).find(is_there).ok_or_else(|| {
        wrong(format!("`{program}`, which it runs, is in none of {path}"))
            .hint("App Container Images run programs by their absolute paths")
    })
}

fn environment(list: &[String]) -> Vec<Variable> {
    let variable = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some(Variable { name: name.to_owned(), value: value.to_owned() })
    };
    list.iter().filter_map(variable).filter(Variable::is_good).collect()
}

fn ports(run: &RawRun) -> Vec<Port> {
    let port = |text: &String| {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        Some(Port {
            name: format!("{number}-{protocol}").parse().ok()?,
            protocol: Some(protocol).filter(|of| matches!(*of, "tcp" | "udp"))?.to_owned(),
            port: number.parse().ok().filter(|number| *number > 0)?,
            count: 1,
            other: Map::new(),
        })
    };
    run.exposed_ports.iter().flat_map(Map::keys).filter_map(port).collect()
}

fn mount_points(run: &RawRun) -> Vec<MountPoint> {
    let volumes = run.volumes.iter().flat_map(Map::keys).filter(|path| path.starts_with('/'));
    let point = |(place, path): (usize, &String)| {
        Some(MountPoint {
            name: format!("volume-{place}").parse().ok()?,
            path: path.clone(),
            other: Map::new(),
        })
    };
    volumes.enumerate().filter_map(point).collect()
}

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what.into())
}
