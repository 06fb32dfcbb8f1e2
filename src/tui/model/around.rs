//! Where the console is shown: the terminal, the time, and what the user has set.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::layout::Size;

use crate::{keymap::Keymap, tui::look::Look};

/// The least columns and rows.
pub const LEAST: (u16, u16) = (80, 20);

/// Where the console is shown.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What the keys do.
    pub keys: Keymap,
    /// How it looks.
    pub look: Look,
    /// The names of the themes.
    pub themes: Vec<String>,
    /// Whether castoff has the mouse.
    pub mouse: bool,
    /// How large the screen is.
    pub size: Size,
    /// What time it is.
    pub now: Timestamp,
    /// The user's time zone.
    pub zone: TimeZone,
}

impl Surroundings {
    /// A small terminal of which nothing else is known.
    #[must_use]
    pub fn new(keys: Keymap, look: Look) -> Self {
        Self {
            keys,
            look,
            themes: Vec::new(),
            mouse: true,
            size: Size::new(80, 24),
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
        }
    }

    /// Whether the screen is too small to show what keys would do.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.size.width < LEAST.0 || self.size.height < LEAST.1
    }
}
