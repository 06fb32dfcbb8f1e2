//! The symbols that stand for states. Each state has a word as well.

use ratatui::symbols::border;

/// The symbols.
#[derive(Debug)]
pub struct Symbols {
    /// Done.
    pub done: &'static str,
    /// Failed.
    pub failed: &'static str,
    /// Not done, since something else is not.
    pub blocked: &'static str,
    /// Stopped by the user.
    pub stopped: &'static str,
    /// Not begun.
    pub waiting: &'static str,
    /// Under way; one after another.
    pub running: &'static [&'static str],
    /// Waits to be tried again.
    pub again: &'static str,
    /// The same as the row above.
    pub same: &'static str,
    /// Marked.
    pub marked: &'static str,
    /// Not marked.
    pub unmarked: &'static str,
    /// Stands where a text was cut.
    pub ellipsis: &'static str,
    /// From what to what.
    pub arrow: &'static str,
    /// From a place to one within it.
    pub within: &'static str,
    /// Between two things in a line.
    pub dot: &'static str,
    /// What is done of a bar, and what is not.
    pub bar: (&'static str, &'static str),
    /// More above, more below.
    pub more: (&'static str, &'static str),
    /// More to the left, more to the right.
    pub aside: (&'static str, &'static str),
    /// The lines around a panel.
    pub border: border::Set<'static>,
}

impl Symbols {
    /// Whether they are for terminals without Unicode.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.done.is_ascii()
    }
}

/// For terminals that know Unicode.
pub const UNICODE: Symbols = Symbols {
    done: "✓",
    failed: "✗",
    blocked: "⊘",
    stopped: "■",
    waiting: "·",
    running: &["◐", "◓", "◑", "◒"],
    again: "↻",
    same: "″",
    marked: "[✓]",
    unmarked: "[ ]",
    ellipsis: "…",
    arrow: "→",
    within: "›",
    dot: "·",
    bar: ("█", "░"),
    more: ("▲", "▼"),
    aside: ("◀", "▶"),
    border: border::ROUNDED,
};

/// For those that do not.
pub const ASCII: Symbols = Symbols {
    done: "+",
    failed: "!",
    blocked: "-",
    stopped: "=",
    waiting: ".",
    running: &["|", "/", "-", "\\"],
    again: "@",
    same: "\"",
    marked: "[x]",
    unmarked: "[ ]",
    ellipsis: "~",
    arrow: "->",
    within: ">",
    dot: "-",
    bar: ("#", "."),
    more: ("^", "v"),
    aside: ("<", ">"),
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};
