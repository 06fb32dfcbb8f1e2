//! The recipe that a command line asks for.

use std::path::{Path, PathBuf};

use crate::{
    app::wiring::{signers, sinks::NamedSinks},
    cli::VeeaArgs,
    config::Config,
    error::Error,
    model::{
        ArtifactKind, ConfigEntry, Failure, FailureKind, Origin, Recipe, SecretSource, Side,
        SignerKind, SignerName, SignerSpec, Signing, escape,
    },
    veea::recipe::{self, ImageDirectory, VeeaArch, VeeaRecipe},
};

/// What is released, and for what.
pub(super) struct RequestedRelease {
    pub(super) recipe: Recipe,
    pub(super) project: ImageDirectory,
    /// None: all that the project has.
    pub(super) arches: Vec<VeeaArch>,
}

/// What is asked for, with what the configuration says of the directory.
pub(super) fn asked(known: &NamedSinks, args: &VeeaArgs) -> Result<RequestedRelease, Error> {
    let folder = folder(&args.folder)?;
    let arches = arches(&args.arch)?;
    let (spec, configured) = configured(&known.config, &folder).unzip();
    let mut spec = spec.unwrap_or_else(|| VeeaRecipe::new(folder.clone()));
    spec.folder = folder;
    spec.unauth |= args.unauth;
    spec.mtime |= args.mtime;
    spec.no_cache |= args.no_cache;
    spec.partner = args.partner.or(spec.partner);
    let absolute = |path: &PathBuf| std::path::absolute(path);
    if let Some(certificate) = &args.partner_certificate {
        spec.certificate = Some(absolute(certificate)?);
    }
    for path in &args.license {
        spec.licenses.push(absolute(path)?);
    }
    let mut signer = signer(known, args)?.or(configured.flatten());
    if signer.is_none() && !spec.unauth {
        signer = only_cms(known);
    }
    let project = recipe::read(&spec)?;
    for arch in &arches {
        project.refuse_other(*arch)?;
    }
    let recipe = Recipe::of(&spec, ArtifactKind::Files)?.built();
    let recipe = Recipe { signer: signer.map(ConfigEntry::given), ..recipe };
    Ok(RequestedRelease { recipe, project, arches })
}

pub(super) fn arches(words: &[String]) -> Result<Vec<VeeaArch>, Error> {
    let known = VeeaArch::ALL.map(VeeaArch::word);
    let read = |word: &String| {
        word.parse::<VeeaArch>().map_err(|error| {
            let hint = format!("known: {}", known.join(", "));
            Error::usage(format!("ERROR: {error}")).verbatim().hint(hint)
        })
    };
    words.iter().map(read).collect()
}

fn folder(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            let shown = path.display().to_string();
            let what = format!("ERROR: {} does not exist.", escape(&shown));
            return Failure::new(FailureKind::NotFound, Side::Source, what).verbatim().into();
        }
        Failure::from_io(Side::Source, path.display(), &error).into()
    })
}

/// What the configuration says of an image directory, and the signer of its archives.
fn configured(config: &Config, folder: &Path) -> Option<(VeeaRecipe, Option<SignerSpec>)> {
    let recipes = config.artifacts.iter().filter_map(|artifact| match &artifact.from {
        Origin::Recipe(recipe) => Some(recipe.clone().map_paths(|path| config.root.join(path))),
        _ => None,
    });
    let read = |recipe: Recipe| {
        let signer = recipe.signer.as_ref().and_then(ConfigEntry::spec).cloned();
        Some((recipe.read::<VeeaRecipe>().ok()?, signer))
    };
    let is_it = |spec: &VeeaRecipe| spec.folder.canonicalize().is_ok_and(|path| path == folder);
    recipes.filter_map(read).find(|(spec, _)| is_it(spec))
}

/// The only CMS signer of the configuration, where there is one.
pub(super) fn only_cms(known: &NamedSinks) -> Option<SignerSpec> {
    let configured = known.config.signers.iter();
    let mut configured = configured.filter(|signer| signer.kind() == SignerKind::Cms);
    match (configured.next(), configured.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

/// The signer, if the command line names one.
fn signer(known: &NamedSinks, args: &VeeaArgs) -> Result<Option<SignerSpec>, Error> {
    if let Some(name) = &args.signer {
        let spec = signers::named(known, name)?;
        if spec.kind() != SignerKind::Cms {
            let what = format!("signer `{}` is of kind {}", spec.name, spec.kind());
            return Err(Error::usage(what).hint("release archives need a signer of kind cms"));
        }
        return Ok(Some(spec));
    }
    let (Some(key), Some(certificate)) = (&args.key, &args.certificate) else { return Ok(None) };
    let name = key.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let with = Signing::Cms {
        key: std::path::absolute(key)?,
        certificate: std::path::absolute(certificate)?,
        chain: args.chain.as_ref().map(std::path::absolute).transpose()?,
        detached: false,
    };
    Ok(Some(SignerSpec { passphrase: SecretSource::usual(&name), name: SignerName(name), with }))
}
