//! Themes: which colour each meaning has.
//!
//! A theme is a TOML file with a style for each [`Role`]; what it leaves out
//! comes from the theme that it names as its `base`. Colours are reduced to
//! what the terminal shows.

use std::{collections::BTreeMap, str::FromStr};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::model::nearest;

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Ordinary text, and what lies behind it.
    Text,
    /// What matters less.
    Dim,
    /// Titles of panels and headings of columns.
    Title,
    /// The lines around a panel.
    Border,
    /// The same around the panel that the keys go to.
    Focus,
    /// The selected row or cell.
    Selected,
    /// The names of keys.
    Key,
    /// What is done.
    Good,
    /// What failed.
    Bad,
    /// What waits to be tried again, and warnings.
    Warn,
    /// What is under way.
    Active,
    /// The screen that is shown, among the others.
    Tab,
}

/// The colours of all roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// What it is called.
    pub name: String,
    styles: [Style; ROLES.len()],
}

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, underlined and reversed only.
    Mono,
    /// Its own sixteen.
    Ansi16,
    /// 256.
    Ansi256,
    /// All.
    True,
}

/// A theme that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// There is none of that name.
    #[error("there is no theme named `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest that there is.
        near: Option<String>,
    },
    /// Its file has a mistake.
    #[error("theme `{name}`")]
    Wrong {
        /// The name.
        name: String,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// It is built on itself.
    #[error("theme `{0}` is its own base")]
    Circular(String),
}

const ROLES: [Role; 12] = [
    Role::Text,
    Role::Dim,
    Role::Title,
    Role::Border,
    Role::Focus,
    Role::Selected,
    Role::Key,
    Role::Good,
    Role::Bad,
    Role::Warn,
    Role::Active,
    Role::Tab,
];

/// The themes that castoff brings along, each with its file's text.
pub const BUILT_IN: [(&str, &str); 6] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTheme {
    base: Option<String>,
    #[serde(default)]
    styles: BTreeMap<Role, RawStyle>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
struct RawStyle {
    #[serde(deserialize_with = "color")]
    fg: Option<Color>,
    #[serde(deserialize_with = "color")]
    bg: Option<Color>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

fn color<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Color>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || {
        let what =
            format!("`{text}` is not a colour: write #rrggbb, a name such as red, or 0 to 255");
        serde::de::Error::custom(what)
    };
    Color::from_str(&text).map(Some).map_err(|_| wrong())
}

impl Theme {
    /// The theme of that name: one of `own`, the user's, each given by its
    /// name and text, or a built-in one.
    ///
    /// # Errors
    ///
    /// Fails where there is none, or where its file has a mistake.
    pub fn named(name: &str, own: &[(String, String)]) -> Result<Self, ThemeError> {
        let mut styles = BTreeMap::new();
        let mut next = Some(name.to_owned());
        let mut seen: Vec<String> = Vec::new();
        while let Some(name) = next {
            if seen.contains(&name) {
                return Err(ThemeError::Circular(name));
            }
            let raw: RawTheme = toml::from_str(Self::text(&name, own)?)
                .map_err(|source| ThemeError::Wrong { name: name.clone(), source })?;
            for (role, style) in raw.styles {
                styles.entry(role).or_insert(style);
            }
            seen.push(name);
            next = raw.base;
        }
        let style = |role: &Role| styles.get(role).copied().unwrap_or_default().style();
        Ok(Self { name: name.to_owned(), styles: ROLES.each_ref().map(style) })
    }

    /// The text of the theme of that name.
    ///
    /// # Errors
    ///
    /// Fails where there is none.
    pub fn text<'t>(name: &str, own: &'t [(String, String)]) -> Result<&'t str, ThemeError> {
        let own = own.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let mut known = own.chain(BUILT_IN);
        let near = nearest(name, known.clone().map(|(name, _)| name)).map(str::to_owned);
        let found = known.find(|(known, _)| *known == name).map(|(_, text)| text);
        found.ok_or_else(|| ThemeError::Unknown { name: name.to_owned(), near })
    }

    /// The name of the theme that fits a terminal.
    #[must_use]
    pub fn fitting(depth: Depth) -> &'static str {
        match depth {
            Depth::Mono => "mono",
            Depth::Ansi16 => "ansi16",
            Depth::Ansi256 | Depth::True => "dark",
        }
    }

    /// The same theme in the colours that a terminal shows.
    #[must_use]
    pub fn reduced(mut self, depth: Depth) -> Self {
        for style in &mut self.styles {
            style.fg = style.fg.and_then(|color| reduce(color, depth));
            style.bg = style.bg.and_then(|color| reduce(color, depth));
        }
        self
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

impl RawStyle {
    fn style(self) -> Style {
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
        ];
        let set = modifiers.into_iter().filter(|(set, _)| *set).map(|(_, modifier)| modifier);
        Style { fg: self.fg, bg: self.bg, ..Style::new().add_modifier(set.collect()) }
    }
}

fn reduce(color: Color, depth: Depth) -> Option<Color> {
    use anstyle_lossy::{palette, rgb_to_ansi, rgb_to_xterm, xterm_to_ansi};
    match (depth, color) {
        (Depth::Mono, _) => None,
        (Depth::Ansi256, Color::Rgb(r, g, b)) => {
            Some(Color::Indexed(rgb_to_xterm(anstyle::RgbColor(r, g, b)).0))
        }
        (Depth::Ansi16, Color::Rgb(r, g, b)) => {
            Some(ansi(rgb_to_ansi(anstyle::RgbColor(r, g, b), palette::DEFAULT)))
        }
        (Depth::Ansi16, Color::Indexed(index)) => {
            Some(ansi(xterm_to_ansi(anstyle::Ansi256Color(index), palette::DEFAULT)))
        }
        _ => Some(color),
    }
}

fn ansi(color: anstyle::AnsiColor) -> Color {
    use anstyle::AnsiColor;
    match color {
        AnsiColor::Black => Color::Black,
        AnsiColor::Red => Color::Red,
        AnsiColor::Green => Color::Green,
        AnsiColor::Yellow => Color::Yellow,
        AnsiColor::Blue => Color::Blue,
        AnsiColor::Magenta => Color::Magenta,
        AnsiColor::Cyan => Color::Cyan,
        AnsiColor::White => Color::Gray,
        AnsiColor::BrightBlack => Color::DarkGray,
        AnsiColor::BrightRed => Color::LightRed,
        AnsiColor::BrightGreen => Color::LightGreen,
        AnsiColor::BrightYellow => Color::LightYellow,
        AnsiColor::BrightBlue => Color::LightBlue,
        AnsiColor::BrightMagenta => Color::LightMagenta,
        AnsiColor::BrightCyan => Color::LightCyan,
        AnsiColor::BrightWhite => Color::White,
    }
}
