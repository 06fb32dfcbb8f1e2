//! What one file says: each section read, nothing filled in.

use std::path::PathBuf;

use globset::Glob;

use super::{
    ImageOf, Version,
    fields::{At, Either, Fields},
    problem::Problems,
    raw_build::{
        RawBuilders, read_aci, read_dockerfile, read_image_builder, read_linuxkit, read_veea,
    },
    raw_console::RawConsole,
    raw_engine::RawEngine,
    raw_signer::{RawSigner, parts::read_command},
    required::required,
};
use crate::model::{AciRecipe, ImageSettings, Origin, Platform, SinkUrl, Tag, VeeaRecipe};

/// One file.
#[derive(Default)]
pub(super) struct RawConfig {
    pub(super) release: RawRelease,
    pub(super) artifacts: Vec<RawArtifact>,
    pub(super) sinks: Vec<RawSink>,
    pub(super) signers: Vec<RawSigner>,
    pub(super) builders: RawBuilders,
    pub(super) engine: RawEngine,
    pub(super) console: RawConsole,
}

/// `[release]`, and what an artifact may say for itself.
#[derive(Clone, Default)]
pub(super) struct RawRelease {
    pub(super) version: Option<Version>,
    pub(super) platforms: Option<Vec<Platform>>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) immutable: Option<Vec<String>>,
}

/// `[[artifact]]`.
pub(super) struct RawArtifact {
    pub(super) name: At<String>,
    pub(super) from: Option<RawFrom>,
    pub(super) own: RawRelease,
    pub(super) sinks: Option<Vec<At<String>>>,
    pub(super) repository: Option<String>,
    pub(super) sign: Option<Vec<At<String>>>,
    pub(super) checksums: bool,
}

/// `from = { … }`.
pub(super) enum RawFrom {
    Origin(Origin),
    ImageOf(ImageOf),
    /// An image directory, and the signer of its archives.
    Veea(VeeaRecipe, Option<At<String>>),
    /// App Container Images, which are released as OCI images and as files.
    Aci(AciRecipe),
}

/// `[[sink]]`.
pub(super) struct RawSink {
    pub(super) name: At<String>,
    pub(super) url: Option<At<SinkUrl>>,
    pub(super) insecure: bool,
    pub(super) ca: Option<String>,
    pub(super) platform_tags: bool,
    pub(super) read_only: bool,
    pub(super) repository: Option<String>,
}

