//! The packages that a command line names.

use crate::{
    app::verbs::output::warn,
    cli::GlobalArgs,
    error::Error,
    recipe::linuxkit::{self, LinuxkitRecipe, Package},
};

/// Reads all packages before anything is done with the first.
pub(super) async fn read_all(
    global: &GlobalArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Vec<Package>, Error> {
    let mut packages = Vec::new();
    for recipe in recipes {
        let package = linuxkit::read(recipe).await?;
        if !global.quiet {
            package.warnings.iter().for_each(warn);
        }
        packages.push(package);
    }
    Ok(packages)
}
