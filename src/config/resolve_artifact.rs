//! Artifacts with what they refer to, and what an entry makes.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    ArtifactConfig,
    fields::At,
    merge::merge_release,
    problem::Problems,
    raw::{RawArtifact, RawFrom, RawRelease},
};
use crate::model::{
    AciRecipe, ArtifactKind, ArtifactName, Origin, Recipe, Repository, SignerKind, SignerName,
    SignerSpec, SinkName, VeeaRecipe, nearest,
};

/// What the image is called that lies in release archives: the name of the
/// archives, and this.
const IMAGE: &str = "-image";
/// What App Container Images are called that are released as files: the name
/// of what is released as an OCI image, and this.
const ACI: &str = "-aci";

/// What an artifact may refer to, resolved.
pub(super) struct Referred<'r> {
    pub(super) trees: &'r BTreeMap<String, PathBuf>,
    pub(super) known: &'r Known,
    pub(super) signers: &'r [SignerSpec],
}

/// What an artifact may refer to.
pub(super) struct Known {
    pub(super) sinks: Vec<String>,
    /// With their kinds, as far as these are not mistaken.
    pub(super) signers: BTreeMap<String, Option<SignerKind>>,
}

/// Reports a name that is none of `known`.
fn known_or_near<'k>(
    name: &At<String>,
    what: &str,
    known: impl Iterator<Item = &'k String> + Clone,
    problems: &mut Problems,
) {
    if !known.clone().any(|known| *known == name.value) {
        let near = nearest(&name.value, known.map(String::as_str));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        problems.add(&name.at, format!("there is no {what} named `{}`", name.value), hint);
    }
}

/// The artifacts that an entry makes: most make one.
pub(super) fn resolve_artifact(
    raw: RawArtifact,
    release: &RawRelease,
    referred: &Referred<'_>,
    problems: &mut Problems,
) -> Vec<ArtifactConfig> {
    let known = referred.known;
    if let Err(error) = raw.name.value.parse::<Repository>() {
        problems.add(&raw.name.at, error, None);
    }
    for sink in raw.sinks.iter().flatten() {
        known_or_near(sink, "sink", known.sinks.iter(), problems);
    }
    for signer in raw.sign.iter().flatten() {
        known_or_near(signer, "signer", known.signers.keys(), problems);
    }
    let Some(from) = &raw.from else { return Vec::new() };
    let products = products(&raw.name.value, from, referred, problems);
    let kinds: Vec<ArtifactKind> = products.iter().map(|(_, from)| from.kind()).collect();
    refuse_unfit(&raw, &kinds, known, problems);
    let own = merge_release(release.clone(), raw.own);
    let sign: Option<Vec<SignerName>> =
        raw.sign.map(|sign| sign.into_iter().map(|name| SignerName(name.value)).collect());
    let sinks: Option<Vec<SinkName>> =
        raw.sinks.map(|sinks| sinks.into_iter().map(|sink| SinkName(sink.value)).collect());
    let is_several = products.len() > 1;
    let artifact = |(name, from): (String, Origin)| {
        let kind = from.kind();
        let fits = |name: &SignerName| {
            let kinds = known.signers.get(&name.0).copied().flatten();
            kinds.is_none_or(|signer| signer.fits(kind))
        };
        ArtifactConfig {
            sign: sign.clone().map(|sign| sign.into_iter().filter(fits).collect()),
            checksums: raw.checksums && kind == ArtifactKind::Files,
            version: own.version.clone(),
            tags: own.tags.clone().unwrap_or_else(|| vec!["{version}".to_owned()]),
            platforms: own.platforms.clone(),
            sinks: sinks.clone(),
            repository: raw.repository.clone(),
            immutable: own.immutable.clone().unwrap_or_default(),
            product_of: is_several.then(|| ArtifactName(raw.name.value.clone())),
            ..ArtifactConfig::new(ArtifactName(name), from)
        }
    };
    products.into_iter().map(artifact).collect()
}

