//! Joins the files, fills in what they leave out, and checks what spans them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::de::DeTable;

use super::{
    ArtifactConfig, Config, SinkConfig,
    fields::{At, Fields, File},
    merge::merge_release,
    problem::Problems,
    raw::{RawConfig, RawFrom, RawSink},
    raw_signer::RawSigner,
    resolve_artifact::{Known, Referred, resolve_artifact, second_name},
    rivals,
};
use crate::model::{Origin, SignerName, SignerSpec, Signing, SinkName, SinkSpec};

/// Reads the project's file, and the user's beneath it where there is one.
/// Without a project, what is relative in neither file starts from `here`.
///
/// # Errors
///
/// Returns all mistakes of both files, or the file that cannot be read.
pub fn load(project: Option<&Path>, user: Option<&Path>, here: &Path) -> Result<Config, LoadError> {
    let mut files = Vec::new();
    for path in user.into_iter().filter(|path| path.exists()).chain(project) {
        let text = std::fs::read_to_string(path);
        let text =
            text.map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        files.push((path.to_owned(), text));
    }
    let Some(project) = project else { return Ok(joined(here.to_owned(), files, None)?) };
    let root =
        project.parent().filter(|root| !root.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    Ok(joined(root, files, Some(project.to_owned()))?)
}

/// A configuration that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file has mistakes.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// Reads files, the lowest first, each given by its path and text.
///
/// # Errors
///
/// Returns all mistakes of all files.
pub fn parse(root: PathBuf, files: Vec<(PathBuf, String)>) -> Result<Config, Problems> {
    let project = files.last().map(|(path, _)| path.clone());
    joined(root, files, project)
}

fn joined(
    root: PathBuf,
    files: Vec<(PathBuf, String)>,
    project: Option<PathBuf>,
) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let mut merged = RawConfig::default();
    let order: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    for (path, text) in files {
        let file = File { path: Arc::new(path), text: text.into() };
        merged = merge(merged, read(&file, &mut problems));
    }
    let home = Home { root, project };
    let config = resolve(&home, merged, &mut problems);
    let place = |path: &PathBuf| order.iter().position(|known| known == path);
    problems.0.sort_by_key(|problem| (place(&problem.at.file), problem.at.line));
    if problems.0.is_empty() { Ok(config) } else { Err(problems) }
}

fn read(file: &File, problems: &mut Problems) -> RawConfig {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        problems.add(&file.place(error.span().map_or(0, |span| span.start)), error.message(), None);
    }
    if !errors.is_empty() {
        // What could not be parsed would only be reported again as missing.
        return RawConfig::default();
    }
    RawConfig::read(Fields::new(file, "", table.into_inner(), file.place(0)), problems)
}

/// Lays `upper` over `lower`: tables by key, named entries as wholes.
fn merge(lower: RawConfig, upper: RawConfig) -> RawConfig {
    RawConfig {
        release: merge_release(lower.release, upper.release),
        artifacts: merge_named(lower.artifacts, upper.artifacts, |artifact| &artifact.name.value),
        signers: merge_named(lower.signers, upper.signers, |signer| &signer.name.value),
        sinks: merge_named(lower.sinks, upper.sinks, |sink| &sink.name.value),
        builders: upper.builders.over(lower.builders),
        engine: upper.engine.over(lower.engine),
        console: upper.console.over(lower.console),
    }
}

fn merge_named<T>(lower: Vec<T>, upper: Vec<T>, name: impl Fn(&T) -> &String) -> Vec<T> {
    let is_covered = |entry: &T| upper.iter().any(|other| name(other) == name(entry));
    let mut merged: Vec<T> = lower.into_iter().filter(|entry| !is_covered(entry)).collect();
    merged.extend(upper);
    merged
}

