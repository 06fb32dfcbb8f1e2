//! What is asked before something that is published is copied or removed, or
//! a repository is opened by its name.

use tui_input::Input;

use super::{Browse, RowList, TagAt, proposal::Proposal};
use crate::model::{ArtifactKind, Repository, SinkName, SinkSpec};

/// Where to copy tags to.
#[derive(Clone, Debug)]
pub struct CopyChoice {
    /// What is copied.
    pub what: Vec<TagAt>,
    /// The sinks that can take all of it.
    pub sinks: Vec<SinkName>,
    /// Which of them is selected.
    pub list: RowList,
}

/// Tags that are to be removed.
#[derive(Clone, Debug)]
pub struct TagRemoval {
    /// The number of the question what goes along.
    pub asked: u64,
    /// The tags.
    pub what: Vec<TagAt>,
    /// What goes along; none: it is still asked for.
    pub entails: Option<Proposal<Vec<String>>>,
    /// How far that is scrolled.
    pub offset: usize,
    /// What was typed.
    pub input: Input,
    /// What was typed last and is not what must be.
    pub wrong: Option<String>,
}

/// A repository that is to be opened by its name.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The sink.
    pub sink: SinkSpec,
    /// What was typed.
    pub input: Input,
    /// Why that is no name.
    pub wrong: Option<String>,
}

impl CopyChoice {
    /// The sinks that can take `what`: not the one where all of it is already,
    /// and none where nothing may be changed.
    #[must_use]
    pub fn new(browse: &Browse, what: Vec<TagAt>) -> Self {
        let takes = |spec: &&SinkSpec| {
            !spec.read_only
                && what.iter().all(|tag| spec.url.can_hold(tag.name.kind))
                && what.iter().any(|tag| tag.sink != spec.name)
        };
        let sinks: Vec<SinkName> =
            browse.sinks.iter().filter(takes).map(|spec| spec.name.clone()).collect();
        let mut list = RowList::default();
        list.show((0..sinks.len()).collect());
        Self { what, sinks, list }
    }

    /// The selected sink.
    #[must_use]
    pub fn selected(&self) -> Option<&SinkName> {
        self.sinks.get(self.list.selected()?)
    }
}

impl TagRemoval {
    /// The removal of `what`, of which nothing else is known yet.
    #[must_use]
    pub fn new(asked: u64, what: Vec<TagAt>) -> Self {
        Self { asked, what, entails: None, offset: 0, input: Input::default(), wrong: None }
    }

    /// What must be typed: the tag, or how many there are.
    #[must_use]
    pub fn word(&self) -> String {
        match &self.what[..] {
            [only] => only.name.tag.to_string(),
            several => several.len().to_string(),
        }
    }
}

impl Asking {
    /// A question for the name of a repository at `sink`.
    #[must_use]
    pub fn new(sink: SinkSpec) -> Self {
        Self { sink, input: Input::default(), wrong: None }
    }

    /// Whether the sink holds images and files, so that it must be said which.
    #[must_use]
    pub fn is_twofold(&self) -> bool {
        self.sink.url.holds(ArtifactKind::Image) && self.sink.url.holds(ArtifactKind::Files)
    }

    /// What was typed: `NAME`, or `files NAME`.
    ///
    /// # Errors
    ///
    /// Fails where it is no name, with why.
    pub fn answer(&self) -> Result<(ArtifactKind, Repository), String> {
        let typed = self.input.value().trim();
        let files = typed.strip_prefix("files ").filter(|_| self.is_twofold());
        let kind = if files.is_some() || !self.sink.url.holds(ArtifactKind::Image) {
            ArtifactKind::Files
        } else {
            ArtifactKind::Image
        };
        let name = files.unwrap_or(typed).trim();
        let below = Repository::below(self.sink.url.namespace(), name);
        below.map(|name| (kind, name)).map_err(|error| error.to_string())
    }
}
