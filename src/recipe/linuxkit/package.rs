//! A package that was read.

use std::path::PathBuf;

use super::{
    build_yml::BuildYml,
    depends::ImageDependencies,
    identity::PackageName,
    linuxkit_recipe::{HEAD, LinuxkitRecipe},
    refusal::invalid,
};
use crate::{
    git::{Git, WorkTree},
    model::{Failure, Hint, ParseReferenceError, Platform, Tag},
    recipe::ContextFolder,
};

/// The Dockerfile of a package that names none.
const DOCKERFILE: &str = "Dockerfile";

/// What to do about what git was told not to look at.
const UNHIDE: &str = "check everything out: git sparse-checkout disable, git submodule update \
                      --init, git update-index --no-assume-unchanged --no-skip-worktree FILE";

/// What of a package is on and what is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Whether its build may reach the network.
    pub network: bool,
    /// Whether steps that were done before may be left out.
    pub cache: bool,
    /// Whether content trust is on.
    pub trust: bool,
}

/// A package that was read.
#[derive(Debug)]
pub struct Package {
    /// What was asked for.
    pub recipe: LinuxkitRecipe,
    /// Where it lies, without links.
    pub folder: PathBuf,
    /// What it is called.
    pub identity: PackageName,
    /// Its hash; empty outside of git.
    pub hash: String,
    /// Whether it is not as the commit has it: such a package is never
    /// published.
    pub is_dirty: bool,
    /// What makes it dirty though git does not say so, as a sentence.
    pub unseen: Option<String>,
    /// The commit that it is of; none where it is dirty or outside of git.
    pub revision: Option<String>,
    /// What it is built for; empty: it is not built at all.
    pub platforms: Vec<Platform>,
    /// What is on and what is off.
    pub switches: Switches,
    /// What its build finds in the context besides the folder.
    pub depends: ImageDependencies,
    /// What is worth knowing and stops nothing.
    pub warnings: Vec<String>,
    pub(super) metadata: BuildYml,
    pub(super) extra: Vec<ContextFolder>,
    /// None outside of git.
    pub(super) tree: Option<WorkTree>,
    /// What tells what other packages are called.
    pub(super) git: Git,
}

impl Package {
    /// The name of its Dockerfile, within the folder.
    #[must_use]
    pub fn dockerfile_name(&self) -> &str {
        let named = [&self.recipe.dockerfile, &self.metadata.dockerfile];
        let mut named = named.into_iter().flatten().filter(|name| !name.is_empty());
        named.next().map_or(DOCKERFILE, String::as_str)
    }

    /// The name of a release of it.
    ///
    /// # Errors
    ///
    /// Fails where it is dirty.
    pub fn release(&self, release: &Tag) -> Result<PackageName, Failure> {
        if self.is_dirty {
            let what = self.recipe.compat.says("cannot release a dirty package");
            return Err(self.dirty(invalid(what), "commit or stash the changes"));
        }
        Ok(PackageName { name: self.identity.name.clone(), tag: release.clone() })
    }

    /// A failure of what is dirty, with what to do.
    pub(super) fn dirty(&self, failure: Failure, hint: impl Into<Hint>) -> Failure {
        match &self.unseen {
            Some(unseen) => failure.because(unseen).hint(UNHIDE),
            None => failure.hint(hint),
        }
    }

    /// What the commit is released as: the one tag that git has for it; none
    /// where there is no tag.
    ///
    /// # Errors
    ///
    /// Fails where there are several, and where it is no tag of an image.
    pub async fn release_in_git(&self) -> Result<Option<Tag>, Failure> {
        let Some(tree) = &self.tree else { return Ok(None) };
        let tags = tree.tags().await?;
        match &tags[..] {
            [] => Ok(None),
            [tag] => tag.parse().map(Some).map_err(|error: ParseReferenceError| {
                invalid(error).context("the tag of the commit in git").hint("give -release V")
            }),
            several => {
                let what = format!("the commit has several tags in git: {}", several.join(", "));
                Err(invalid(what).hint(format!("choose one: -release {}", several[0])))
            }
        }
    }

    /// Refuses to build what is not checked out.
    ///
    /// # Errors
    ///
    /// Fails where another commit was hashed than the one that lies there.
    pub fn check_commit(&self) -> Result<(), Failure> {
        if self.recipe.hash_commit == HEAD {
            return Ok(());
        }
        let what = self.recipe.compat.says("cannot build from commit hash != HEAD");
        Err(invalid(what).hint(format!("check out {} and build there", self.recipe.hash_commit)))
    }
}
