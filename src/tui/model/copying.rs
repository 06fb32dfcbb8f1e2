//! What is asked before tags are copied: which name each gets at the sink,
//! what that names now, and what it will name.

use tui_input::Input;

use super::{RowList, TagAt, proposal::Proposal};
use crate::{
    model::{Failure, Repository, SinkSpec, TagName},
    plan::TransferOutlook,
};

/// A tag that is to be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carry {
    /// The tag.
    pub tag: TagAt,
    /// What it will be called; none: the same, below the other namespace.
    pub name: Option<TagName>,
}

impl Carry {
    /// A tag that keeps its name.
    #[must_use]
    pub fn new(tag: TagAt) -> Self {
        Self { tag, name: None }
    }
}

/// Tags that are to be copied to a sink.
#[derive(Clone, Debug)]
pub struct Copying {
    /// The number of the question what that would do.
    pub asked: u64,
    /// The sink.
    pub to: SinkSpec,
    /// The tags.
    pub what: Vec<Carry>,
    /// What would be done with each, or why that cannot be told; none: it is
    /// still asked for.
    pub outlook: Option<Result<Proposal<Vec<TransferOutlook>>, Vec<Failure>>>,
    /// Which of the tags is selected.
    pub list: RowList,
    /// The name that the selected one is to get, while it is typed.
    pub renaming: Option<Input>,
    /// What was typed to agree.
    pub input: Input,
    /// What is wrong with what was typed last.
    pub wrong: Option<String>,
}

impl Copying {
    /// The copies of `what`, of which nothing else is known yet.
    #[must_use]
    pub fn new(asked: u64, what: Vec<Carry>, to: SinkSpec) -> Self {
        let mut list = RowList::default();
        list.show((0..what.len()).collect());
        Self {
            asked,
            to,
            what,
            outlook: None,
            list,
            renaming: None,
            input: Input::default(),
            wrong: None,
        }
    }

    /// What would be done, where that is known.
    #[must_use]
    pub fn outlooks(&self) -> &[TransferOutlook] {
        match &self.outlook {
            Some(Ok(proposal)) => &proposal.shown,
            _ => &[],
        }
    }

    /// Whether some of it would be refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.outlooks().iter().any(|of| of.refused.is_some())
    }

    /// What must be typed where tags name something else now: the tag, or how
    /// many there are.
    #[must_use]
    pub fn word(&self) -> Option<String> {
        let moved: Vec<_> = self.outlooks().iter().filter(|of| of.moves()).collect();
        match &moved[..] {
            [] => None,
            [only] => Some(only.name.tag.to_string()),
            several => Some(several.len().to_string()),
        }
    }

    /// Begins to type another name for the selected one.
    pub fn rename(&mut self) {
        let Some(of) = self.list.selected().and_then(|row| self.outlooks().get(row)) else {
            return;
        };
        let namespace = format!("{}/", self.to.url.namespace());
        let name = of.name.repository.as_str();
        let name = name.strip_prefix(&namespace).unwrap_or(name);
        self.renaming = Some(format!("{name}:{}", of.name.tag).into());
    }

    /// Gives the selected one the name that was typed: `NAME:TAG`, or `:TAG`
    /// alone.
    ///
    /// # Errors
    ///
    /// Fails where it is no name, with why.
    pub fn renamed(&mut self, typed: &str) -> Result<(), String> {
        let Some(row) = self.list.selected() else { return Ok(()) };
        let Some(of) = self.outlooks().get(row) else { return Ok(()) };
        let (name, tag) = typed.trim().rsplit_once(':').ok_or("write NAME:TAG, or :TAG")?;
        let repository = match name {
            "" => of.name.repository.clone(),
            name => Repository::below(self.to.url.namespace(), name)
                .map_err(|error| error.to_string())?,
        };
        let tag = tag.parse().map_err(|error| format!("{error}"))?;
        let name = TagName { kind: of.name.kind, repository, tag };
        self.what[row].name = Some(name);
        self.outlook = None;
        Ok(())
    }
}