/// What the second artifact is called that an entry makes, if it makes two.
pub(super) fn second_name(raw: &RawArtifact) -> Option<At<String>> {
    let makes_two = matches!(raw.from, Some(RawFrom::Veea(..)));
    let At { value, at } = &raw.name;
    makes_two.then(|| At { value: format!("{value}{IMAGE}"), at: at.clone() })
}

/// What an entry makes, by name.
fn products(
    name: &str,
    from: &RawFrom,
    referred: &Referred<'_>,
    problems: &mut Problems,
) -> Vec<(String, Origin)> {
    match from {
        RawFrom::Origin(origin) => vec![(name.to_owned(), origin.clone())],
        RawFrom::ImageOf(image) => {
            let trees = referred.trees;
            let Some(files) = trees.get(&image.artifact.value) else {
                let what =
                    format!("there is no artifact of files named `{}`", image.artifact.value);
                let near = nearest(&image.artifact.value, trees.keys().map(String::as_str));
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                problems.add(&image.artifact.at, what, hint);
                return Vec::new();
            };
            let settings = image.settings.clone();
            vec![(name.to_owned(), Origin::ImageOf { files: files.clone(), settings })]
        }
        RawFrom::Veea(recipe, signer) => {
            let signer = match signer {
                Some(name) => cms_signer(name, referred, problems),
                None if recipe.unauth => None,
                None => only_cms(referred),
            };
            let recipe = VeeaRecipe { signer: signer.map(Box::new), ..recipe.clone() };
            // The same image is in the archives and goes to registries.
            let image = Box::new(Recipe::Veea(recipe.clone()));
            let image = Origin::Build { recipe: image, platforms: Vec::new() };
            let archives = Origin::Veea(Box::new(recipe));
            vec![(name.to_owned(), archives), (format!("{name}{IMAGE}"), image)]
        }
        RawFrom::Aci(recipe) => {
            let files = AciRecipe { kind: ArtifactKind::Files, ..recipe.clone() };
            let [image, files] = [recipe.clone(), files].map(|of| Origin::Aci(Box::new(of)));
            vec![(name.to_owned(), image), (format!("{name}{ACI}"), files)]
        }
    }
}

/// The only signer that can sign release archives, where no other can.
fn only_cms(referred: &Referred<'_>) -> Option<SignerSpec> {
    let mut all = referred.signers.iter().filter(|signer| signer.kind() == SignerKind::Cms);
    let only = all.next().cloned();
    only.filter(|_| all.next().is_none())
}

/// The signer of release archives.
fn cms_signer(
    name: &At<String>,
    referred: &Referred<'_>,
    problems: &mut Problems,
) -> Option<SignerSpec> {
    known_or_near(name, "signer", referred.known.signers.keys(), problems);
    let signer = referred.signers.iter().find(|signer| signer.name.0 == name.value)?;
    if signer.kind() != SignerKind::Cms {
        let kind = signer.kind();
        let what = format!(
            "signer `{}` is of kind {kind}, but release archives need kind cms",
            name.value
        );
        problems.add(&name.at, what, None);
        return None;
    }
    Some(signer.clone())
}

/// Reports what does not go with what an entry makes.
fn refuse_unfit(raw: &RawArtifact, kinds: &[ArtifactKind], known: &Known, problems: &mut Problems) {
    let [first, ..] = kinds else { return };
    for signer in raw.sign.iter().flatten() {
        if let Some(Some(kind)) = known.signers.get(&signer.value)
            && !kinds.iter().any(|of| kind.fits(*of))
        {
            let what = match first {
                ArtifactKind::Image => "images",
                ArtifactKind::Files => "files",
            };
            let why =
                format!("signer `{}` is of kind {kind}, which cannot sign {what}", signer.value);
            problems.add(&signer.at, why, None);
        }
    }
    if raw.checksums && !kinds.contains(&ArtifactKind::Files) {
        problems.add(&raw.name.at, "`checksums` is only for files, and this is an image", None);
    }
}
