//! What users set in git changes nothing of a package.

use super::{
    Workshop,
    args::{args, bar},
};
use crate::support::git::{finding_all_bad, replace, sign_falsely};

/// What a Dockerfile is told as the package's version.
async fn version(shop: &Workshop) -> Option<String> {
    let args = args(&shop.recipe_2026("repo/bar")).await.unwrap();
    args.into_iter().find_map(|arg| arg.strip_prefix("GOPKGVERSION=").map(str::to_owned))
}

#[tokio::test]
async fn what_git_shows_of_signatures_is_no_part_of_a_version() {
    let shop = bar("[]");
    let gpg = finding_all_bad(shop.path("gpg"));
    let signed = sign_falsely(&shop.path("repo"));
    shop.git("repo", &["config", "gpg.program", &gpg.display().to_string()]);
    shop.git("repo", &["config", "log.showSignature", "true"]);
    assert!(shop.git("repo", &["show", "-s", "--format=%ct"]).contains("bad signature"));
    let expected = format!("v0.0.0-20201112124036-{}", &signed[..12]);
    assert_eq!(version(&shop).await, Some(expected));
}

#[tokio::test]
async fn tags_in_columns_are_tags() {
    let shop = bar("[]");
    shop.git("repo", &["tag", "v1.0.0"]);
    shop.git("repo", &["tag", "v1.1.0"]);
    shop.git("repo", &["config", "column.ui", "always"]);
    assert_eq!(shop.git("repo", &["tag", "--list"]).lines().count(), 1);
    assert_eq!(version(&shop).await.as_deref(), Some("v1.1.0"));
}

#[tokio::test]
async fn a_commit_whose_date_is_none_has_no_version() {
    let shop = bar("[]");
    let commit = shop.git("repo", &["cat-file", "commit", "HEAD"]);
    let seconds = "1605184836";
    assert!(commit.contains(seconds), "{commit}");
    replace(&shop.path("repo"), &commit.replace(seconds, "999999999999"));
    assert_eq!(version(&shop).await, None);
}
