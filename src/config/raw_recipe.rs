//! The sources that make something of a recipe: what each may say in
//! `from = { … }`. What that means, the source itself checks.

use std::path::PathBuf;

use super::{
    fields::{FieldValue, Fields, TextOrTables},
    problem::Problems,
    raw_signer::parts::read_source,
};
use crate::{
    model::{ArtifactKind, Recipe, RecipeSpec},
    recipe::{
        dockerfile::DockerfileRecipe,
        image_builder::ImageBuilderRecipe,
        linuxkit::{Compat, LinuxkitRecipe},
    },
    source::AciRecipe,
    veea::recipe::{PartnerId, VeeaRecipe},
};

/// What the image is called that lies in release archives: the name of the
/// archives, and this.
const IMAGE: &str = "-image";
/// What App Container Images are called that are released as files: the name
/// of what is released as an OCI image, and this.
const ACI: &str = "-aci";

/// What an entry makes.
pub(super) struct Products {
    /// The recipe of each, and what its name has behind the name of the entry.
    pub(super) recipes: Vec<(&'static str, Recipe)>,
    /// What signs it while it is made.
    pub(super) seal: Seal,
}

/// What signs something while it is made.
pub(super) enum Seal {
    /// Nothing does.
    Nothing,
    /// The signer of this name.
    By(FieldValue<String>),
    /// The only signer that can, where no other can.
    Only,
}

impl Products {
    fn one(recipe: Recipe) -> Self {
        Self { recipes: vec![("", recipe)], seal: Seal::Nothing }
    }
}

/// What reads what a source makes; none where its key is not there.
type Read = fn(&mut Fields<'_, '_>, &mut Problems) -> Option<Products>;

/// The sources.
const SOURCES: [Read; 5] =
    [read_dockerfile, read_linuxkit, read_image_builder, read_veea, read_aci];

/// All that `from` says of sources that make something of a recipe.
pub(super) fn read_products(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Vec<Products> {
    SOURCES.iter().filter_map(|read| read(fields, problems)).collect()
}

fn recipe_of<S: RecipeSpec>(spec: &S, kind: ArtifactKind) -> Recipe {
    Recipe::of(spec, kind).expect("a configuration is UTF-8")
}

fn paths(found: Option<FieldValue<Vec<FieldValue<String>>>>) -> Vec<PathBuf> {
    let found = found.into_iter().flat_map(|list| list.value);
    found.map(|path| PathBuf::from(path.value)).collect()
}

fn text(found: Option<FieldValue<String>>) -> Option<String> {
    found.map(|text| text.value)
}

/// `dockerfile = …`, with what goes with it.
fn read_dockerfile(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Products> {
    let path = fields.string("dockerfile", problems)?.value;
    let spec = DockerfileRecipe {
        dockerfile: path.into(),
        context: text(fields.string("context", problems)).map(PathBuf::from),
        target: text(fields.string("target", problems)),
        args: fields.map("args", problems),
        labels: fields.map("labels", problems),
        annotations: fields.map("annotations", problems),
        no_network: fields.bool("network", problems) == Some(false),
        no_cache: fields.bool("cache", problems) == Some(false),
    };
    let mut recipe = recipe_of(&spec, ArtifactKind::Image).built();
    let secrets = fields.table("secrets", problems).map(|fields| fields.rest(problems));
    for (id, value) in secrets.unwrap_or_default() {
        let TextOrTables::Tables(tables) = value else {
            let hint = format!("write it as {} = {{ keyring = \"NAME\" }}", id.value);
            problems.add(&id.at, "a secret must be a table that names its source", Some(hint));
            continue;
        };
        let key = format!("secrets.{}", id.value);
        let sources = tables.into_iter().filter_map(|fields| read_source(fields, &key, problems));
        recipe.secrets.insert(id.value, sources.collect());
    }
    Some(Products::one(recipe))
}

/// `image_builder = …`, and which of its images.
fn read_image_builder(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Products> {
    let payload = fields.string("image_builder", problems)?.value.into();
    let part = text(fields.string("image", problems));
    let recipe = recipe_of(&ImageBuilderRecipe { payload }, ArtifactKind::Image).built();
    Some(Products::one(Recipe { part, ..recipe }))
}

/// `linuxkit = …`, with what of the package is overridden.
fn read_linuxkit(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Products> {
    let folder = fields.string("linuxkit", problems)?.value;
    let compat = fields.string("compat", problems).map(|compat| read_compat(&compat, problems));
    let usual = LinuxkitRecipe::new(folder.into());
    let spec = LinuxkitRecipe {
        compat: compat.unwrap_or_default(),
        org: text(fields.string("org", problems)),
        build_yml: text(fields.string("build_yml", problems)).unwrap_or(usual.build_yml),
        tag: text(fields.string("tag", problems)),
        network: fields.bool("network", problems),
        cache: fields.bool("cache", problems),
        build_arg_files: paths(fields.list("build_arg_files", problems)),
        ..LinuxkitRecipe::new(usual.folder)
    };
    Some(Products::one(recipe_of(&spec, ArtifactKind::Image).built()))
}

/// `veea = …`, the partner that it is released for, and what signs it: release
/// archives, and the image that is in them and goes to registries.
fn read_veea(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Products> {
    let folder = fields.string("veea", problems)?.value;
    let licenses = paths(fields.list("licenses", problems));
    let spec = VeeaRecipe {
        unauth: fields.bool("unauth", problems).unwrap_or_default(),
        partner: fields.parse::<PartnerId>("partner", problems).map(|partner| partner.value),
        certificate: text(fields.string("certificate", problems)).map(PathBuf::from),
        licenses,
        mtime: fields.bool("mtime", problems).unwrap_or_default(),
        no_cache: fields.bool("cache", problems) == Some(false),
        ..VeeaRecipe::new(folder.into())
    };
    let seal = match fields.string("signer", problems) {
        Some(name) => Seal::By(name),
        None if spec.unauth => Seal::Nothing,
        None => Seal::Only,
    };
    let archives = recipe_of(&spec, ArtifactKind::Files).built();
    let image = recipe_of(&spec, ArtifactKind::Image).built();
    Some(Products { recipes: vec![("", archives), (IMAGE, image)], seal })
}

/// `aci = [FILE, …]`, with the options of its kind: images that are released as
/// OCI images, and as the files that they are.
fn read_aci(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Products> {
    let images = fields.list::<String>("aci", problems)?;
    if images.value.is_empty() {
        problems.add(&images.at, "`aci` lists no image", None);
    }
    let spec = AciRecipe {
        store: text(fields.string("store", problems)).map(PathBuf::from),
        flatten: fields.bool("flatten", problems).unwrap_or_default(),
        platform: fields.parse("platform", problems).map(|platform| platform.value),
        ..AciRecipe::new(paths(Some(images)))
    };
    let image = recipe_of(&spec, ArtifactKind::Image);
    let files = recipe_of(&spec, ArtifactKind::Files);
    Some(Products { recipes: vec![("", image), (ACI, files)], seal: Seal::Nothing })
}

fn read_compat(text: &FieldValue<String>, problems: &mut Problems) -> Compat {
    match text.value.as_str() {
        "2020" => {}
        "2026" => return Compat::Year2026,
        _ => problems.add(&text.at, "`compat` must be \"2020\" or \"2026\"", None),
    }
    Compat::Year2020
}
