//! What is to be done with a package: decided before anything is.

use std::collections::BTreeMap;

use super::{identity::Identity, package::Package, refusal::invalid};
use crate::model::{Compat, Failure, Platform, Remedy, Tag, escape};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of LinuxKit's")]
pub struct Wish {
    /// Whether what is published already is built all the same.
    pub force: bool,
    /// Whether nothing is built.
    pub nobuild: bool,
    /// Whether it goes to its registry.
    pub push: bool,
    /// Whether it goes to the local engine even when it is pushed.
    pub load: bool,
    /// Whether images of single platforms are pushed.
    pub image: bool,
    /// Whether an index is pushed; since 2026, the tags of platforms with it.
    pub manifest: bool,
    /// Whether the index is signed where content trust is on.
    pub sign: bool,
    /// What it is released as.
    pub release: Option<Tag>,
    /// The platforms that are meant; empty: see `skip`.
    pub platforms: Vec<Platform>,
    /// The platforms that are not meant; where it is empty too, this machine's
    /// is the only one that is.
    pub skip: Vec<Platform>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing, and that is no error; why, for people.
    LeftOut(String),
    /// This.
    Go(Flow),
}

/// What is to be done with a package, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// For what.
    pub platforms: Vec<Platform>,
    /// What is built.
    pub make: Make,
    /// Whether images are loaded into the local engine, as `NAME:TAG-ARCH`,
    /// and that of this machine's platform as `NAME:TAG`.
    pub load: bool,
    /// What is published; none: nothing.
    pub publish: Option<Publish>,
}

/// What is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Nothing: only what is published, or in the local engine, is used.
    Nothing,
    /// What is not published yet.
    Missing,
    /// Everything.
    All,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Whether images of single platforms are pushed, under tags of their own.
    pub platform_tags: bool,
    /// Whether the index of what is there for all platforms is pushed.
    pub index: bool,
    /// Whether the index is signed.
    pub sign: bool,
    /// What else it is called.
    pub release: Option<Identity>,
}

/// Decides what is to be done with a package on a machine that is `host`; none:
/// one that Go does not know.
///
/// # Errors
///
/// Fails where the package must not be built or not be published.
pub fn decide(
    package: &Package,
    wish: &Wish,
    host: Option<&Platform>,
) -> Result<Decision, Failure> {
    let compat = package.recipe.compat;
    let platforms = match platforms(package, wish, host)? {
        Ok(platforms) => platforms,
        Err(why) => return Ok(Decision::LeftOut(why)),
    };
    package.check_commit()?;
    if let (Some(release), false) = (&wish.release, wish.push) {
        let what = format!("cannot release \"{release}\" if not pushing");
        return Err(invalid(compat.says(&what)).hint(Remedy::PushRelease));
    }
    let publish = wish.push.then(|| publish(package, wish)).transpose()?;
    let make = match (wish.image && !wish.nobuild, wish.force) {
        (false, _) => Make::Nothing,
        (true, false) => Make::Missing,
        (true, true) => Make::All,
    };
    let load = make != Make::Nothing && (wish.load || !wish.push);
    Ok(Decision::Go(Flow { platforms, make, load, publish }))
}

/// What is published. A dirty package never is; that shows before it is built.
fn publish(package: &Package, wish: &Wish) -> Result<Publish, Failure> {
    let release = wish.release.as_ref().map(|release| package.release(release)).transpose()?;
    refuse_dirty(package)?;
    let (platform_tags, index) = match package.recipe.compat {
        Compat::Year2020 => (wish.image, wish.manifest),
        Compat::Year2026 => (wish.manifest, true),
    };
    let sign = index && wish.sign && package.switches.trust;
    Ok(Publish { platform_tags, index, sign, release })
}

/// Refuses to publish what differs from its commit.
///
/// # Errors
///
/// As it says.
pub fn refuse_dirty(package: &Package) -> Result<(), Failure> {
    if package.is_dirty {
        let failure = invalid("refusing to push dirty package");
        return Err(package.dirty(failure, Remedy::CommitOrBuildOnly));
    }
    Ok(())
}

/// For what the package is built, or why it is not.
fn platforms(
    package: &Package,
    wish: &Wish,
    host: Option<&Platform>,
) -> Result<Result<Vec<Platform>, String>, Failure> {
    let all = package.platforms.iter();
    let any = |of: &[Platform], platform: &Platform| of.iter().any(|one| platform.matches(one));
    // An index is made of what all machines have built.
    if !wish.platforms.is_empty() || !wish.skip.is_empty() || !wish.image {
        let meant = |platform: &&Platform| {
            !any(&wish.skip, platform)
                && (wish.platforms.is_empty() || any(&wish.platforms, platform))
        };
        let meant: Vec<Platform> = all.filter(meant).cloned().collect();
        return Ok(if meant.is_empty() { Err(skipping(package)) } else { Ok(meant) });
    }
    let Some(host) = host else {
        return Err(invalid("Unknown arch").hint("choose the platforms: --platforms linux/amd64"));
    };
    let meant: Vec<Platform> = all.filter(|platform| platform.fits(host)).cloned().collect();
    let is_new = package.recipe.compat == Compat::Year2026;
    Ok(match meant.is_empty() {
        false => Ok(meant),
        true if is_new && package.platforms.is_empty() => Err(skipping(package)),
        true => Err(format!(
            "Arch {} not supported by this package, skipping build.",
            host.architecture
        )),
    })
}

fn skipping(package: &Package) -> String {
    format!("Skipping {} with no architectures to build", package.identity.reference())
}

/// Reads the platforms of a flag.
///
/// # Errors
///
/// Fails on what is no platform.
pub fn platforms_of(flag: &str, words: &[String]) -> Result<Vec<Platform>, Failure> {
    let wrong = |word: &str, why: String| {
        invalid(why)
            .context(format!("{flag}: invalid platform `{}`", escape(word)))
            .hint("write OS/ARCH, such as linux/arm64")
    };
    let words = words.iter().filter(|word| !word.is_empty());
    let parse = |word: &String| {
        word.parse()
            .map_err(|error: crate::model::ParsePlatformError| wrong(word, error.to_string()))
    };
    words.map(parse).collect()
}

/// Where platforms are built: `PLATFORM=ENGINE`, of which later ones override
/// earlier ones.
///
/// # Errors
///
/// Fails on what is no platform, and on one without an engine.
pub fn builders<'w>(
    words: impl IntoIterator<Item = &'w str>,
) -> Result<BTreeMap<Platform, String>, Failure> {
    let parse = |word: &str| {
        let wrong = |why: String| {
            invalid(why)
                .context(format!("--builders: `{}`", escape(word)))
                .hint("write PLATFORM=ENGINE, such as linux/arm64=ssh://build@arm.example.org")
        };
        let (platform, engine) =
            word.split_once('=').ok_or_else(|| wrong("it has no `=`".to_owned()))?;
        if engine.is_empty() {
            return Err(wrong("it has no engine".to_owned()));
        }
        let platform = platform
            .parse()
            .map_err(|error: crate::model::ParsePlatformError| wrong(error.to_string()))?;
        Ok((platform, engine.to_owned()))
    };
    words.into_iter().filter(|word| !word.is_empty()).map(parse).collect()
}
