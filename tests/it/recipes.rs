//! Recipes, which only their sources read.

use std::path::PathBuf;

use castoff::{
    model::{ArtifactKind, Origin, Recipe},
    recipe::{dockerfile::DockerfileRecipe, image_builder::ImageBuilderRecipe},
    source::AciRecipe,
};
use serde_json::json;

fn dockerfile() -> DockerfileRecipe {
    let args = [("dockerfile".to_owned(), "app/Dockerfile".to_owned())].into();
    let (dockerfile, context) = ("app/Dockerfile".into(), Some("app".into()));
    DockerfileRecipe { dockerfile, context, args, ..DockerfileRecipe::default() }
}

#[test]
fn a_recipe_is_read_by_its_own_source_and_by_no_other() {
    let recipe = Recipe::of(&dockerfile(), ArtifactKind::Image).unwrap();
    assert_eq!(recipe.read::<DockerfileRecipe>().unwrap(), dockerfile());
    let refused = recipe.read::<ImageBuilderRecipe>().unwrap_err();
    assert!(refused.to_string().contains("image_builder"), "{refused}");
}

#[test]
fn the_paths_of_a_recipe_move_with_its_project_and_nothing_else_does() {
    let recipe = Recipe::of(&dockerfile(), ArtifactKind::Image).unwrap();
    let moved = recipe.map_paths(|path| PathBuf::from("/project").join(path));
    let moved: DockerfileRecipe = moved.read().unwrap();
    let wanted = DockerfileRecipe {
        dockerfile: "/project/app/Dockerfile".into(),
        context: Some("/project/app".into()),
        ..dockerfile()
    };
    assert_eq!(moved, wanted);
    let images = AciRecipe::new(vec!["one.aci".into(), "two.aci".into()]);
    let recipe = Recipe::of(&images, ArtifactKind::Files).unwrap();
    assert_eq!(recipe.to_string(), "one.aci, two.aci");
    let moved = recipe.map_paths(|path| PathBuf::from("/project").join(path));
    assert_eq!(moved.to_string(), "/project/one.aci, /project/two.aci");
}

#[test]
fn a_recipe_comes_back_from_a_plan_as_it_was() {
    let recipe = Recipe::of(&dockerfile(), ArtifactKind::Image).unwrap().built();
    let origin = Origin::Recipe(Box::new(recipe));
    let text = serde_json::to_string(&origin).unwrap();
    assert_eq!(serde_json::from_str::<Origin>(&text).unwrap(), origin);
}

#[test]
fn an_origin_of_an_earlier_castoff_is_kept_and_made_by_nothing() {
    let old = json!({ "build": { "recipe": { "linuxkit": { "folder": "/x" } }, "platforms": [] } });
    let origin: Origin = serde_json::from_value(old.clone()).unwrap();
    assert!(origin.recipe().is_none() && !origin.is_built());
    assert_eq!(serde_json::to_value(&origin).unwrap(), old);
}
