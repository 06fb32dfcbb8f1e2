//! Texts that may be longer than their place: their lines. The view draws them
//! from one of the lines on, and the update keeps that one within the text.

pub(super) mod details;
pub(super) mod help;
pub(super) mod keyring;
pub(super) mod message;
pub(super) mod plan;
pub(super) mod question;
pub(super) mod removal;

use ratatui::layout::Rect;

use super::{look::Role, text::width};

/// What is asked, which scrolls, above what answers, which does not.
pub(super) struct AskedText {
    /// What is asked.
    pub(super) lines: Vec<(Role, String)>,
    /// What answers.
    pub(super) below: Vec<(Role, String)>,
    /// How many lines more lie between and below.
    apart: u16,
}

impl AskedText {
    /// The columns of its widest line.
    pub(super) fn columns(&self) -> usize {
        let lines = self.lines.iter().chain(&self.below);
        lines.map(|(_, line)| width(line)).max().unwrap_or_default()
    }

    /// How many lines it has in all.
    pub(super) fn rows(&self) -> usize {
        self.lines.len() + self.below.len() + usize::from(self.apart)
    }

    /// How many lines of what is asked are in view, of so many for everything.
    pub(super) fn room(&self, height: u16) -> u16 {
        let below = u16::try_from(self.below.len()).unwrap_or(u16::MAX);
        height.saturating_sub(below.saturating_add(self.apart))
    }
}

/// The columns of text that a window has at most.
pub(super) fn room(body: Rect) -> usize {
    usize::from(body.width.saturating_sub(12)).min(76)
}
