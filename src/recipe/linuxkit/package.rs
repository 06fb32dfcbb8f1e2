//! A package that was read, and what its build is asked for.

use std::path::{Path, PathBuf};

use super::{Depends, Identity, args::Args, build_yml::BuildYml, invalid, pins::pinned};
use crate::{
    git::WorkTree,
    model::{
        Compat, Failure, HEAD, Hint, LinuxkitRecipe, ParseReferenceError, Platform, Side, Tag,
    },
    recipe::{Blueprint, ContextFolder, Dockerfile},
};

/// Where a package comes from that names no place.
const GIT_REPO: &str = "https://github.com/linuxkit/linuxkit";
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
    pub identity: Identity,
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
    pub depends: Depends,
    /// What is worth knowing and stops nothing.
    pub warnings: Vec<String>,
    pub(super) metadata: BuildYml,
    pub(super) extra: Vec<ContextFolder>,
    /// None outside of git.
    pub(super) tree: Option<WorkTree>,
}

impl Package {
    /// What its build is asked for.
    ///
    /// # Errors
    ///
    /// Fails where there is no Dockerfile, and where a build argument cannot
    /// be understood.
    pub async fn blueprint(&self) -> Result<Blueprint, Failure> {
        let at = |failure: Failure| failure.context(self.recipe.folder.display());
        let blueprint = Blueprint {
            context: self.context(),
            dockerfile: self.dockerfile().map_err(at)?,
            args: self.args().await.map_err(at)?,
            labels: self.labels(),
            network: self.switches.network,
            cache: self.switches.cache,
            depends: self.depends.clone(),
            ..Blueprint::default()
        };
        match &self.recipe.pins {
            Some(pins) => pinned(blueprint, pins),
            None => Ok(blueprint),
        }
    }

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
    pub fn release(&self, release: &Tag) -> Result<Identity, Failure> {
        if self.is_dirty {
            let what = self.recipe.compat.says("cannot release a dirty package");
            return Err(self.dirty(invalid(what), "commit or stash the changes"));
        }
        Ok(Identity { name: self.identity.name.clone(), tag: release.clone() })
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

    fn context(&self) -> Vec<ContextFolder> {
        // What git ignores is part of a build, and so is what Docker would.
        let own = ContextFolder {
            folder: self.folder.clone(),
            to: String::new(),
            ignores: false,
            // What lies there is of another build, and perhaps of another platform.
            without: self.depends.place().map(str::to_owned).into_iter().collect(),
        };
        [own].into_iter().chain(self.extra.iter().cloned()).collect()
    }

    fn dockerfile(&self) -> Result<Dockerfile, Failure> {
        let name = self.dockerfile_name();
        let path = Path::new(name);
        let leads_out = path.components().any(|part| part.as_os_str() == "..");
        if path.is_absolute() || leads_out {
            let what = format!("the Dockerfile `{name}` must lie in the package directory");
            return Err(invalid(what));
        }
        let file = self.folder.join(path);
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::from_io(Side::Source, file.display(), &error))?;
        Ok(Dockerfile { from: file.display().to_string(), text })
    }

    async fn args(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut args = Args::default();
        for line in self.metadata.build_args.as_deref().unwrap_or_default() {
            args.take(line, &self.folder, &self.recipe).await?;
        }
        for file in &self.recipe.build_arg_files {
            args.take_file(file, &self.recipe).await?;
        }
        if self.recipe.compat == Compat::Year2026 {
            self.add_usual(&mut args).await?;
        }
        Ok(args.0)
    }

    /// What a Dockerfile may know of its package, since 2026.
    async fn add_usual(&self, args: &mut Args) -> Result<(), Failure> {
        if let Some(place) = self.git_repo() {
            args.set_unless_given("SOURCE", place);
        }
        if let Some(revision) = &self.revision {
            args.set_unless_given("REVISION", revision);
        }
        if let Some(tree) = &self.tree
            && let Some(version) = tree.pseudo_version().await
        {
            args.set_unless_given("GOPKGVERSION", &version);
        }
        args.set_unless_given("PKG_HASH", &self.hash);
        args.set_unless_given("PKG_IMAGE", self.identity.name.as_str());
        Ok(())
    }

    /// Labels in LinuxKit's order.
    fn labels(&self) -> Vec<(String, String)> {
        let source = self.git_repo().filter(|_| self.tree.is_some());
        let config = self.metadata.config.as_ref().map(|config| config.0.as_str());
        let tool = concat!("castoff ", env!("CARGO_PKG_VERSION"));
        let labels = [
            ("org.opencontainers.image.source", source),
            ("org.opencontainers.image.revision", self.revision.as_deref()),
            ("org.mobyproject.config", config),
            ("org.mobyproject.linuxkit.version", Some(tool)),
            // What LinuxKit writes that does not know its own commit.
            ("org.mobyproject.linuxkit.revision", Some("unknown")),
        ];
        let set = labels.into_iter().filter_map(|(key, value)| Some((key, value?)));
        set.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// Where the package comes from; a blank one is not told.
    fn git_repo(&self) -> Option<&str> {
        let place = self.metadata.gitrepo.as_deref().unwrap_or(GIT_REPO);
        (!place.is_empty()).then_some(place)
    }
}
