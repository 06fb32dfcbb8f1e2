//! What Podman and its kin are told of registries
//! (containers-registries.conf(5)), as far as castoff follows it: a registry
//! that is blocked is refused, and one that is insecure may be spoken to so.
//! Where an entry sends elsewhere, that is told and not done.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::docker_files::config_home;
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
};

const FILE: &str = "registries.conf";

/// What is said of one host and its repositories.
#[derive(Debug, Default)]
pub(super) struct RegistryRules(Vec<RegistryRule>);

#[derive(Debug)]
struct RegistryRule {
    file: PathBuf,
    raw: RegistryTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RegistriesConf {
    registry: Vec<RegistryTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RegistryTable {
    prefix: String,
    location: String,
    insecure: bool,
    blocked: bool,
    mirror: Vec<toml::Table>,
}

impl RegistryRules {
    /// Those for `host`, in the files that the environment leads to.
    ///
    /// # Errors
    ///
    /// Fails where a file cannot be read.
    pub(super) fn of(host: &str, environment: &Environment) -> Result<Self, Failure> {
        let mut rules: Vec<RegistryRule> = Vec::new();
        for file in files(environment)? {
            for raw in read(&file)?.registry {
                let rule = RegistryRule { file: file.clone(), raw };
                // What is read later goes before.
                rules.retain(|known| known.prefix() != rule.prefix());
                rules.extend(rule.concerns(host).then_some(rule));
            }
        }
        Ok(Self(rules))
    }

    /// Whether all of the registry is insecure.
    pub(super) fn is_insecure(&self, host: &str) -> bool {
        self.about(host).is_some_and(|rule| rule.raw.insecure && !rule.leads_away())
    }

    /// What is not followed of what is said of `name`, which is a repository
    /// with its host.
    ///
    /// # Errors
    ///
    /// Fails where it is blocked.
    pub(super) fn check(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(rule) = self.about(name) else { return Ok(None) };
        let (prefix, file) = (rule.prefix(), rule.file.display());
        if rule.raw.blocked {
            let why = format!("it blocks `{prefix}`");
            return Err(Failure::new(FailureKind::Forbidden, Side::Local, why)
                .context(file)
                .hint("to use the registry, remove `blocked = true`"));
        }
        let what = if rule.leads_away() {
            format!("that `{prefix}` is at `{}`", rule.raw.location)
        } else if !rule.raw.mirror.is_empty() {
            format!("that `{prefix}` has mirrors")
        } else if rule.raw.insecure && prefix.contains('/') {
            format!("that `{prefix}` alone is insecure")
        } else {
            return Ok(None);
        };
        Ok(Some(format!("{file} says {what}, which castoff ignores")))
    }

    /// The rule with the longest prefix.
    fn about(&self, name: &str) -> Option<&RegistryRule> {
        let fitting = self.0.iter().filter(|rule| rule.covers(name));
        fitting.max_by_key(|rule| rule.prefix().len())
    }
}

impl RegistryRule {
    fn prefix(&self) -> &str {
        let RegistryTable { prefix, location, .. } = &self.raw;
        if prefix.is_empty() { location } else { prefix }
    }

    fn leads_away(&self) -> bool {
        let location = &self.raw.location;
        !location.is_empty() && location != self.prefix()
    }

    fn concerns(&self, host: &str) -> bool {
        let first = self.prefix().split('/').next().unwrap_or_default();
        first == host || covers_host(first, host)
    }

    fn covers(&self, name: &str) -> bool {
        let prefix = self.prefix();
        let host = name.split('/').next().unwrap_or_default();
        let below = name.strip_prefix(prefix);
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
            || covers_host(prefix, host)
    }
}

/// Whether `*.DOMAIN` covers a host.
fn covers_host(prefix: &str, host: &str) -> bool {
    prefix.strip_prefix('*').is_some_and(|end| end.starts_with('.') && host.ends_with(end))
}

/// The file, and those that are dropped in beside it, the system's first.
fn files(environment: &Environment) -> Result<Vec<PathBuf>, Failure> {
    if let Some(only) = environment.path("CONTAINERS_REGISTRIES_CONF") {
        return Ok(vec![only]);
    }
    let user = config_home(environment).map(|config| config.join("containers"));
    let folders: Vec<PathBuf> =
        [Some(PathBuf::from("/etc/containers")), user].into_iter().flatten().collect();
    let mains: Vec<PathBuf> = folders.iter().map(|folder| folder.join(FILE)).collect();
    // The user's stands for the system's, and not beside it.
    let mut files: Vec<PathBuf> =
        mains.into_iter().rev().find(|file| file.exists()).into_iter().collect();
    for folder in folders {
        files.extend(dropped_in(&folder.join("registries.conf.d"))?);
    }
    Ok(files)
}

fn dropped_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Local, folder.display(), &error);
    let entries = match fs::read_dir(folder) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        entries => entries.map_err(failed)?,
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "conf"));
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<RegistriesConf, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::from_io(Side::Local, path.display(), &error))?;
    toml::from_str(&text).map_err(|error| {
        Failure::new(FailureKind::Invalid, Side::Local, error.message()).context(path.display())
    })
}
