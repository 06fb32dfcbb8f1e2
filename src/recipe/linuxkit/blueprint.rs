//! What a package's build is asked for.

use std::path::Path;

use super::{
    args::Args, linuxkit_recipe::Compat, package::Package, pins::pinned, refusal::invalid,
};
use crate::{
    model::{Failure, Side},
    recipe::{Blueprint, ContextFolder, Dockerfile},
};

/// Where a package comes from that names no place.
const GIT_REPO: &str = "https://github.com/linuxkit/linuxkit";

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
            args.take(line, &self.folder, &self.recipe, &self.git).await?;
        }
        for file in &self.recipe.build_arg_files {
            args.take_file(file, &self.recipe, &self.git).await?;
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
