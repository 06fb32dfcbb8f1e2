//! The hash of a package, which becomes its tag.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;

use super::{
    linuxkit_recipe::{Compat, HEAD, LinuxkitRecipe},
    sources::{ExtraSource, PackageSource, SourceState},
};
use crate::{
    git::{Git, WorkTree},
    model::{Failure, FailureKind, Hasher, Side},
};

/// How much of a content's hash tells one dirty state from the next.
const CONTENT_DIGITS: usize = 7;

/// What git says of a package.
#[derive(Default)]
pub(super) struct PackageHash {
    /// The hash; empty outside of git.
    pub(super) hash: String,
    pub(super) is_dirty: bool,
    /// What makes it dirty though git does not say so.
    pub(super) unseen: Option<String>,
    /// The commit, where nothing differs from it.
    pub(super) revision: Option<String>,
    /// None outside of git.
    pub(super) tree: Option<WorkTree>,
}

/// Hashes the package in `folder`, of which `hashed` counts.
pub(super) async fn hash(
    recipe: &LinuxkitRecipe,
    git: &Git,
    folder: &Path,
    hashed: &Path,
    extra: &[ExtraSource],
) -> Result<PackageHash, Failure> {
    let given = recipe.hash.clone().filter(|hash| !hash.is_empty());
    let given = given.or_else(|| recipe.dev.is_some().then(|| "dev".to_owned()));
    let Some(tree) = git.work_tree(folder).await? else {
        return Ok(PackageHash { hash: given.unwrap_or_default(), ..PackageHash::default() });
    };
    let own = PackageSource { folder: hashed.to_owned(), tree };
    let (commit, compat) = (&recipe.hash_commit, recipe.compat);
    let mut states = vec![own.state(commit, compat).await?];
    let mut edited = Vec::new();
    for source in extra.iter().map(|extra| &extra.source) {
        let state = source.state(commit, compat).await?;
        if state != SourceState::Clean {
            edited.push(source);
        }
        states.push(state);
    }
    let is_dirty = recipe.force_dirty || states.iter().any(|state| *state != SourceState::Clean);
    let unseen = states.into_iter().find_map(SourceState::unseen);
    let hash = if let Some(hash) = given {
        hash
    } else {
        let clean = combined(own.id(commit, compat).await?, extra);
        if is_dirty { clean + &suffix(compat, folder, &own, &edited).await? } else { clean }
    };
    let revision = if is_dirty { None } else { own.tree.commit_id(HEAD).await.ok() };
    Ok(PackageHash { hash, is_dirty, unseen, revision, tree: Some(own.tree) })
}

/// One hash of several trees: the SHA-1 of their ids, one after another.
fn combined(own: String, extra: &[ExtraSource]) -> String {
    if extra.is_empty() {
        return own;
    }
    let ids: String = extra.iter().map(|extra| extra.id.as_str()).collect();
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, (own + &ids).as_bytes());
    hex::encode(sha1)
}

/// What tells a dirty package from the clean one. Extra sources count for it
/// where they are dirty themselves; LinuxKit forgets them.
async fn suffix(
    compat: Compat,
    folder: &Path,
    own: &PackageSource,
    edited: &[&PackageSource],
) -> Result<String, Failure> {
    let mut suffix = "-dirty".to_owned();
    if compat == Compat::Year2026 {
        let mut hasher = own.tree.take_in(folder, Hasher::default()).await?;
        for source in edited {
            hasher = source.tree.take_in(&source.folder, hasher).await?;
        }
        // A string takes everything.
        let _ = write!(suffix, "-{}", &hasher.finish().hex()[..CONTENT_DIGITS]);
    }
    Ok(suffix)
}

/// The folder that is hashed: the package's, or one around it.
pub(super) fn hashed_folder(folder: &Path, hash_path: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(path) = hash_path else { return Ok(folder.to_owned()) };
    let whole = path
        .canonicalize()
        .map_err(|error| Failure::from_io(Side::Source, path.display(), &error))?;
    // By parts and not by letters: `/x/foo` is not around `/x/foo-bar`.
    if folder.starts_with(&whole) {
        return Ok(whole);
    }
    let what = "Hash path is not a prefix of the package path";
    Err(Failure::new(FailureKind::Invalid, Side::Source, what).because(format!(
        "{} does not contain {}",
        whole.display(),
        folder.display()
    )))
}
