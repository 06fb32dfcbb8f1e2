//! `LinuxKit` packages, as far as they are read.

mod args;
mod flow;
mod hash;
mod joined;
mod metadata;
mod pinned;
mod settings;
mod show_tag;
mod unseen;

use std::{fs, path::PathBuf};

use castoff::{
    model::Failure,
    recipe::linuxkit::{self, Compat, LinuxkitRecipe, Package},
};
use tempfile::TempDir;

use crate::support::git;

/// The tree of [`foo`].
const FOO: &str = "c062b16e589020a4dcf690552608f93efd1555a1";

/// A folder for repositories and packages.
struct Workshop {
    folder: TempDir,
}

impl Workshop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// What git says in a folder, which is the same on every machine.
    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        git::told(&self.path(folder), arguments)
    }

    /// Puts all of a folder into a commit, and begins a repository there.
    fn commit(&self, folder: &str) -> String {
        git::commit(&self.path(folder))
    }

    /// A recipe of the package in a folder.
    fn recipe(&self, folder: &str) -> LinuxkitRecipe {
        LinuxkitRecipe::new(self.path(folder))
    }

    fn recipe_2026(&self, folder: &str) -> LinuxkitRecipe {
        LinuxkitRecipe { compat: Compat::Year2026, ..self.recipe(folder) }
    }

    /// The failure as people see it, without where the folder lies.
    fn shown(&self, failure: &Failure) -> String {
        let folder = self.folder.path().canonicalize().unwrap().display().to_string();
        failure
            .to_string()
            .replace(&folder, "…")
            .replace(&self.folder.path().display().to_string(), "…")
    }
}

/// A repository with the package `foo`.
fn foo() -> Workshop {
    let shop = Workshop::new();
    shop.write("repo/foo/build.yml", "image: foo\n");
    shop.write("repo/foo/Dockerfile", "FROM scratch\n");
    shop.commit("repo");
    shop
}

/// A package outside of git.
fn alone(metadata: &str) -> Workshop {
    let shop = Workshop::new();
    shop.write("pkg/build.yml", metadata);
    shop.write("pkg/Dockerfile", "FROM scratch\n");
    shop
}

async fn read(recipe: &LinuxkitRecipe) -> Package {
    linuxkit::read(recipe, &git::program()).await.unwrap()
}

async fn failure(recipe: &LinuxkitRecipe) -> Failure {
    linuxkit::read(recipe, &git::program()).await.unwrap_err()
}

/// The tag of a package, without its name.
async fn tag(recipe: &LinuxkitRecipe) -> String {
    read(recipe).await.identity.tag.to_string()
}
