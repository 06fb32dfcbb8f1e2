//! Build arguments, and those that stand for other packages.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::{
    identity::PackageName, linuxkit_recipe::LinuxkitRecipe, paths, read::identify, refusal::invalid,
};
use crate::{
    git::Git,
    model::{Failure, FailureKind, Side, escape},
};

/// What a value begins with that LinuxKit makes something of.
const SPECIAL: &str = "@lkt:";

/// Arguments in order, each once: what comes later overrides what came before.
#[derive(Default)]
pub(super) struct Args(pub(super) Vec<(String, String)>);

impl Args {
    pub(super) fn set(&mut self, key: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => value.clone_into(known),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
    }

    /// Sets what the user did not.
    pub(super) fn set_unless_given(&mut self, key: &str, value: &str) {
        if !self.0.iter().any(|(known, _)| known == key) {
            self.set(key, value);
        }
    }

    /// Takes in a line `KEY=VALUE` of a file in `folder`.
    pub(super) async fn take(
        &mut self,
        line: &str,
        folder: &Path,
        recipe: &LinuxkitRecipe,
        git: &Git,
    ) -> Result<(), Failure> {
        let (key, value) = line.split_once('=').ok_or_else(|| {
            invalid(format!("invalid build-arg, must be in format 'arg=value': {}", escape(line)))
        })?;
        let Some(special) = value.strip_prefix(SPECIAL) else {
            self.set(key, value);
            return Ok(());
        };
        if let Some(path) = special.strip_prefix("pkg:") {
            let found = identify(&recipe.beside(absolute(folder, path)), git).await;
            let package = found.map_err(|failure| failure.context(escape(line).to_string()))?;
            self.set(key, &package.reference());
            return Ok(());
        }
        let Some(pattern) = special.strip_prefix("pkgs:") else {
            return Err(invalid(format!("unknown linuxkit build arg value \"{}\"", escape(value)))
                .hint("write @lkt:pkg:PATH, or @lkt:pkgs:PATTERN with a % in the name"));
        };
        if !key.contains('%') {
            let what = format!("invalid build arg key \"{}\", must contain a '%'", escape(key));
            return Err(invalid(what));
        }
        for found in matching(&absolute(folder, pattern))? {
            let package = identify(&recipe.beside(found), git).await;
            let package = package.map_err(|failure| failure.context(escape(line).to_string()))?;
            self.set(&key.replace('%', &variable(&package)), &package.reference());
        }
        Ok(())
    }

    /// Takes in a file, a line each, but for empty lines and comments.
    pub(super) async fn take_file(
        &mut self,
        file: &Path,
        recipe: &LinuxkitRecipe,
        git: &Git,
    ) -> Result<(), Failure> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::from_io(Side::Source, file.display(), &error))?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let bare = format!("{}={}", key.trim(), value.trim());
            let line = if line.contains('=') { &bare } else { line };
            let at = |failure: Failure| failure.context(format!("{}:{number}", file.display()));
            self.take(line, folder, recipe, git).await.map_err(at)?;
        }
        Ok(())
    }
}

/// `linuxkit/some-init` as a part of a variable: `LINUXKIT_SOME_INIT`.
fn variable(package: &PackageName) -> String {
    package.name.as_str().replace(['/', '-'], "_").to_uppercase()
}

fn absolute(folder: &Path, path: &str) -> PathBuf {
    paths::clean(&folder.join(path))
}

/// The folders that a pattern matches, in order; those that are hidden are
/// not meant.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.components().filter_map(|part| match part {
        std::path::Component::Normal(part) => part.to_str(),
        _ => None,
    }) {
        found = below(found, part).map_err(|failure| failure.context(pattern.display()))?;
    }
    let is_hidden = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    found.retain(|path| path.is_dir() && !is_hidden(path));
    if found.is_empty() {
        let what = format!("no packages found matching path \"{}\"", pattern.display());
        return Err(Failure::new(FailureKind::NotFound, Side::Source, what));
    }
    Ok(found)
}

/// What of `folders` one part of a pattern matches.
fn below(folders: Vec<PathBuf>, part: &str) -> Result<Vec<PathBuf>, Failure> {
    if !part.contains(['*', '?', '[', '\\']) {
        let whole = folders.into_iter().map(|folder| folder.join(part));
        return Ok(whole.filter(|path| path.exists()).collect());
    }
    let glob = GlobBuilder::new(part).literal_separator(true).backslash_escape(true).build();
    let glob =
        glob.map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Source, &error))?;
    let matcher = glob.compile_matcher();
    let mut found = Vec::new();
    for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
        let failed =
            |error: std::io::Error| Failure::from_io(Side::Source, folder.display(), &error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if matcher.is_match(Path::new(&entry.file_name())) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
