//! How an OCI image runs, as an App Container Image says it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::wrong;
use crate::{
    aci::{
        AppSection, Label, MountPoint, Port, TreePath, Variable, View, manifest::check_annotation,
    },
    model::Failure,
};

/// The folders that programs are looked for in where an image does not say.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is asked of an OCI image's configuration.
#[derive(Default, Deserialize)]
pub(super) struct OciConfig {
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

impl OciConfig {
    /// How it runs; none where it says no program. `view` is its tree.
    pub(super) fn app(&self, view: &View) -> Result<Option<AppSection>, Failure> {
        let run = self.config.as_ref();
        let list = |of: Option<&Option<Vec<String>>>| of.cloned().flatten().unwrap_or_default();
        let environment = environment(&list(run.map(|run| &run.env)));
        let mut exec = list(run.map(|run| &run.entrypoint));
        exec.extend(list(run.map(|run| &run.cmd)));
        let Some(program) = exec.first_mut() else { return Ok(None) };
        let path = environment.iter().find(|of| of.name == "PATH");
        let folder = run.and_then(|run| run.working_dir.clone());
        let folder = folder.filter(|path| path.starts_with('/'));
        let within = folder.as_deref().unwrap_or("/");
        *program = found(program, within, path.map_or(PATH, |of| &of.value), view)?;
        let user = run.and_then(|run| run.user.clone()).unwrap_or_default();
        let (user, group) = user.split_once(':').unwrap_or((&user, ""));
        let or_root = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
        Ok(Some(AppSection {
            exec,
            user: or_root(user),
            group: or_root(group),
            working_directory: folder,
            environment,
            mount_points: run.map(mount_points).unwrap_or_default(),
            ports: run.map(ports).unwrap_or_default(),
            other: Map::new(),
        }))
    }

    pub(super) fn annotations(&self) -> Vec<Label> {
        let own = [("created", &self.created), ("authors", &self.author)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let labels = self.config.iter().flat_map(|run| run.labels.iter().flatten());
        let labels = labels.filter_map(|(name, value)| Some((&**name, value.as_str()?.to_owned())));
        let mut seen = BTreeSet::new();
        own.chain(labels)
            .filter_map(|(name, value)| Some(Label { name: name.parse().ok()?, value }))
            .filter(|label| check_annotation(label).is_ok())
            .filter(|label| seen.insert(label.name.clone()))
            .collect()
    }
}

/// Where a program lies that may be named without its folder, and that starts
/// in the folder `within`.
fn found(program: &str, within: &str, path: &str, view: &View) -> Result<String, Failure> {
    if program.starts_with('/') {
        return Ok(program.to_owned());
    }
    if program.contains('/') {
        let program = program.trim_start_matches("./");
        return Ok(format!("{}/{program}", within.trim_end_matches('/')));
    }
    let is_there = |path: &String| {
        let place = TreePath::parse(path.as_bytes());
        place.is_ok_and(|place| view.get(&place).is_some_and(|seen| !seen.inode.is_folder()))
    };
    let folders = path.split(':').filter(|folder| folder.starts_with('/'));
    let mut places = folders.map(|folder| format!("{}/{program}", folder.trim_end_matches('/')));
    // A folder may be a link to another one, as /bin to /usr/bin.
    places.find(is_there).ok_or_else(|| {
        wrong(format!("`{program}`, which it runs, is not in {path}"))
            .hint("give the program's absolute path: App Container Images have no search path")
    })
}

fn environment(list: &[String]) -> Vec<Variable> {
    let read = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some(Variable { name: name.to_owned(), value: value.to_owned() })
    };
    let all = list.iter().filter_map(read).filter(Variable::is_good);
    // Of several values the last one counts, as it does for programs.
    let values: BTreeMap<String, String> = all.clone().map(|of| (of.name, of.value)).collect();
    let mut seen = BTreeSet::new();
    all.filter(|of| seen.insert(of.name.clone()))
        .map(|of| Variable { value: values[&of.name].clone(), ..of })
        .collect()
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
