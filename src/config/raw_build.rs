//! What says how an image is built, and `[builders]`, which says where.

use std::path::{Path, PathBuf};

use super::{
    fields::{At, Fields, TextOrTables},
    problem::{Place, Problems},
    raw_signer::parts::read_source,
};
use crate::model::{
    AciRecipe, BUILDS_AT_ONCE, Builder, Builders, Compat, DockerfileRecipe, EngineTls, EngineUrl,
    ImageBuilderRecipe, LinuxkitRecipe, PartnerId, Platform, Recipe, VeeaRecipe,
};

/// What stands for every platform that has no engine of its own.
const DEFAULT: &str = "default";

/// `[builders]` of one file.
#[derive(Default)]
pub(super) struct RawBuilders(Vec<At<(Option<Platform>, Builder)>>);

impl RawBuilders {
    pub(super) fn read(fields: Fields<'_, '_>, problems: &mut Problems) -> Self {
        let mut builders = Vec::new();
        for (key, value) in fields.rest(problems) {
            let platform = match key.value.as_str() {
                DEFAULT => None,
                text => match text.parse() {
                    Ok(platform) => Some(platform),
                    Err(error) => {
                        let hint = format!("write a platform, or `{DEFAULT}` for all others");
                        problems.add(&key.at, error, Some(hint));
                        continue;
                    }
                },
            };
            if let Some(builder) = read_builder(&key, value, problems) {
                builders.push(At { value: (platform, builder), at: key.at });
            }
        }
        Self(builders)
    }

    /// What this says, and where it says nothing what `lower` says.
    pub(super) fn over(self, lower: Self) -> Self {
        let is_covered = |of: &Option<Platform>| self.0.iter().any(|own| own.value.0 == *of);
        let kept: Vec<_> =
            lower.0.into_iter().filter(|entry| !is_covered(&entry.value.0)).collect();
        Self(kept.into_iter().chain(self.0).collect())
    }

    /// The engines, with paths from the folder that `home` tells for a file.
    pub(super) fn resolve(self, home: impl Fn(&Path) -> PathBuf) -> Builders {
        let mut builders = Builders::default();
        for At { value: (platform, builder), at } in self.0 {
            let builder = below(&home(&at.file), builder);
            match platform {
                Some(platform) => builders.for_platforms.push((platform, builder)),
                None => builders.default = Some(builder),
            }
        }
        builders
    }
}

fn below(folder: &Path, Builder { engine, jobs }: Builder) -> Builder {
    let engine = match engine {
        EngineUrl::Tcp { address, tls } => {
            let tls = tls.map(|EngineTls { ca, identity }| EngineTls {
                ca: ca.map(|path| folder.join(path)),
                identity: identity
                    .map(|(certificate, key)| (folder.join(certificate), folder.join(key))),
            });
            EngineUrl::Tcp { address, tls }
        }
        other => other,
    };
    Builder { engine, jobs }
}

/// A text, or a table with `url` and what goes with it.
fn read_builder(
    key: &At<String>,
    value: TextOrTables<'_, '_>,
    problems: &mut Problems,
) -> Option<Builder> {
    let mut fields = match value {
        TextOrTables::Text(text) => {
            return parsed(&text, &key.at, problems).map(Builder::at);
        }
        TextOrTables::Tables(tables) => tables.into_iter().next()?,
    };
    let at = fields.place().clone();
    let before = problems.0.len();
    let url = fields.parse::<EngineUrl>("url", problems);
    let jobs = fields.count("jobs", problems).unwrap_or(BUILDS_AT_ONCE);
    let mut path = |key| fields.string(key, problems).map(|path| PathBuf::from(path.value));
    let (ca, certificate, own) = (path("ca"), path("certificate"), path("key"));
    let tls = fields.bool("tls", problems).unwrap_or_default();
    fields.finish(&[], problems);
    if url.is_none() && problems.0.len() == before {
        let hint = "write it as url = \"ssh://build@arm.example.org\"";
        problems.add(&at, "`url` is missing", Some(hint.into()));
    }
    let identity = match (certificate, own) {
        (Some(certificate), Some(own)) => Some((certificate, own)),
        (None, None) => None,
        _ => {
            problems.add(&at, "`certificate` and `key` belong together", None);
            return None;
        }
    };
    let has_tls = tls || ca.is_some() || identity.is_some();
    let engine = match url?.value {
        EngineUrl::Tcp { address, .. } => {
            EngineUrl::Tcp { address, tls: has_tls.then_some(EngineTls { ca, identity }) }
        }
        other if has_tls => {
            problems.add(&at, "TLS is only for tcp://", None);
            other
        }
        other => other,
    };
    Some(Builder { engine, jobs })
}

fn parsed(text: &str, at: &Place, problems: &mut Problems) -> Option<EngineUrl> {
    text.parse().map_err(|error| problems.add(at, error, None)).ok()
}

