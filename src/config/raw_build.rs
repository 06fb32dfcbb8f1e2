//! `[builders]`: where images are built.

use std::path::{Path, PathBuf};

use super::{
    fields::{FieldValue, Fields, TextOrTables},
    problem::{ConfigLine, Problems},
};
use crate::model::{BUILDS_AT_ONCE, Builder, Builders, EngineTls, EngineUrl, Platform};

/// What stands for every platform that has no engine of its own.
const DEFAULT: &str = "default";

/// `[builders]` of one file.
#[derive(Default)]
pub(super) struct RawBuilders(Vec<FieldValue<(Option<Platform>, Builder)>>);

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
                builders.push(FieldValue { value: (platform, builder), at: key.at });
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
        for FieldValue { value: (platform, builder), at } in self.0 {
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
    key: &FieldValue<String>,
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

fn parsed(text: &str, at: &ConfigLine, problems: &mut Problems) -> Option<EngineUrl> {
    text.parse().map_err(|error| problems.add(at, error, None)).ok()
}
