//! The packages that a command line names.

use crate::{
    app::{verbs::output::warn, wiring::project::Workplace},
    cli::GlobalArgs,
    error::Error,
    git::Git,
    recipe::linuxkit::{self, LinuxkitRecipe, Package},
};

/// Reads all packages before anything is done with the first.
pub(super) async fn read_all(
    at: &Workplace,
    global: &GlobalArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Vec<Package>, Error> {
    let (git, mut packages) = (Git::new(at.environment.clone()), Vec::new());
    for recipe in recipes {
        let package = linuxkit::read(recipe, &git).await?;
        if !global.quiet {
            package.warnings.iter().for_each(warn);
        }
        packages.push(package);
    }
    Ok(packages)
}
