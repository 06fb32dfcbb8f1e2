//! What git does not say of a work tree: files that it was told to take for
//! unchanged, as a sparse checkout does, and submodules that are not there.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::{
    HEAD, complaint, ended,
    submodule::is_checked_out,
    work_tree::{WorkTree, names, path},
};
use crate::model::{Failure, Side, escape};

/// Lists what git tracks, each after a letter for how it takes it.
const FLAGGED: [&str; 4] = ["ls-files", "-v", "-z", "--"];
/// Lists what git tracks, each after its mode.
const STAGED: [&str; 4] = ["ls-files", "-s", "-z", "--"];
/// How git lists a submodule.
const SUBMODULE: &[u8] = b"160000 ";
/// What makes an index say less than the tree has.
const PLAIN: [&str; 6] = [
    "-c",
    "core.sparseCheckout=false",
    "-c",
    "core.splitIndex=false",
    "-c",
    "core.fsmonitor=false",
];

impl WorkTree {
    /// What below `folder` is not as `HEAD` has it although git says that
    /// nothing differs, as a sentence; none where nothing is.
    ///
    /// # Errors
    ///
    /// Fails where git cannot tell, and where there is no room for an index.
    pub async fn unseen(&self, folder: &Path) -> Result<Option<String>, Failure> {
        let mut left = vec![(self.clone(), folder.to_owned())];
        while let Some((tree, folder)) = left.pop() {
            if let Some(file) = tree.flagged(&folder).await? {
                let is_there = file.symlink_metadata().is_ok();
                let how = if is_there { "differs from the commit" } else { "is not checked out" };
                let file = file.display().to_string();
                return Ok(Some(format!("{} {how}, which git was told to ignore", escape(&file))));
            }
            for module in tree.submodules(&folder).await? {
                if !is_checked_out(&module) {
                    let module = module.display().to_string();
                    return Ok(Some(format!(
                        "the submodule {} is not checked out",
                        escape(&module)
                    )));
                }
                if let Some(own) = self.git.work_tree(&module).await? {
                    left.push((own.clone(), own.top));
                }
            }
        }
        Ok(None)
    }

    /// The submodules below `folder`, but not those within them.
    pub(super) async fn submodules(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let listed = self.ask(&self.with_path(&STAGED.map(OsStr::new), folder)?).await?;
        let modules = names(&listed).filter(|entry| entry.starts_with(SUBMODULE));
        let paths = modules.filter_map(|entry| entry.split(|byte| *byte == b'\t').nth(1));
        Ok(paths.map(|name| self.top.join(path(name))).collect())
    }

    /// A file that git was told to take for unchanged, and that is not.
    async fn flagged(&self, folder: &Path) -> Result<Option<PathBuf>, Failure> {
        let listed = self.ask(&self.with_path(&FLAGGED.map(OsStr::new), folder)?).await?;
        let is_flagged = |entry: &[u8]| entry[0] == b'S' || entry[0].is_ascii_lowercase();
        if !names(&listed).any(is_flagged) {
            return Ok(None);
        }
        // An index that was told nothing.
        let scratch = tempfile::tempdir();
        let scratch =
            scratch.map_err(|error| Failure::from_io(Side::Local, "a temporary folder", &error))?;
        let index = scratch.path().join("index");
        self.ask_index(&index, &["read-tree", HEAD].map(OsStr::new)).await?;
        let compare = ["diff", "--no-ext-diff", "--name-only", "--no-renames", "-z"];
        let compare = [&compare[..], &["--ignore-submodules=all", HEAD, "--"]].concat();
        let compare: Vec<&OsStr> = compare.into_iter().map(OsStr::new).collect();
        let compare = self.with_path(&compare, folder)?;
        let compare: Vec<&OsStr> = compare.iter().map(AsRef::as_ref).collect();
        let different = self.ask_index(&index, &compare).await?;
        Ok(names(&different).next().map(|name| self.top.join(path(name))))
    }

    async fn ask_index(&self, index: &Path, arguments: &[&OsStr]) -> Result<Vec<u8>, Failure> {
        let mut git = self.git.command(&self.top);
        git.env("GIT_INDEX_FILE", index);
        let arguments = [&PLAIN.map(OsStr::new), arguments].concat();
        let output = ended(git, &arguments).await?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(complaint(&output, &arguments))
        }
    }
}
