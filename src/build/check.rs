//! Whether an engine can build what is asked, before anything begins.

use super::solve;
use crate::{
    docker::DockerEngine,
    environment::Environment,
    model::{Builder, Failure, FailureKind, Platform, Recipe, Side},
};

/// Fails where an engine cannot build one of `builds`.
///
/// # Errors
///
/// As it says, and where it cannot be reached.
pub async fn check(
    builder: &Builder,
    builds: &[(&Recipe, &Platform)],
    environment: &Environment,
) -> Result<(), Failure> {
    let engine = DockerEngine::new(builder.engine.clone(), environment.clone());
    let about = engine.about().await?;
    if about.is_podman {
        return refuse_secrets(builder, builds);
    }
    let known = solve::platforms(&engine).await?;
    let own = &about.platform;
    let can = |asked: &Platform| {
        asked.fits(own) || known.iter().any(|known| known.matches(asked) || asked.matches(known))
    };
    let asked = builds.iter().map(|(_, platform)| *platform);
    let missing: Vec<String> = asked.filter(|asked| !can(asked)).map(ToString::to_string).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!("{} runs {own} and cannot build for {}", builder.engine, missing.join(", "));
    Err(Failure::new(FailureKind::Invalid, Side::Source, what).hint(
        "install emulation there (on Debian: apt install qemu-user-static binfmt-support), or \
         set another engine for the platform in [builders]",
    ))
}

/// Podman would run the steps without them.
fn refuse_secrets(builder: &Builder, builds: &[(&Recipe, &Platform)]) -> Result<(), Failure> {
    let Some((recipe, _)) = builds.iter().find(|(recipe, _)| !recipe.secrets.is_empty()) else {
        return Ok(());
    };
    let what = format!("{} is Podman, which cannot give secrets to {recipe}", builder.engine);
    Err(Failure::new(FailureKind::Invalid, Side::Source, what)
        .hint("set a Docker Engine for the platform in [builders]"))
}
