//! What the servers can do that castoff has tried, remembered for each.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::PathBuf,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    config::Paths,
    model::{Abilities, Can, SinkSpec, SinkUrl},
};

/// What a server can do, and when that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) at: Timestamp,
    pub(crate) can: Abilities,
}

/// The file of what was tried.
pub(crate) struct Hosts(PathBuf);

impl Tried {
    /// A line for each ability.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |(name, can, otherwise): (&str, Can, &str)| match can {
            Can::No => format!("{name:<20} {can}: {otherwise}"),
            _ => format!("{name:<20} {can}"),
        };
        self.can.rows().map(line).to_vec()
    }
}

impl Hosts {
    pub(crate) fn of(paths: &Paths) -> Self {
        Self(paths.state.join("hosts.json"))
    }

    /// What was tried at a server; none where nothing was, or where the file
    /// cannot be read, since all of it can be tried again.
    pub(crate) fn get(&self, spec: &SinkSpec) -> Option<Tried> {
        self.read().remove(&name(spec))
    }

    /// Remembers what was tried just now.
    pub(crate) fn put(&self, spec: &SinkSpec, can: Abilities) -> io::Result<Tried> {
        let tried = Tried { at: crate::app::wiring::clock::now(), can };
        let mut all = self.read();
        all.insert(name(spec), tried.clone());
        let folder = self.0.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(&all)?)?;
        file.persist(&self.0)?;
        Ok(tried)
    }

    fn read(&self) -> BTreeMap<String, Tried> {
        let bytes = fs::read(&self.0).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

/// Namespaces of one registry are one server.
fn name(spec: &SinkSpec) -> String {
    match &spec.url {
        SinkUrl::Registry { host, .. } => format!("docker://{host}"),
        url => url.to_string(),
    }
}
