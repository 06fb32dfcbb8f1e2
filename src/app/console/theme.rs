//! Which theme and which symbols fit the terminal.

use std::fs;

use supports_color::{Stream, on};

use crate::{
    cli::{Color, GlobalArgs},
    config::{ConsoleConfig, Paths},
    error::Error,
    tui::look::{ASCII, BUILT_IN, Depth, Look, Theme, ThemeError, UNICODE},
};

/// The themes to choose from, on this terminal.
pub(super) struct Themes {
    /// The user's own, each by its name and text.
    pub(super) own: Vec<(String, String)>,
    /// How many colours the terminal shows.
    pub(super) depth: Depth,
}

impl Themes {
    /// The user's own and the built-in ones, in the colours of this terminal.
    pub(super) fn new(paths: &Paths, global: &GlobalArgs) -> Self {
        Self { own: own_themes(paths), depth: depth(global) }
    }

    /// The theme of that name, in the colours that the terminal shows.
    pub(super) fn find(&self, name: &str) -> Result<Theme, Error> {
        // Without colours a theme of colours would tell nothing apart.
        let name = if self.depth == Depth::Mono { "mono" } else { name };
        let theme = Theme::named(name, &self.own).map_err(|error| refused(&error, &self.own))?;
        Ok(theme.reduced(self.depth))
    }

    /// How the console looks.
    pub(super) fn look(&self, config: &ConsoleConfig) -> Result<Look, Error> {
        let theme = self.find(config.theme.as_deref().unwrap_or(Theme::fitting(self.depth)))?;
        let ascii =
            config.ascii.unwrap_or_else(|| !supports_unicode::on(supports_unicode::Stream::Stdout));
        Ok(Look { theme, symbols: if ascii { &ASCII } else { &UNICODE } })
    }
}

/// The user's own themes: `themes/NAME.toml` beside the user's configuration,
/// each by its name and text. What cannot be read is noted in the log.
pub(super) fn own_themes(paths: &Paths) -> Vec<(String, String)> {
    let Some(folder) = paths.config.parent() else { return Vec::new() };
    let Ok(entries) = fs::read_dir(folder.join("themes")) else { return Vec::new() };
    let mut themes = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        match (name, fs::read_to_string(&path)) {
            (Some(name), Ok(text)) => themes.push((name, text)),
            (_, Err(error)) => tracing::warn!(path = %path.display(), %error, "a theme"),
            _ => {}
        }
    }
    themes.sort();
    themes
}

/// The names of all themes, the user's own last.
pub(super) fn names(own: &[(String, String)]) -> Vec<String> {
    let built_in = BUILT_IN.iter().map(|(name, _)| *name);
    let own = own.iter().map(|(name, _)| name.as_str());
    let new = own.filter(|name| BUILT_IN.iter().all(|(known, _)| known != name));
    built_in.chain(new).map(str::to_owned).collect()
}

/// How many colours the terminal shows.
fn depth(global: &GlobalArgs) -> Depth {
    let level = on(Stream::Stdout);
    match (global.color, level) {
        (Color::Never, _) | (Color::Auto, None) => Depth::Mono,
        (_, Some(level)) if level.has_16m => Depth::True,
        (_, Some(level)) if level.has_256 => Depth::Ansi256,
        _ => Depth::Ansi16,
    }
}

/// Why a theme cannot be had, and which there are.
pub(super) fn refused(error: &ThemeError, own: &[(String, String)]) -> Error {
    let shown = Error::configuration(error);
    match error {
        ThemeError::Unknown { near: Some(near), .. } => {
            shown.hint(format!("did you mean `{near}`?"))
        }
        ThemeError::Unknown { .. } => shown.hint(format!("known: {}", names(own).join(", "))),
        _ => shown,
    }
}
