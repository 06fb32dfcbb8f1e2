//! What would be built from what, as far as the payload alone tells: no server is
//! asked.

use std::{
    io::{self, Write},
    path::{Component, Path},
};

use serde::Serialize;

use crate::{
    error::Error,
    model::{Platform, SinkUrl, escape},
    recipe::image_builder::{ARGUMENT, BuildContext, Image, Payload, Source, shown},
};

/// What a repository's root is called before there is one.
const ROOT: &str = "<root>";

/// One image of a payload.
#[derive(Serialize)]
struct Preview {
    reference: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_dir: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_arg: Option<String>,
    platforms: Vec<String>,
}

pub(super) fn show(payload: &Payload, as_json: bool, out: &mut impl Write) -> Result<(), Error> {
    let previews: Vec<Preview> =
        payload.images.iter().map(|image| Preview::of(payload, image)).collect();
    if as_json {
        serde_json::to_writer_pretty(&mut *out, &previews).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    for preview in previews {
        preview.print(out)?;
    }
    Ok(())
}

impl Preview {
    fn of(payload: &Payload, image: &Image) -> Self {
        let registry = match &payload.registry.url {
            SinkUrl::Registry { host, namespace } if namespace.is_empty() => host.clone(),
            SinkUrl::Registry { host, namespace } => format!("{host}/{namespace}"),
            other => other.to_string(),
        };
        let mut preview = Self {
            reference: format!("{registry}/{}", image.name()),
            source: String::new(),
            build_dir: None,
            dockerfile: None,
            dockerfile_from: None,
            build_arg: image.base.as_ref().map(|base| format!("{ARGUMENT}={base}")),
            platforms: image.platforms.iter().map(Platform::to_string).collect(),
        };
        preview.tell(&payload.source);
        preview
    }

    fn tell(&mut self, source: &Source) {
        match source {
            Source::Git(git) => {
                self.source = format!("{} at {}", git.remote.url(), git.version);
                self.build_dir = Some(below_root(&git.workdir));
                self.dockerfile = Some(below_root(&git.dockerfile));
            }
            Source::Dockerfile { file, context } => {
                self.dockerfile = Some(below_root("Dockerfile"));
                self.dockerfile_from = Some(shown(&file.url));
                match context {
                    Some(BuildContext { remote, subdir }) => {
                        remote.url().clone_into(&mut self.source);
                        self.build_dir = Some(below_root(subdir));
                    }
                    None => self.source = shown(&file.url),
                }
            }
            Source::Archive(file) => self.source = shown(&file.url),
        }
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", escape(&self.reference))?;
        let platforms = match &self.platforms[..] {
            [] => None,
            some => Some(some.join(",")),
        };
        let rows = [
            ("source", Some(&self.source)),
            ("build dir", self.build_dir.as_ref()),
            ("Dockerfile", self.dockerfile.as_ref()),
            ("  from", self.dockerfile_from.as_ref()),
            ("build arg", self.build_arg.as_ref()),
            ("platforms", platforms.as_ref()),
        ];
        for (name, value) in rows {
            if let Some(value) = value {
                writeln!(out, "  {name:<10}  {}", escape(value))?;
            }
        }
        Ok(())
    }
}

/// A path within a repository, without detours.
fn below_root(path: &str) -> String {
    let mut parts: Vec<&str> = vec![ROOT];
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str().unwrap_or_default()),
            Component::ParentDir => {
                parts.pop();
            }
            _ => {}
        }
    }
    parts.join("/")
}