impl RawConfig {
    pub(super) fn read(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Self {
        let release = fields.table("release", problems).map(|mut fields| {
            let release = RawRelease::read(&mut fields, problems);
            fields.finish(&[], problems);
            release
        });
        let artifacts = fields.tables("artifact", problems).into_iter();
        let artifacts =
            artifacts.filter_map(|fields| RawArtifact::read(fields, problems)).collect();
        let sinks = fields.tables("sink", problems).into_iter();
        let sinks = sinks.filter_map(|fields| RawSink::read(fields, problems)).collect();
        let signers = fields.tables("signer", problems).into_iter();
        let signers = signers.filter_map(|fields| RawSigner::read(fields, problems)).collect();
        let builders =
            fields.table("builders", problems).map(|fields| RawBuilders::read(fields, problems));
        let engine =
            fields.table("engine", problems).map(|fields| RawEngine::read(fields, problems));
        let console =
            fields.table("console", problems).map(|fields| RawConsole::read(fields, problems));
        fields.finish(&[], problems);
        Self {
            release: release.unwrap_or_default(),
            artifacts,
            sinks,
            signers,
            builders: builders.unwrap_or_default(),
            engine: engine.unwrap_or_default(),
            console: console.unwrap_or_default(),
        }
    }
}

impl RawRelease {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Self {
        Self {
            version: fields
                .either("version", problems)
                .and_then(|version| read_version(version, problems)),
            platforms: fields
                .list::<Platform>("platforms", problems)
                .map(|list| list.value.into_iter().map(|item| item.value).collect()),
            tags: read_tags(fields, problems),
            immutable: fields.list::<Glob>("immutable", problems).map(values_of_globs),
        }
    }
}

fn values_of_globs(globs: At<Vec<At<Glob>>>) -> Vec<String> {
    globs.value.into_iter().map(|glob| glob.value.glob().to_owned()).collect()
}

fn read_tags(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Vec<String>> {
    let tags = fields.list::<String>("tags", problems)?.value;
    for tag in &tags {
        let sample = super::fill(&tag.value, &[("version", "0")].into());
        match sample.map(|sample| sample.parse::<Tag>()) {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => problems.add(&tag.at, error, None),
            Err(name) => {
                problems.add(
                    &tag.at,
                    format!("`{{{name}}}` is not a variable of tags"),
                    Some(known_name("version")),
                );
            }
        }
    }
    Some(tags.into_iter().map(|tag| tag.value).collect())
}

fn known_name(name: &str) -> String {
    format!("the only one is `{{{name}}}`")
}

fn read_version(version: Either<'_, '_>, problems: &mut Problems) -> Option<Version> {
    let mut fields = match version {
        Either::Text(text) => return Some(Version::Text(text.value)),
        Either::List(list) => {
            problems.add(&list.at, "`version` must be a string or a table", None);
            return None;
        }
        Either::Table(fields) => fields,
    };
    let at = fields.place().clone();
    let git = fields.string("git", problems).and_then(|git| match git.value.as_str() {
        "describe" => Some(Version::GitDescribe),
        "tree" => Some(Version::GitTree),
        other => {
            let what = format!("`{other}` is not a way to ask git for a version");
            problems.add(&git.at, what, Some("write \"describe\" or \"tree\"".into()));
            None
        }
    });
    let env = fields.string("env", problems).map(|name| Version::Env(name.value));
    let command = fields
        .either("command", problems)
        .and_then(|command| read_command(command, "version.command", problems));
    let left = !fields.is_empty();
    fields.finish(&[], problems);
    let found: Vec<Version> =
        [git, env, command.map(Version::Command)].into_iter().flatten().collect();
    match <[Version; 1]>::try_from(found) {
        Ok([version]) => Some(version),
        Err(found) => {
            if !left && found.len() != 1 && problems.0.iter().all(|problem| problem.at != at) {
                problems.add(&at, "`version` must have one of `git`, `env` and `command`", None);
            }
            None
        }
    }
}

impl RawArtifact {
    fn read(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let name = fields.string("name", problems);
        let from = fields.table("from", problems);
        let at = fields.place().clone();
        if from.is_none() && problems.0.iter().all(|problem| problem.at != at) {
            problems.add(
                &at,
                "`artifact.from` is missing",
                Some("write it as from = { archives = \"docker/\" }".into()),
            );
        }
        let artifact = Self {
            from: from.and_then(|fields| read_from(fields, problems)),
            own: RawRelease::read(&mut fields, problems),
            sinks: fields.list("sinks", problems).map(|list| list.value),
            repository: read_repository(&mut fields, problems),
            sign: fields.list("sign", problems).map(|list| list.value),
            checksums: fields.bool("checksums", problems).unwrap_or_default(),
            name: required(name, &at, "artifact.name", problems)?,
        };
        fields.finish(&[], problems);
        Some(artifact)
    }
}

fn read_repository(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<String> {
    let At { value, at } = fields.string("repository", problems)?;
    match super::fill(&value, &[("name", "a")].into())
        .map(|sample| sample.parse::<crate::model::Repository>())
    {
        Ok(Ok(_)) => Some(value),
        Ok(Err(error)) => {
            problems.add(&at, error, None);
            None
        }
        Err(name) => {
            problems.add(
                &at,
                format!("`{{{name}}}` is not a variable of repositories"),
                Some(known_name("name")),
            );
            None
        }
    }
}

fn read_from(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Option<RawFrom> {
    let at = fields.place().clone();
    let mut found = Vec::new();
    let mut path = |key| fields.string(key, problems).map(|path| PathBuf::from(path.value));
    found.extend(path("archives").map(Origin::Archives).map(RawFrom::Origin));
    found.extend(path("layout").map(Origin::Layout).map(RawFrom::Origin));
    found.extend(path("files").map(Origin::Files).map(RawFrom::Origin));
    let recipe = read_dockerfile(&mut fields, problems);
    for recipe in recipe.into_iter().chain(read_linuxkit(&mut fields, problems)) {
        let (recipe, platforms) = (Box::new(recipe), Vec::new());
        found.push(RawFrom::Origin(Origin::Build { recipe, platforms }));
    }
    if let Some(recipe) = read_image_builder(&mut fields, problems) {
        let (recipe, platforms) = (Box::new(recipe), Vec::new());
        found.push(RawFrom::Origin(Origin::Build { recipe, platforms }));
    }
    if let Some((recipe, signer)) = read_veea(&mut fields, problems) {
        found.push(RawFrom::Veea(recipe, signer));
    }
    found.extend(read_aci(&mut fields, problems).map(RawFrom::Aci));
    if let Some(artifact) = fields.string("image_of", problems) {
        let settings = read_settings(&mut fields, problems);
        found.push(RawFrom::ImageOf(ImageOf { artifact, settings }));
    }
    let mistaken = !fields.is_empty();
    fields.finish(&[], problems);
    if found.len() != 1 && !mistaken {
        problems.add(
            &at,
            "`artifact.from` must have one of `archives`, `layout`, `files`, `image_of`, `dockerfile`, `linuxkit`, `image_builder`, `veea` and `aci`",
            None,
        );
    }
    found.pop()
}

fn read_settings(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> ImageSettings {
    let list = |found: Option<At<Vec<At<String>>>>| {
        found.into_iter().flat_map(|list| list.value).map(|item| item.value).collect()
    };
    ImageSettings {
        entrypoint: list(fields.list("entrypoint", problems)),
        cmd: list(fields.list("cmd", problems)),
        env: fields.map("env", problems),
        labels: fields.map("labels", problems),
        ports: list(fields.list("ports", problems)),
        user: fields.string("user", problems).map(|user| user.value),
        workdir: fields.string("workdir", problems).map(|workdir| workdir.value),
    }
}

impl RawSink {
    fn read(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let at = fields.place().clone();
        let name = fields.string("name", problems);
        let before = problems.0.len();
        let url = fields.parse("url", problems);
        if url.is_none() && problems.0.len() == before {
            problems.add(
                &at,
                "`sink.url` is missing",
                Some("write it as url = \"oci:dist/release\"".into()),
            );
        }
        let sink = Self {
            url,
            insecure: fields.bool("insecure", problems).unwrap_or_default(),
            ca: fields.string("ca", problems).map(|path| path.value),
            platform_tags: fields.bool("platform_tags", problems).unwrap_or_default(),
            read_only: fields.bool("read_only", problems).unwrap_or_default(),
            repository: read_repository(&mut fields, problems),
            name: required(name, &at, "sink.name", problems)?,
        };
        fields.finish(&[], problems);
        Some(sink)
    }
}
