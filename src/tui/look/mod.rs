//! How the console looks: colours by what they mean, and the symbols that
//! stand for states.

mod symbols;
mod theme;

pub use symbols::{ASCII, Symbols, UNICODE};
pub use theme::{BUILT_IN, Depth, Role, Theme, ThemeError};

/// How the console looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// The symbols.
    pub symbols: &'static Symbols,
}

impl Look {
    /// The style of what means `role`.
    #[must_use]
    pub fn of(&self, role: Role) -> ratatui::style::Style {
        self.theme.style(role)
    }
}
