//! What a package is made of, and what git says of it.

use std::path::{Path, PathBuf};

use super::{
    linuxkit_recipe::{Compat, HEAD},
    paths,
    refusal::invalid,
};
use crate::{
    git::{Git, WorkTree},
    model::{Failure, escape},
    recipe::ContextFolder,
};

/// A folder in a repository.
pub(super) struct PackageSource {
    /// Where it lies, without links.
    pub(super) folder: PathBuf,
    pub(super) tree: WorkTree,
}

/// Whether a source is as its commit has it.
#[derive(PartialEq, Eq)]
pub(super) enum SourceState {
    Clean,
    /// It is not, as git says.
    Edited,
    /// It is not, and git does not say so; how, as a sentence.
    Unseen(String),
}

/// A source outside of the package's folder.
pub(super) struct ExtraSource {
    pub(super) source: PackageSource,
    /// Where the build sees it.
    pub(super) to: String,
    /// The id of its tree.
    pub(super) id: String,
}

impl SourceState {
    pub(super) fn unseen(self) -> Option<String> {
        match self {
            Self::Clean | Self::Edited => None,
            Self::Unseen(what) => Some(what),
        }
    }
}

impl PackageSource {
    /// The id of its tree at a commit.
    pub(super) async fn id(&self, commit: &str, compat: Compat) -> Result<String, Failure> {
        let id = self.tree.tree_id(&self.folder, commit).await?;
        id.ok_or_else(|| {
            let what = format!("package {} is not in git", self.folder.display());
            invalid(compat.says(&what))
                .hint("commit it first (git add, git commit), or give a hash: -hash dev")
        })
    }

    /// Whether and how it is not as the commit has it.
    pub(super) async fn state(&self, commit: &str, compat: Compat) -> Result<SourceState, Failure> {
        // What has another name was never edited here.
        if commit != HEAD {
            return Ok(SourceState::Clean);
        }
        if self.tree.differs(&self.folder).await? {
            return Ok(SourceState::Edited);
        }
        if let Some(what) = self.tree.unseen(&self.folder).await? {
            return Ok(SourceState::Unseen(what));
        }
        match compat {
            Compat::Year2026 if self.tree.has_untracked(&self.folder).await? => {
                Ok(SourceState::Edited)
            }
            Compat::Year2026 | Compat::Year2020 => Ok(SourceState::Clean),
        }
    }
}

impl ExtraSource {
    /// Reads `SOURCE:DESTINATION`, where the source may be relative to
    /// `folder`.
    pub(super) async fn read(
        text: &str,
        git: &Git,
        folder: &Path,
        commit: &str,
        compat: Compat,
    ) -> Result<Self, Failure> {
        let words: Vec<&str> = text.split(':').collect();
        let [from, to] = words[..] else {
            return Err(invalid(compat.says(&format!("bad source format in {}", escape(text))))
                .hint("write SOURCE:DESTINATION, such as ../common:/common"));
        };
        let Some(to) = paths::in_context(to) else {
            let what =
                format!("the destination of `{}` is outside the build context", escape(text));
            return Err(invalid(what));
        };
        let written = paths::clean(&folder.join(from));
        let no_repository = || {
            let what = format!("source {} not in a git repository", written.display());
            invalid(compat.says(&what))
        };
        let found = written.canonicalize().map_err(|error| no_repository().because(error))?;
        if !found.is_dir() {
            let what = format!("source {} is not a folder", written.display());
            return Err(invalid(compat.says(&what)).hint("use the folder that contains it"));
        }
        let tree = git.work_tree(&found).await?.ok_or_else(no_repository)?;
        let source = PackageSource { folder: found, tree };
        let id = source.id(commit, compat).await?;
        Ok(Self { source, to, id })
    }

    pub(super) fn context(&self) -> ContextFolder {
        ContextFolder {
            folder: self.source.folder.clone(),
            to: self.to.clone(),
            ignores: false,
            ..ContextFolder::default()
        }
    }
}
