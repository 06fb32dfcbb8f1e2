//! What the flags of `castoff pkg` ask for.

use std::{collections::BTreeMap, path::Path};

use crate::{
    app::wiring::project::Workplace,
    cli::{BuildArgs, PackageArgs, SignArg, SwitchArgs},
    environment::Environment,
    error::{Error, Exit},
    model::{Failure, Platform, Tag},
    recipe::linuxkit::{self, Compat, LinuxkitRecipe, PackageRequest, platforms_of},
};

/// The variable of the organisation, since 2026.
const ORG: &str = "LINUXKIT_PKG_ORG";
/// The variable of what builds for which platform.
const BUILDERS: &str = "LINUXKIT_BUILDERS";

/// What LinuxKit's manual once writes behind the flags.
const VERBS: [&str; 3] = ["build", "push", "show-tag"];

/// The packages that are meant.
pub(super) fn recipes(args: &PackageArgs, at: &Workplace) -> Result<Vec<LinuxkitRecipe>, Error> {
    let Workplace { folder: here, environment, .. } = at;
    if !args.registry_creds.is_empty() {
        return Err(Error::usage(
            "--registry-creds is not accepted: other users of this machine can read arguments",
        )
        .hint("use docker login REGISTRY, or castoff secret set docker://REGISTRY"));
    }
    if let Some(verb) = args.paths.first().and_then(|path| path.to_str())
        && VERBS.contains(&verb)
        && !args.paths[0].exists()
    {
        let what = format!(
            "there is no folder `{verb}`; to use it as a command, write it before the flags"
        );
        return Err(Error::usage(what)
            .hint(format!("castoff pkg {verb} -org ORG -disable-content-trust pkg/init")));
    }
    if args.paths.is_empty() {
        return Err(Error::usage("A pkg directory is required")
            .hint("name the folder of a package: castoff pkg show-tag pkg/init"));
    }
    let compat = Compat::from(args.compat);
    let switches = &args.switches;
    let recipe = LinuxkitRecipe {
        compat,
        build_yml: args.build_yml.clone(),
        org: args.org.clone().or_else(|| org_in_environment(environment, compat)),
        network: either(switches.network, switches.nonetwork, ["network", "nonetwork"])?,
        cache: either(
            switches.enable_cache,
            switches.disable_cache,
            ["enable-cache", "disable-cache"],
        )?,
        trust: either(
            switches.enable_content_trust,
            switches.disable_content_trust,
            ["enable-content-trust", "disable-content-trust"],
        )?,
        hash: args.hash.clone().filter(|hash| !hash.is_empty()),
        hash_commit: args.hash_commit.clone(),
        hash_path: args.hash_path.as_ref().map(|path| here.join(path)),
        force_dirty: switches.force_dirty.unwrap_or(false),
        dev: developer(environment, switches)?,
        tag: args.tag.clone(),
        ..LinuxkitRecipe::new(here.to_owned())
    };
    let of = |path| LinuxkitRecipe { folder: here.join(path), ..recipe.clone() };
    Ok(args.paths.iter().map(of).collect())
}

/// The same package, with what only a build asks for.
pub(super) fn with_build(recipe: LinuxkitRecipe, args: &BuildArgs, here: &Path) -> LinuxkitRecipe {
    let build_arg_files = args.build_arg_file.iter().map(|file| here.join(file)).collect();
    let dockerfile = args.dockerfile.clone().filter(|name| !name.is_empty());
    LinuxkitRecipe { dockerfile, build_arg_files, ..recipe }
}

/// What is to be done with each package.
pub(super) fn wish(args: &BuildArgs, push: bool) -> Result<PackageRequest, Error> {
    let is = |flag: Option<bool>| flag.unwrap_or(false);
    let is_not_off = |flag: Option<bool>| flag.unwrap_or(true);
    exclusive(is(args.force) && is(args.nobuild), ["force", "nobuild"])?;
    exclusive(is(args.force) && is(args.pull), ["force", "pull"])?;
    if !args.ssh.is_empty() {
        return Err(Error::usage("--ssh is not accepted: builds get no SSH keys")
            .hint("before the build, fetch what it needs into the folder of the package"));
    }
    let both = !args.platforms.is_empty() && !args.skip_platforms.is_empty();
    exclusive(both, ["platforms", "skip-platforms"])?;
    let usage = |failure: crate::model::Failure| Error {
        exit: crate::error::Exit::Usage,
        ..Error::from(failure)
    };
    Ok(PackageRequest {
        force: is(args.force),
        nobuild: is(args.nobuild),
        push,
        load: is(args.docker) || is(args.pull),
        image: is_not_off(args.image),
        manifest: is_not_off(args.manifest),
        sign: is_signed(&args.sign),
        release: release(args.release.as_deref())?,
        platforms: platforms_of("--platforms", &args.platforms).map_err(usage)?,
        skip: platforms_of("--skip-platforms", &args.skip_platforms).map_err(usage)?,
    })
}

/// Whether a push signs, as the last of the flags says.
pub(super) fn is_signed(flags: &[SignArg]) -> bool {
    flags.last() != Some(&SignArg::Off)
}

/// The signers that the flags name.
pub(super) fn signers(flags: &[SignArg]) -> Vec<String> {
    let named = flags.iter().filter_map(|flag| match flag {
        SignArg::By(name) => Some(name.clone()),
        SignArg::On | SignArg::Off => None,
    });
    named.collect()
}

/// Where platforms are built: what the flag says overrides the environment.
pub(super) fn builders(
    args: &BuildArgs,
    environment: &Environment,
) -> Result<BTreeMap<Platform, String>, Error> {
    let named = environment.text(BUILDERS).unwrap_or_default();
    let words = named.split(',').chain(args.builders.iter().map(String::as_str));
    linuxkit::builders(words).map_err(usage)
}

/// The release that a flag names; a blank one is none.
pub(super) fn release(text: Option<&str>) -> Result<Option<Tag>, Error> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(Error::usage)).transpose()
}

/// What this machine runs; none where Go has no word for it.
pub(super) fn host() -> Option<Platform> {
    let word = match std::env::consts::ARCH {
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        word => word,
    };
    Platform::new("linux", word, None).ok()
}

/// What two flags say that mean the opposite.
fn either(on: Option<bool>, off: Option<bool>, names: [&str; 2]) -> Result<Option<bool>, Error> {
    exclusive(on.is_some() && off.is_some(), names)?;
    Ok(on.or(off.map(|off| !off)))
}

fn usage(failure: Failure) -> Error {
    Error { exit: Exit::Usage, ..Error::from(failure) }
}

fn exclusive(both: bool, [one, other]: [&str; 2]) -> Result<(), Error> {
    if both {
        return Err(Error::usage(format!("--{one} and --{other} cannot be used together")));
    }
    Ok(())
}

fn org_in_environment(environment: &Environment, compat: Compat) -> Option<String> {
    environment.text(ORG).filter(|_| compat == Compat::Year2026)
}

fn developer(environment: &Environment, switches: &SwitchArgs) -> Result<Option<String>, Error> {
    if !switches.dev.unwrap_or(false) {
        return Ok(None);
    }
    let no_user = || Error::usage("-dev uses $USER as the organisation, and $USER is not set");
    environment.text("USER").map(Some).ok_or_else(no_user)
}