/// `dockerfile = …`, with what goes with it; none where that is not said.
pub(super) fn read_dockerfile(
    fields: &mut Fields<'_, '_>,
    problems: &mut Problems,
) -> Option<Recipe> {
    let path = fields.string("dockerfile", problems)?.value;
    let text = |found: Option<At<String>>| found.map(|text| text.value);
    let mut recipe = DockerfileRecipe {
        dockerfile: path.into(),
        context: text(fields.string("context", problems)).map(PathBuf::from),
        target: text(fields.string("target", problems)),
        args: fields.map("args", problems),
        labels: fields.map("labels", problems),
        annotations: fields.map("annotations", problems),
        no_network: fields.bool("network", problems) == Some(false),
        no_cache: fields.bool("cache", problems) == Some(false),
        ..DockerfileRecipe::default()
    };
    let secrets = fields.table("secrets", problems).map(|fields| fields.rest(problems));
    for (id, value) in secrets.unwrap_or_default() {
        let TextOrTables::Tables(tables) = value else {
            let hint = format!("write it as {} = {{ keyring = \"NAME\" }}", id.value);
            problems.add(&id.at, "a secret must be a table that names its source", Some(hint));
            continue;
        };
        let key = format!("secrets.{}", id.value);
        let sources = tables.into_iter().filter_map(|fields| read_source(fields, &key, problems));
        recipe.secrets.insert(id.value, sources.collect());
    }
    Some(Recipe::Dockerfile(recipe))
}

/// `image_builder = …`, and which of its images.
pub(super) fn read_image_builder(
    fields: &mut Fields<'_, '_>,
    problems: &mut Problems,
) -> Option<Recipe> {
    let payload = fields.string("image_builder", problems)?.value.into();
    let image = fields.string("image", problems).map(|image| image.value);
    Some(Recipe::ImageBuilder(ImageBuilderRecipe {
        payload,
        image,
        ..ImageBuilderRecipe::default()
    }))
}

/// `linuxkit = …`, with what of the package is overridden; none where that is
/// not said.
pub(super) fn read_linuxkit(
    fields: &mut Fields<'_, '_>,
    problems: &mut Problems,
) -> Option<Recipe> {
    let folder = fields.string("linuxkit", problems)?.value;
    let compat = fields.string("compat", problems).map(|compat| read_compat(&compat, problems));
    let text = |found: Option<At<String>>| found.map(|text| text.value);
    let usual = LinuxkitRecipe::new(folder.into());
    let files = fields.list::<String>("build_arg_files", problems);
    Some(Recipe::Linuxkit(LinuxkitRecipe {
        compat: compat.unwrap_or_default(),
        org: text(fields.string("org", problems)),
        build_yml: text(fields.string("build_yml", problems)).unwrap_or(usual.build_yml),
        tag: text(fields.string("tag", problems)),
        network: fields.bool("network", problems),
        cache: fields.bool("cache", problems),
        build_arg_files: files
            .into_iter()
            .flat_map(|files| files.value)
            .map(|file| PathBuf::from(file.value))
            .collect(),
        ..LinuxkitRecipe::new(usual.folder)
    }))
}

/// `veea = …`, the partner that it is released for, and its signer; none where
/// that is not said.
pub(super) fn read_veea(
    fields: &mut Fields<'_, '_>,
    problems: &mut Problems,
) -> Option<(VeeaRecipe, Option<At<String>>)> {
    let folder = fields.string("veea", problems)?.value;
    let licenses = fields.list::<String>("licenses", problems);
    let recipe = VeeaRecipe {
        unauth: fields.bool("unauth", problems).unwrap_or_default(),
        partner: fields.parse::<PartnerId>("partner", problems).map(|partner| partner.value),
        certificate: fields.string("certificate", problems).map(|path| path.value.into()),
        licenses: licenses
            .into_iter()
            .flat_map(|licenses| licenses.value)
            .map(|path| PathBuf::from(path.value))
            .collect(),
        mtime: fields.bool("mtime", problems).unwrap_or_default(),
        no_cache: fields.bool("cache", problems) == Some(false),
        ..VeeaRecipe::new(folder.into())
    };
    Some((recipe, fields.string("signer", problems)))
}

/// `aci = [FILE, …]`, with the options of its kind.
pub(super) fn read_aci(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<AciRecipe> {
    let images = fields.list::<String>("aci", problems)?;
    if images.value.is_empty() {
        problems.add(&images.at, "`aci` lists no image", None);
    }
    let images = images.value.into_iter().map(|path| PathBuf::from(path.value)).collect();
    Some(AciRecipe {
        store: fields.string("store", problems).map(|path| path.value.into()),
        flatten: fields.bool("flatten", problems).unwrap_or_default(),
        platform: fields.parse("platform", problems).map(|platform| platform.value),
        ..AciRecipe::new(images)
    })
}

fn read_compat(text: &At<String>, problems: &mut Problems) -> Compat {
    match text.value.as_str() {
        "2020" => {}
        "2026" => return Compat::Year2026,
        _ => problems.add(&text.at, "`compat` must be \"2020\" or \"2026\"", None),
    }
    Compat::Year2020
}