fn resolve(home: &Home, raw: RawConfig, problems: &mut Problems) -> Config {
    let own = raw.artifacts.iter().map(|artifact| artifact.name.clone());
    let artifact_names: Vec<At<String>> =
        own.chain(raw.artifacts.iter().filter_map(second_name)).collect();
    refuse_twins(artifact_names.iter(), "artifact", problems);
    refuse_twins(raw.sinks.iter().map(|sink| &sink.name), "sink", problems);
    let sinks: Vec<SinkConfig> =
        raw.sinks.into_iter().filter_map(|sink| resolve_sink(&home.root, sink, problems)).collect();
    refuse_twins(raw.signers.iter().map(|signer| &signer.name), "signer", problems);
    let names = |at: &At<String>| at.value.clone();
    let known = Known {
        sinks: sinks.iter().map(|sink| sink.spec.name.0.clone()).collect(),
        signers: raw
            .signers
            .iter()
            .map(|signer| (names(&signer.name), signer.with.as_ref().map(Signing::kind)))
            .collect(),
    };
    let signers = raw.signers.into_iter();
    let signers: Vec<SignerSpec> =
        signers.filter_map(|signer| resolve_signer(home, signer)).collect();
    let trees: BTreeMap<String, PathBuf> = raw
        .artifacts
        .iter()
        .filter_map(|artifact| match &artifact.from {
            Some(RawFrom::Origin(Origin::Files(path))) => {
                Some((artifact.name.value.clone(), path.clone()))
            }
            _ => None,
        })
        .collect();
    let artifacts = raw.artifacts.into_iter();
    let referred = Referred { trees: &trees, known: &known, signers: &signers };
    let artifacts: Vec<ArtifactConfig> = artifacts
        .flat_map(|artifact| resolve_artifact(artifact, &raw.release, &referred, problems))
        .collect();
    let immutable = raw.release.immutable.clone().unwrap_or_default();
    let console = raw.console.resolve(problems);
    let root = home.root.clone();
    let builders = raw.builders.resolve(|file| home.of(file).to_path_buf());
    let engine = raw.engine.resolve();
    let config = Config { root, artifacts, sinks, signers, builders, immutable, engine, console };
    rivals::refuse(&config, &artifact_names, problems);
    config
}

/// Where relative paths start from.
struct Home {
    /// For what the project's file says.
    root: PathBuf,
    project: Option<PathBuf>,
}

impl Home {
    /// The folder for what `file` says.
    fn of<'h>(&'h self, file: &'h Path) -> &'h Path {
        let is_project = self.project.as_deref() == Some(file);
        if is_project { &self.root } else { file.parent().unwrap_or(&self.root) }
    }
}

fn refuse_twins<'n>(
    names: impl Iterator<Item = &'n At<String>>,
    what: &str,
    problems: &mut Problems,
) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        if let Some(line) = seen.insert(&name.value, name.at.line) {
            problems.add(
                &name.at,
                format!("{what} `{}` is already defined in line {line}", name.value),
                None,
            );
        }
        if name.value.is_empty()
            || name.value.chars().any(|c| c.is_control() || c == '/' || c == ',')
        {
            problems.add(
                &name.at,
                format!(
                    "`{}` cannot be the name of {what}s: remove slashes and commas",
                    name.value
                ),
                None,
            );
        }
    }
}

fn resolve_sink(root: &Path, raw: RawSink, problems: &mut Problems) -> Option<SinkConfig> {
    let url = raw.url?;
    let is_registry = matches!(url.value, crate::model::SinkUrl::Registry { .. });
    if (raw.insecure || raw.ca.is_some()) && !is_registry {
        problems.add(&url.at, "`insecure` and `ca` are only for docker:// sinks", None);
    }
    let spec = SinkSpec {
        name: SinkName(raw.name.value),
        url: url.value.map_path(|path| root.join(path)),
        insecure: raw.insecure,
        ca: raw.ca.map(|path| root.join(path)),
        platform_tags: raw.platform_tags,
        read_only: raw.read_only,
        login: None,
        registry: None,
    };
    Some(SinkConfig { spec, repository: raw.repository.unwrap_or_else(|| "{name}".to_owned()) })
}

fn resolve_signer(home: &Home, raw: RawSigner) -> Option<SignerSpec> {
    let with = raw.with?.map_paths(|path| home.of(&raw.name.at.file).join(path));
    Some(SignerSpec { name: SignerName(raw.name.value), passphrase: raw.passphrase, with })
}
