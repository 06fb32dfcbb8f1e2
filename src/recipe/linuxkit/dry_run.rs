//! A build as Docker's command line.

use super::package::Package;
use crate::{model::Platform, recipe::Blueprint};

/// The command that would build the same, word for word. Proxies are not in
/// it: there may be a password in one.
#[must_use]
pub fn docker_command(
    package: &Package,
    blueprint: &Blueprint,
    platforms: &[Platform],
) -> Vec<String> {
    let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    let file = package.folder.join(package.dockerfile_name());
    let mut words: Vec<String> = ["docker", "buildx", "build"].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: &str| {
        words.extend([name.to_owned(), value.to_owned()]);
    };
    option("--platform", &platforms.join(","));
    option("-t", &package.identity.reference());
    option("-f", &file.display().to_string());
    for (key, value) in &blueprint.args {
        option("--build-arg", &format!("{key}={value}"));
    }
    for (key, value) in &blueprint.labels {
        option("--label", &format!("{key}={value}"));
    }
    if !blueprint.cache {
        words.push("--no-cache".to_owned());
    }
    let network = if blueprint.network { "default" } else { "none" };
    words.push(format!("--network={network}"));
    words.push(package.folder.display().to_string());
    words
}
