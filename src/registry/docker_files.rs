//! Where Docker and Podman store logins: all the variables and files that
//! either reads.

use std::{io, path::PathBuf};

use serde_json::{Map, Value};

use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
};

/// A variable with the content of a file.
const CONTENT: &str = "DOCKER_AUTH_CONFIG";

/// A file of Docker's or of Podman's.
pub(super) struct DockerFile {
    /// What it is called, for people.
    pub(super) name: String,
    pub(super) value: Map<String, Value>,
    /// Whether Docker wrote it, which knows its own registry by a URL.
    pub(super) is_dockers: bool,
}

/// All that there are: what a variable names goes before the usual places.
pub(super) fn files(environment: &Environment) -> Result<Vec<DockerFile>, Failure> {
    let mut found = Vec::new();
    if let Some(text) = environment.raw(CONTENT).filter(|text| !text.is_empty()) {
        let text = text.to_string_lossy().into_owned();
        found.push(DockerFile::parse(CONTENT.to_owned(), text.as_bytes(), true)?);
    }
    let podmans = |path| (path, false);
    let own = environment.path("REGISTRY_AUTH_FILE").map(podmans);
    let usual = own.is_none().then(|| podman_files(environment).into_iter().map(podmans));
    let dockers = docker_file(environment).map(|path| (path, true));
    let files = own.into_iter().chain(dockers).chain(usual.into_iter().flatten());
    for (path, is_dockers) in files {
        found.extend(DockerFile::read(&path, is_dockers)?);
    }
    if let Some(earlier) = home(environment).map(|home| home.join(".dockercfg")) {
        found.extend(DockerFile::read(&earlier, true)?.map(DockerFile::below_auths));
    }
    Ok(found)
}

impl DockerFile {
    /// A file; none where there is none.
    fn read(path: &PathBuf, is_dockers: bool) -> Result<Option<Self>, Failure> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(text) => Self::parse(name, &text, is_dockers).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&error).context(name)),
        }
    }

    fn parse(name: String, text: &[u8], is_dockers: bool) -> Result<Self, Failure> {
        // Podman makes an empty file before it first writes to it.
        if text.trim_ascii().is_empty() {
            return Ok(Self { name, value: Map::new(), is_dockers });
        }
        // Where the error is, and not what stands there.
        let value = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let why = format!("it is not a JSON object: line {line}, column {column}");
            unreadable(&why).context(&name)
        })?;
        Ok(Self { name, value, is_dockers })
    }

    /// Docker's first form holds nothing but entries.
    fn below_auths(self) -> Self {
        let entries = Value::Object(self.value);
        Self { value: Map::from_iter([("auths".to_owned(), entries)]), ..self }
    }
}

fn docker_file(environment: &Environment) -> Option<PathBuf> {
    let home = || Some(home(environment)?.join(".docker"));
    Some(environment.path("DOCKER_CONFIG").or_else(home)?.join("config.json"))
}

/// Of this session, and for good.
fn podman_files(environment: &Environment) -> Vec<PathBuf> {
    let config = config_home(environment);
    let runtime = environment.path("XDG_RUNTIME_DIR").map(|folder| folder.join("containers"));
    let user = rustix::process::getuid().as_raw();
    // Where there is no session, and which others may not even look into.
    let shared = || Some(PathBuf::from(format!("/run/containers/{user}"))).filter(|it| it.exists());
    let folders = [runtime.or_else(shared), config.map(|folder| folder.join("containers"))];
    folders.into_iter().flatten().map(|folder| folder.join("auth.json")).collect()
}

/// Where the user's settings are.
pub(super) fn config_home(environment: &Environment) -> Option<PathBuf> {
    environment.path("XDG_CONFIG_HOME").or_else(|| Some(home(environment)?.join(".config")))
}

pub(super) fn home(environment: &Environment) -> Option<PathBuf> {
    environment.path("HOME")
}

/// The failure of a file of logins that cannot be read.
pub(super) fn unreadable(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Unauthorized, Side::Local, why)
}
