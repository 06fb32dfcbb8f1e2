//! Reads a package: its metadata, what git has of it, and so its name.

use std::path::Path;

use serde_saphyr::Spanned;

use super::{
    build_yml::{self, BuildYml},
    depends,
    hash::{self, PackageHash},
    identity::PackageName,
    linuxkit_recipe::LinuxkitRecipe,
    name::ImageName,
    package::{Package, Switches},
    refusal::invalid,
    sources::ExtraSource,
    tag,
};
use crate::{
    git::Git,
    model::{Failure, Platform, Side},
};

/// The organisation of a package that names none.
const ORG: &str = "linuxkit";
/// The tag outside of git.
const LATEST: &str = "latest";

/// What a package is called.
///
/// # Errors
///
/// Fails as [`read`] does.
pub async fn identify(recipe: &LinuxkitRecipe, git: &Git) -> Result<PackageName, Failure> {
    Ok(read(recipe, git).await?.identity)
}

/// Reads a package: all of it but the Dockerfile and the build arguments.
///
/// # Errors
///
/// Fails where the metadata cannot be read or says what cannot be, where git
/// cannot tell what the package has, and where a registry would not take its
/// name.
pub async fn read(recipe: &LinuxkitRecipe, git: &Git) -> Result<Package, Failure> {
    let at = |failure: Failure| failure.context(recipe.folder.display());
    read_at(recipe, git).await.map_err(at)
}

async fn read_at(recipe: &LinuxkitRecipe, git: &Git) -> Result<Package, Failure> {
    let folder = recipe.folder.canonicalize();
    let folder = folder
        .map_err(|error| Failure::from_io(Side::Source, "A pkg directory is required", &error))?;
    let hashed = hash::hashed_folder(&folder, recipe.hash_path.as_deref())?;
    let (mut metadata, mut warnings) = metadata(recipe, &folder)?;
    let depends = metadata.depends.take().and_then(|depends| depends.docker_images);
    let depends = depends::checked(&folder, &depends.unwrap_or_default())?;
    let extra = extra_sources(recipe, git, &folder, &metadata).await?;
    let PackageHash { hash, is_dirty, unseen, revision, tree } =
        hash::hash(recipe, git, &folder, &hashed, &extra).await?;
    if tree.is_none() && hash.is_empty() {
        warnings.push(format!("{} is not in git, so its hash is not known", folder.display()));
    }
    warnings.extend(unseen.clone());
    Ok(Package {
        identity: identity(recipe, &metadata, &hash)?,
        platforms: platforms(recipe, metadata.arches.as_deref())?,
        switches: switches(recipe, &metadata),
        extra: extra.iter().map(ExtraSource::context).collect(),
        recipe: recipe.clone(),
        folder,
        hash,
        is_dirty,
        unseen,
        revision,
        depends,
        warnings,
        metadata,
        tree,
        git: git.clone(),
    })
}

async fn extra_sources(
    recipe: &LinuxkitRecipe,
    git: &Git,
    folder: &Path,
    metadata: &BuildYml,
) -> Result<Vec<ExtraSource>, Failure> {
    let mut extra = Vec::new();
    for text in metadata.extra_sources.as_deref().unwrap_or_default() {
        let LinuxkitRecipe { hash_commit, compat, .. } = recipe;
        extra.push(ExtraSource::read(text, git, folder, hash_commit, *compat).await?);
    }
    Ok(extra)
}

/// What is given wins over the metadata.
fn switches(recipe: &LinuxkitRecipe, metadata: &BuildYml) -> Switches {
    let not = |off: Option<bool>| off.map(|off| !off);
    Switches {
        network: recipe.network.or(metadata.network).unwrap_or(false),
        cache: recipe.cache.or(not(metadata.disable_cache)).unwrap_or(true),
        trust: recipe.trust.or(not(metadata.disable_content_trust)).unwrap_or(true),
    }
}

fn metadata(recipe: &LinuxkitRecipe, folder: &Path) -> Result<(BuildYml, Vec<String>), Failure> {
    let file = folder.join(&recipe.build_yml);
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Failure::from_io(Side::Source, file.display(), &error)
            .hint("a package is a folder with build.yml and Dockerfile")
    })?;
    let (metadata, unknown) = build_yml::parse(&text, &recipe.build_yml, recipe.compat)?;
    if metadata.image.as_deref().is_none_or(str::is_empty) {
        return Err(invalid("Image field is required")
            .hint(format!("write image: NAME in {}", recipe.build_yml)));
    }
    Ok((metadata, unknown))
}

/// The name and the tag. An organisation that is given wins over that of a
/// developer, and both over the metadata's.
fn identity(
    recipe: &LinuxkitRecipe,
    metadata: &BuildYml,
    hash: &str,
) -> Result<PackageName, Failure> {
    let org = [&recipe.org, &recipe.dev, &metadata.org].into_iter().flatten().next();
    let org = org.map_or(ORG, String::as_str);
    let name = ImageName::new(org, metadata.image.as_deref().unwrap_or_default())?;
    let templates = [&recipe.tag, &metadata.tag].into_iter().flatten();
    let template = templates.map(String::as_str).find(|template| !template.is_empty());
    let tag = tag::render(template.unwrap_or(tag::USUAL), hash)?;
    let tag = if tag.is_empty() { LATEST } else { &tag };
    let tag = tag.parse().map_err(|error: crate::model::ParseReferenceError| {
        invalid(error).context(format!("could not resolve references for image {name}"))
    })?;
    Ok(PackageName { name, tag })
}

/// The platforms that the metadata names, each once.
fn platforms(
    recipe: &LinuxkitRecipe,
    arches: Option<&[Spanned<String>]>,
) -> Result<Vec<Platform>, Failure> {
    let usual = recipe.compat.architectures().map(|word| (word.to_owned(), 0));
    let named = arches.map(|arches| {
        arches.iter().map(|arch| (arch.value.clone(), arch.referenced.line())).collect()
    });
    let mut platforms = Vec::new();
    for (word, line) in named.unwrap_or_else(|| usual.to_vec()) {
        let platform: Platform = format!("linux/{word}").parse().map_err(
            |error: crate::model::ParsePlatformError| {
                invalid(format!("{}:{line}: {error}", recipe.build_yml))
            },
        )?;
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    Ok(platforms)
}
