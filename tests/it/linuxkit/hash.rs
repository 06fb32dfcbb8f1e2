//! Hashes and tags.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
};

use castoff::{
    model::FailureKind,
    recipe::linuxkit::{self, LinuxkitRecipe},
};

use super::{FOO, Workshop, alone, failure, foo, read, tag};
use crate::support::git::program;

fn make_executable(shop: &Workshop, file: &str) {
    fs::set_permissions(shop.path(file), fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_clean_package_has_its_tree_as_its_tag() {
    let shop = foo();
    for recipe in [shop.recipe("repo/foo"), shop.recipe_2026("repo/foo")] {
        let package = read(&recipe).await;
        assert_eq!(package.identity.reference(), format!("linuxkit/foo:{FOO}"));
        assert_eq!(package.identity.canonical(), format!("docker.io/linuxkit/foo:{FOO}"));
        assert!(!package.is_dirty);
        assert_eq!(package.revision.unwrap(), shop.git("repo", &["rev-parse", "HEAD"]));
    }
}

#[tokio::test]
async fn a_mode_is_part_of_the_hash() {
    let shop = foo();
    make_executable(&shop, "repo/foo/Dockerfile");
    assert_eq!(tag(&shop.recipe("repo/foo")).await, format!("{FOO}-dirty"));
    shop.commit("repo");
    assert_eq!(tag(&shop.recipe("repo/foo")).await, "99b0cd8ecf69f39a5ed0f02c60913248accb060a");
}

/// `foo` with an extra source in a repository of its own. That it is named is
/// not committed, so that the tree is that of `foo`.
#[tokio::test]
async fn an_extra_source_is_hashed_after_the_package() {
    let shop = foo();
    shop.write("lib/lib.txt", "shared\n");
    shop.commit("lib");
    shop.write("repo/foo/with.yml", "image: foo\nextra-sources: ['../../lib:/lib']\n");
    let recipe = LinuxkitRecipe { build_yml: "with.yml".into(), ..shop.recipe("repo/foo") };
    assert_eq!(tag(&recipe).await, "b3ec640acc3959a6dc07042367b150e67b58e693");
}

#[tokio::test]
async fn an_edit_makes_a_package_dirty_and_2026_tells_which_edit() {
    let shop = foo();
    shop.write("repo/foo/Dockerfile", "FROM scratch\nLABEL a=b\n");
    assert_eq!(tag(&shop.recipe("repo/foo")).await, format!("{FOO}-dirty"));
    assert_eq!(tag(&shop.recipe_2026("repo/foo")).await, format!("{FOO}-dirty-d1f5967"));
    let package = read(&shop.recipe("repo/foo")).await;
    assert!(package.is_dirty && package.revision.is_none());
}

#[tokio::test]
async fn a_file_that_is_only_touched_is_not_dirty() {
    let shop = foo();
    let file = fs::File::options().append(true).open(shop.path("repo/foo/Dockerfile")).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1 << 30);
    file.set_modified(long_ago).unwrap();
    assert_eq!(tag(&shop.recipe("repo/foo")).await, FOO);
    assert_eq!(tag(&shop.recipe_2026("repo/foo")).await, FOO);
}

#[tokio::test]
async fn an_untracked_file_is_dirty_in_2026_only_and_an_ignored_one_never() {
    let shop = foo();
    shop.write("repo/.gitignore", "*.o\n");
    shop.commit("repo");
    shop.write("repo/foo/made.o", "made");
    assert_eq!(tag(&shop.recipe_2026("repo/foo")).await, FOO);
    shop.write("repo/foo/new", "new");
    assert_eq!(tag(&shop.recipe("repo/foo")).await, FOO);
    assert!(tag(&shop.recipe_2026("repo/foo")).await.starts_with(&format!("{FOO}-dirty-")));
}

#[tokio::test]
async fn what_changes_beside_a_package_is_none_of_it() {
    let shop = foo();
    shop.write("repo/foo-bar/file", "one");
    shop.commit("repo");
    shop.write("repo/foo-bar/file", "two");
    shop.write("repo/new", "new");
    assert_eq!(tag(&shop.recipe("repo/foo")).await, FOO);
    assert_eq!(tag(&shop.recipe_2026("repo/foo")).await, FOO);
}

#[tokio::test]
async fn each_dirty_edit_has_a_tag_of_its_own_in_2026_whatever_the_file_is_called() {
    let shop = foo();
    let odd = shop.path("repo/foo").join(OsStr::from_bytes(b"na\xc3\xafve \xff\n"));
    fs::write(&odd, "one").unwrap();
    let first = tag(&shop.recipe_2026("repo/foo")).await;
    fs::write(&odd, "two").unwrap();
    assert_ne!(tag(&shop.recipe_2026("repo/foo")).await, first);
}

#[tokio::test]
async fn a_package_in_the_uppermost_folder_has_the_tree_of_the_commit() {
    let shop = Workshop::new();
    shop.write("foo/build.yml", "image: foo\n");
    shop.write("foo/Dockerfile", "FROM scratch\n");
    shop.commit("foo");
    assert_eq!(tag(&shop.recipe("foo")).await, FOO);
}

#[tokio::test]
async fn a_link_to_a_package_is_the_package() {
    let shop = foo();
    symlink(shop.path("repo"), shop.path("link")).unwrap();
    symlink("foo", shop.path("repo/alias")).unwrap();
    assert_eq!(tag(&shop.recipe("link/foo")).await, FOO);
    assert_eq!(tag(&shop.recipe("repo/alias")).await, FOO);
    let top = shop.git("repo", &["rev-parse", "HEAD^{tree}"]);
    shop.write("repo/build.yml", "image: top\n");
    assert_eq!(tag(&shop.recipe("link")).await, top);
}

#[tokio::test]
async fn a_path_with_odd_bytes_is_a_path() {
    let shop = foo();
    let odd = shop.path("repo").join(OsStr::from_bytes(b"\xff *[x]\n"));
    fs::rename(shop.path("repo/foo"), &odd).unwrap();
    shop.commit("repo");
    for recipe in
        [LinuxkitRecipe::new(odd.clone()), LinuxkitRecipe { folder: odd, ..shop.recipe_2026("x") }]
    {
        assert_eq!(tag(&recipe).await, FOO);
    }
}

#[tokio::test]
async fn a_repository_of_sha_256_has_longer_tags() {
    let shop = Workshop::new();
    shop.write("repo/foo/build.yml", "image: foo\n");
    shop.git("repo", &["init", "-q", "--object-format=sha256"]);
    shop.commit("repo");
    let expected = shop.git("repo", &["rev-parse", "HEAD:foo"]);
    assert_eq!(expected.len(), 64);
    assert_eq!(tag(&shop.recipe("repo/foo")).await, expected);
}

#[tokio::test]
async fn an_older_commit_is_hashed_as_it_was_and_is_never_dirty() {
    let shop = foo();
    let old = shop.git("repo", &["rev-parse", "HEAD"]);
    shop.write("repo/foo/Dockerfile", "FROM scratch\nLABEL a=b\n");
    shop.commit("repo");
    shop.write("repo/foo/Dockerfile", "FROM dirty\n");
    let recipe = LinuxkitRecipe { hash_commit: old.clone(), ..shop.recipe("repo/foo") };
    let package = read(&recipe).await;
    assert_eq!((package.identity.tag.as_str(), package.is_dirty), (FOO, false));
    let refused = package.check_commit().unwrap_err();
    assert_eq!(refused.to_string(), "Cannot build from commit hash != HEAD");
    let recipe = LinuxkitRecipe { hash_commit: old, ..shop.recipe_2026("repo/foo") };
    let refused = read(&recipe).await.check_commit().unwrap_err();
    assert_eq!(refused.to_string(), "cannot build from commit hash != HEAD");
    assert_eq!(read(&shop.recipe("repo/foo")).await.check_commit(), Ok(()));
}

#[tokio::test]
async fn a_commit_that_is_not_there_is_told() {
    let shop = foo();
    for commit in ["nowhere", "--all", ""] {
        let recipe = LinuxkitRecipe { hash_commit: commit.into(), ..shop.recipe("repo/foo") };
        let failure = failure(&recipe).await;
        assert_eq!(failure.kind, FailureKind::NotFound);
        assert!(failure.to_string().contains(&format!("`{commit}` is not a commit")), "{failure}");
    }
}

#[tokio::test]
async fn outside_of_git_a_package_is_latest_or_what_is_asked_for() {
    let shop = alone("image: img\norg: org\n");
    let recipe = shop.recipe("pkg");
    let package = read(&recipe).await;
    assert_eq!(package.identity.reference(), "org/img:latest");
    assert_eq!(package.warnings.len(), 1);
    let hash = |hash: &str| LinuxkitRecipe { hash: Some(hash.into()), ..recipe.clone() };
    assert_eq!(read(&hash("foo")).await.identity.reference(), "org/img:foo");
    let dev = LinuxkitRecipe { dev: Some("joe".into()), ..recipe.clone() };
    assert_eq!(read(&dev).await.identity.reference(), "joe/img:dev");
    let own = LinuxkitRecipe { org: Some("z".into()), ..dev.clone() };
    assert_eq!(read(&own).await.identity.reference(), "z/img:dev");
    let both = LinuxkitRecipe { hash: Some("foo".into()), ..dev };
    assert_eq!(read(&both).await.identity.reference(), "joe/img:foo");
    // There is nothing that could differ from a commit.
    let forced = LinuxkitRecipe { force_dirty: true, ..recipe };
    assert!(!read(&forced).await.is_dirty);
}

#[tokio::test]
async fn a_given_hash_is_not_marked_dirty_but_the_package_is() {
    let shop = foo();
    shop.write("repo/foo/Dockerfile", "FROM other\n");
    let recipe = LinuxkitRecipe { hash: Some("mine".into()), ..shop.recipe("repo/foo") };
    let package = read(&recipe).await;
    assert_eq!(package.identity.tag.as_str(), "mine");
    assert!(package.is_dirty && package.revision.is_none());
}

#[tokio::test]
async fn a_package_is_dirty_when_it_is_said_to_be() {
    let shop = foo();
    let forced = |recipe| LinuxkitRecipe { force_dirty: true, ..recipe };
    assert_eq!(tag(&forced(shop.recipe("repo/foo"))).await, format!("{FOO}-dirty"));
    let told = tag(&forced(shop.recipe_2026("repo/foo"))).await;
    assert!(told.starts_with(&format!("{FOO}-dirty-")), "{told}");
}

#[tokio::test]
async fn a_hash_path_is_hashed_instead_and_must_be_around_the_package() {
    let shop = foo();
    shop.write("repo/fo/file", "beside");
    shop.commit("repo");
    let at =
        |path: &str| LinuxkitRecipe { hash_path: Some(shop.path(path)), ..shop.recipe("repo/foo") };
    assert_eq!(tag(&at("repo")).await, shop.git("repo", &["rev-parse", "HEAD^{tree}"]));
    assert_eq!(tag(&at("repo/foo")).await, FOO);
    // `fo` begins the text of `foo`, and is not around it.
    let refused = failure(&at("repo/fo")).await;
    let told = shop.shown(&refused);
    assert!(told.contains("Hash path is not a prefix of the package path"), "{told}");
    shop.write("repo/new", "new");
    shop.git("repo", &["add", "new"]);
    assert!(read(&at("repo")).await.is_dirty);
    assert!(!read(&at("repo/foo")).await.is_dirty);
}

#[tokio::test]
async fn what_git_does_not_have_is_told_and_can_still_be_given_a_hash() {
    let shop = foo();
    shop.write("repo/new/build.yml", "image: new\n");
    let path = shop.path("repo/new").canonicalize().unwrap();
    let old = failure(&shop.recipe("repo/new")).await.to_string();
    assert!(old.contains(&format!("Package {} is not in git", path.display())), "{old}");
    let new = failure(&shop.recipe_2026("repo/new")).await.to_string();
    assert!(new.contains(&format!("package {} is not in git", path.display())), "{new}");
    let given = LinuxkitRecipe { hash: Some("dev".into()), ..shop.recipe("repo/new") };
    assert_eq!(tag(&given).await, "dev");
}

#[tokio::test]
async fn before_the_first_commit_everything_is_dirty() {
    let shop = alone("image: img\n");
    shop.git("pkg", &["init", "-q"]);
    assert!(failure(&shop.recipe("pkg")).await.to_string().contains("`HEAD` is not a commit"));
    let given = LinuxkitRecipe { hash: Some("dev".into()), ..shop.recipe("pkg") };
    assert!(read(&given).await.is_dirty);
}

#[tokio::test]
async fn where_git_cannot_tell_a_package_is_not_simply_latest() {
    let shop = alone("image: img\n");
    shop.write("pkg/.git", "gitdir: /nowhere/at/all\n");
    let failure = failure(&shop.recipe("pkg")).await;
    assert!(failure.to_string().contains("git rev-parse"), "{failure}");
}

/// A package with these extra sources, of which `one` and `two` are in git.
fn with_sources(sources: &str) -> Workshop {
    let shop = Workshop::new();
    shop.write("repo/foo/build.yml", &format!("image: foo\nextra-sources: {sources}\n"));
    shop.write("repo/foo/Dockerfile", "FROM scratch\n");
    shop.write("repo/one/file", "1");
    shop.write("repo/two/file", "2");
    shop.commit("repo");
    shop.write("outside/file", "3");
    shop
}

#[tokio::test]
async fn the_order_of_extra_sources_is_part_of_the_hash() {
    let one = with_sources("['../one:/a', '../two:/b']");
    let two = with_sources("['../two:/b', '../one:/a']");
    // The metadata differs too, so the same file is read in both.
    for shop in [&one, &two] {
        shop.write("repo/foo/a.yml", "image: foo\nextra-sources: ['../one:/a', '../two:/b']\n");
        shop.write("repo/foo/b.yml", "image: foo\nextra-sources: ['../two:/b', '../one:/a']\n");
    }
    let at = |name: &str| LinuxkitRecipe { build_yml: name.into(), ..one.recipe("repo/foo") };
    assert_ne!(tag(&at("a.yml")).await, tag(&at("b.yml")).await);
}

#[tokio::test]
async fn extra_sources_that_cannot_be_used_are_told() {
    let shop = with_sources("['a:b:c']");
    let told = shop.shown(&failure(&shop.recipe("repo/foo")).await);
    assert!(told.contains("Bad source format in a:b:c"), "{told}");
    let told = shop.shown(&failure(&shop.recipe_2026("repo/foo")).await);
    assert!(told.contains("bad source format in a:b:c"), "{told}");
    let shop = with_sources("['../../outside:/x']");
    let told = shop.shown(&failure(&shop.recipe("repo/foo")).await);
    assert!(told.contains("Source …/outside not in a git repository"), "{told}");
    let told = shop.shown(&failure(&shop.recipe_2026("repo/foo")).await);
    assert!(told.contains("source …/outside not in a git repository"), "{told}");
    let shop = with_sources("['../one/file:/x']");
    let told = shop.shown(&failure(&shop.recipe("repo/foo")).await);
    assert!(told.contains("Source …/repo/one/file is not a folder"), "{told}");
    let shop = with_sources("['../one:../x']");
    let told = shop.shown(&failure(&shop.recipe("repo/foo")).await);
    assert!(told.contains("is outside the build context"), "{told}");
}

#[tokio::test]
async fn an_extra_source_that_was_edited_makes_the_package_dirty() {
    let shop = with_sources("['../one:/a']");
    assert!(!read(&shop.recipe("repo/foo")).await.is_dirty);
    shop.write("repo/one/file", "edited");
    assert!(tag(&shop.recipe("repo/foo")).await.ends_with("-dirty"));
    let first = tag(&shop.recipe_2026("repo/foo")).await;
    shop.write("repo/one/file", "edited again");
    assert_ne!(tag(&shop.recipe_2026("repo/foo")).await, first);
}

#[tokio::test]
async fn a_build_sees_the_package_and_its_extra_sources() {
    let shop = with_sources("['../one:/a/./b/', '../two:c/../d', '../one:/']");
    let blueprint = read(&shop.recipe("repo/foo")).await.blueprint().await.unwrap();
    let seen: Vec<_> = blueprint
        .context
        .iter()
        .map(|folder| (folder.to.as_str(), folder.folder.file_name().unwrap(), folder.ignores))
        .collect();
    let expected = [("", "foo"), ("a/b", "one"), ("d", "two"), ("", "one")];
    assert_eq!(seen, expected.map(|(to, from)| (to, OsStr::new(from), false)));
}

#[tokio::test]
async fn one_tag_in_git_is_a_release_and_two_must_be_chosen_from() {
    let shop = foo();
    let package = read(&shop.recipe("repo/foo")).await;
    assert_eq!(package.release_in_git().await, Ok(None));
    shop.git("repo", &["tag", "v1"]);
    let release = package.release_in_git().await.unwrap().unwrap();
    assert_eq!(package.release(&release).unwrap().reference(), "linuxkit/foo:v1");
    shop.git("repo", &["tag", "v2"]);
    let refused = package.release_in_git().await.unwrap_err();
    assert_eq!(refused.to_string(), "the commit has several tags in git: v1, v2");
    assert_eq!(castoff::error::advice(&refused).as_deref(), Some("choose one: -release v1"));
}

#[tokio::test]
async fn a_dirty_package_is_not_released() {
    let shop = foo();
    shop.write("repo/foo/Dockerfile", "FROM other\n");
    let release = "v1".parse().unwrap();
    let refused = read(&shop.recipe("repo/foo")).await.release(&release).unwrap_err();
    assert_eq!(refused.to_string(), "Cannot release a dirty package");
    let refused = read(&shop.recipe_2026("repo/foo")).await.release(&release).unwrap_err();
    assert_eq!(refused.to_string(), "cannot release a dirty package");
}

#[tokio::test]
async fn a_repository_that_somebody_holds_is_read_all_the_same() {
    let shop = foo();
    shop.write("repo/.git/index.lock", "");
    linuxkit::identify(&shop.recipe("repo/foo"), &program()).await.unwrap();
    linuxkit::identify(&shop.recipe_2026("repo/foo"), &program()).await.unwrap();
}
