//! What the footer says until the next key.

/// What was last said in the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is worked out what a typed line would do.
    Looking,
    /// What was done, or is under way.
    Said(String),
    /// Why nothing was done.
    Warned(String),
}

impl Notice {
    /// Its words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Looking => "preparing a plan",
            Self::Said(text) | Self::Warned(text) => text,
        }
    }

    /// Whether it is bad news.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::Warned(_))
    }
}
