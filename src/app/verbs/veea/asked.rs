//! The recipe that a command line asks for.

use std::path::{Path, PathBuf};

use crate::{
    app::wiring::{signers, sinks::NamedSinks},
    cli::VeeaArgs,
    config::Config,
    error::Error,
    model::{
        Failure, FailureKind, Origin, SecretSource, Side, SignerKind, SignerName, SignerSpec,
        Signing, VeeaArch, VeeaRecipe, escape,
    },
    recipe::veea::{self, Project},
};

/// What is released, and for what.
pub(super) struct Asked {
    pub(super) recipe: VeeaRecipe,
    pub(super) project: Project,
    /// None: all that the project has.
    pub(super) arches: Vec<VeeaArch>,
}

/// What is asked for, with what the configuration says of the directory.
pub(super) fn asked(known: &NamedSinks, args: &VeeaArgs) -> Result<Asked, Error> {
    let folder = folder(&args.folder)?;
    let arches = arches(&args.arch)?;
    let configured = configured(&known.config, &folder);
    let mut recipe = configured.unwrap_or_else(|| VeeaRecipe::new(folder.clone()));
    recipe.folder = folder;
    recipe.unauth |= args.unauth;
    recipe.mtime |= args.mtime;
    recipe.no_cache |= args.no_cache;
    recipe.partner = args.partner.or(recipe.partner);
    let absolute = |path: &PathBuf| std::path::absolute(path);
    if let Some(certificate) = &args.partner_certificate {
        recipe.certificate = Some(absolute(certificate)?);
    }
    for path in &args.license {
        recipe.licenses.push(absolute(path)?);
    }
    if let Some(signer) = signer(known, args)? {
        recipe.signer = Some(Box::new(signer));
    }
    if recipe.signer.is_none() && !recipe.unauth {
        recipe.signer = only_cms(known).map(Box::new);
    }
    let project = veea::read(&recipe)?;
    for arch in &arches {
        project.refuse_other(*arch)?;
    }
    Ok(Asked { recipe, project, arches })
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

/// What the configuration says of an image directory.
fn configured(config: &Config, folder: &Path) -> Option<VeeaRecipe> {
    let recipes = config.artifacts.iter().filter_map(|artifact| match &artifact.from {
        Origin::Veea(recipe) => Some(recipe),
        _ => None,
    });
    let mut recipes = recipes.map(|recipe| recipe.clone().map_paths(|path| config.root.join(path)));
    recipes.find(|recipe| recipe.folder.canonicalize().is_ok_and(|path| path == folder))
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
