//! A configuration and the world, read only, become a release.
//!
//! [`sources`] looks at what is here and asks no server; [`sinks()`] then asks the
//! sinks what they hold. Neither writes anything, and neither reads content:
//! how large a layer will be that was never compressed is not known.

mod concurrency;
mod refusal;
mod select;
mod sinks;
mod tag_policy;
mod version;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use globset::Glob;

use self::{concurrency::at_once, refusal::invalid, select::Chosen};
use crate::{
    config::{ArtifactConfig, Config, SinkConfig, fill},
    environment::Environment,
    model::{
        Failure, Joining, Release, ReleaseArtifact, ReleaseTag, Repository, Selection, SignerName,
        SignerSpec, SinkName, SinkSpec, SinkUrl, nearest,
    },
    ports::{AskedOrigin, Makers, Wanted},
};

pub use sinks::{permissions, sinks};
pub use tag_policy::{read_only, written_once};

/// Looks at all sources that are selected.
///
/// # Errors
///
/// Returns all that is wrong, each with the artifact that it is about.
pub async fn sources(
    config: &Config,
    selection: &Selection,
    makers: &Makers,
    environment: &Environment,
) -> Result<Release, Vec<Failure>> {
    let mut failures = unknown_names(config, selection);
    let chosen = |names: &[String], name: &str| {
        names.is_empty() || names.iter().any(|chosen| chosen == name)
    };
    let artifacts =
        config.artifacts.iter().filter(|artifact| chosen(&selection.artifacts, &artifact.name.0));
    let sinks: Vec<&SinkConfig> =
        config.sinks.iter().filter(|sink| chosen(&selection.sinks, &sink.spec.name.0)).collect();
    let surveys = artifacts.map(async |artifact| {
        let survey = survey(config, artifact, selection, &sinks, (makers, environment)).await;
        survey.map_err(|failure| failure.context(format!("artifact `{}`", artifact.name)))
    });
    let mut found = Vec::new();
    for survey in at_once(surveys).await {
        match survey {
            Ok(artifact) => found.push(artifact),
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    found.retain(|artifact| !artifact.sinks.is_empty());
    Ok(Release {
        root: config.root.clone(),
        sinks: used(&sinks, &found),
        signers: signing(config, &found),
        artifacts: found,
    })
}

/// The sinks that something goes to.
fn used(sinks: &[&SinkConfig], artifacts: &[ReleaseArtifact]) -> Vec<SinkSpec> {
    let is_used =
        |name: &SinkName| artifacts.iter().any(|of| of.sinks.iter().any(|(sink, _)| sink == name));
    sinks.iter().map(|sink| sink.spec.clone()).filter(|sink| is_used(&sink.name)).collect()
}

/// The signers of something.
fn signing(config: &Config, artifacts: &[ReleaseArtifact]) -> Vec<SignerSpec> {
    let signs = |signer: &&SignerSpec| artifacts.iter().any(|of| of.signers.contains(&signer.name));
    let all = config.signers.iter().cloned().chain([SignerSpec::checksums()]);
    all.filter(|signer| signs(&signer)).collect()
}

/// The signers of an artifact. Unsigned sums are written without one.
fn signers(config: &Config, artifact: &ArtifactConfig) -> Vec<SignerName> {
    let signers = config.signers_of(artifact).into_iter().map(|of| of.name.clone());
    let mut signers: Vec<SignerName> = signers.collect();
    if artifact.checksums && signers.is_empty() {
        signers.push(SignerSpec::checksums().name);
    }
    signers
}

fn unknown_names(config: &Config, selection: &Selection) -> Vec<Failure> {
    let artifacts: Vec<&str> =
        config.artifacts.iter().map(|artifact| artifact.name.0.as_str()).collect();
    let sinks: Vec<&str> = config.sinks.iter().map(|sink| sink.spec.name.0.as_str()).collect();
    let mut failures = Vec::new();
    for (what, asked, known) in
        [("artifact", &selection.artifacts, artifacts), ("sink", &selection.sinks, sinks)]
    {
        for name in asked.iter().filter(|name| !known.contains(&name.as_str())) {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: {}", known.join(", ")),
            };
            failures.push(invalid(format!("there is no {what} named `{name}`")).hint(hint));
        }
    }
    failures
}

async fn survey(
    config: &Config,
    artifact: &ArtifactConfig,
    selection: &Selection,
    sinks: &[&SinkConfig],
    (makers, environment): (&Makers, &Environment),
) -> Result<ReleaseArtifact, Failure> {
    let from = artifact.from.clone().map_paths(|path| absolute(&config.root, path));
    let destinations = destinations(artifact, sinks)?;
    let wanted =
        Wanted { configured: artifact.platforms.clone(), selected: selection.platforms.clone() };
    let AskedOrigin { from, version, unpublishable } =
        makers.of(&from)?.ask(from.clone(), &wanted).await?;
    if let Some(failure) = unpublishable.filter(|_| is_published(&destinations, sinks)) {
        return Err(failure);
    }
    let tags = tags(config, artifact, version, environment).await?;
    let from = makers.of(&from)?.settled(from.clone()).await?;
    let found = makers.of(&from)?.survey(&from).await?;
    let Chosen { mut platforms, index, left_out } = select::select(artifact, selection, found)?;
    for platform in platforms.iter_mut().filter(|platform| platform.built_from.is_some()) {
        platform.builder =
            Some(crate::model::ConfigEntry::given(config.builders.of(&platform.platform)));
    }
    Ok(ReleaseArtifact {
        name: artifact.name.clone(),
        kind: artifact.kind(),
        stages: makers.of(&from)?.stages(&from),
        shares: makers.shared(&from),
        from,
        platforms,
        index,
        tags,
        sinks: destinations,
        signers: signers(config, artifact),
        joining: Joining::default(),
        elsewhere: Vec::new(),
        also: Vec::new(),
        left_out,
    })
}

/// Whether something goes farther than to the engine of this machine.
fn is_published(destinations: &[(SinkName, Repository)], sinks: &[&SinkConfig]) -> bool {
    destinations.iter().any(|(name, _)| {
        let sink = sinks.iter().find(|sink| sink.spec.name == *name);
        sink.is_some_and(|sink| sink.spec.url != SinkUrl::DockerDaemon)
    })
}

fn absolute(root: &Path, path: PathBuf) -> PathBuf {
    if path.is_absolute() { path } else { root.join(path) }
}

/// The sinks that the artifact goes to, each with its repository there.
fn destinations(
    artifact: &ArtifactConfig,
    sinks: &[&SinkConfig],
) -> Result<Vec<(SinkName, Repository)>, Failure> {
    let kind = artifact.kind();
    let mut destinations = Vec::new();
    for sink in sinks {
        let spec = &sink.spec;
        if !artifact.goes_to(spec) {
            continue;
        }
        if !spec.url.can_hold(kind) {
            return Err(invalid(format!(
                "sink `{}` ({}) cannot store {kind}",
                spec.name, spec.url
            )));
        }
        destinations.push((spec.name.clone(), repository_of(artifact, sink)?));
    }
    Ok(destinations)
}

/// What an artifact is called at a sink.
fn repository_of(artifact: &ArtifactConfig, sink: &SinkConfig) -> Result<Repository, Failure> {
    let template = artifact.repository.as_ref().unwrap_or(&sink.repository);
    let name = artifact.product_of.as_ref().unwrap_or(&artifact.name);
    let name = fill(template, &[("name", name.0.as_str())].into());
    let name =
        name.map_err(|name| invalid(format!("`{{{name}}}` is not a variable of repositories")))?;
    let repository = Repository::below(sink.spec.url.namespace(), &name);
    repository.map_err(|error| invalid(error.to_string()))
}

/// The tags of an artifact; `own` is the version that its source says it has.
async fn tags(
    config: &Config,
    artifact: &ArtifactConfig,
    own: Option<String>,
    environment: &Environment,
) -> Result<Vec<ReleaseTag>, Failure> {
    let version = match &artifact.version {
        Some(version) => Some(version::resolve(version, &config.root, environment).await?),
        None => own,
    };
    let mut values = BTreeMap::new();
    values.extend(version.as_deref().map(|version| ("version", version)));
    let mut tags: Vec<ReleaseTag> = Vec::new();
    for template in &artifact.tags {
        let text = fill(template, &values).map_err(|name| {
            invalid(format!("its tag `{template}` needs a {name}")).hint("set `release.version`")
        })?;
        let tag = text
            .parse()
            .map_err(|error: crate::model::ParseReferenceError| invalid(error.to_string()))?;
        if tags.iter().all(|known| known.tag != tag) {
            let immutable = is_immutable(&artifact.immutable, &text);
            let versioned = immutable || template.contains("{version}");
            tags.push(ReleaseTag { tag, immutable, versioned });
        }
    }
    if tags.is_empty() {
        return Err(invalid("it has no tag").hint("set `release.tags`"));
    }
    Ok(tags)
}

/// How many readings a pattern has at most, besides the one that is written.
const READINGS: usize = 16;

/// Whether a tag is written once, as one of the patterns says. A `?` after a
/// letter also stands for none of it: `v?[0-9]*` is `v1.0` and `1.0`.
#[must_use]
pub fn is_immutable(patterns: &[String], tag: &str) -> bool {
    let matches =
        |pattern: &str| Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(tag));
    patterns.iter().flat_map(|pattern| readings(pattern)).any(|pattern| matches(&pattern))
}

/// A pattern as it is written, and with each optional letter and without it.
fn readings(pattern: &str) -> Vec<String> {
    let mut read = vec![pattern.to_owned()];
    let mut plain = vec![String::new()];
    let letters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let is_optional = letter.is_ascii_alphanumeric() && letters.get(at + 1) == Some(&'?');
        let without =
            if is_optional && plain.len() < READINGS { plain.clone() } else { Vec::new() };
        for text in &mut plain {
            text.push(letter);
        }
        plain.extend(without);
        at += if is_optional { 2 } else { 1 };
    }
    read.extend(plain.into_iter().filter(|text| text != pattern));
    read
}
