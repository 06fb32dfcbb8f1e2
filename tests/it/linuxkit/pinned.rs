//! What a package is built of, where only what is signed counts.

use std::collections::BTreeMap;

use castoff::{
    model::{Digest, FailureKind},
    recipe::linuxkit::LinuxkitRecipe,
};

use super::{Workshop, read};

#[tokio::test]
async fn a_base_that_was_not_known_to_be_signed_is_not_built_on() {
    let shop = Workshop::new();
    shop.write("pkg/build.yml", "image: pkg\n");
    shop.write("pkg/Dockerfile", "FROM example.org/a:1\nCOPY --from=example.org/b:1 / /\n");
    let signed = |names: &[&str]| {
        let digest = |name: &&str| ((*name).to_owned(), Digest::of(name.as_bytes()));
        let pins: BTreeMap<_, _> = names.iter().map(digest).collect();
        LinuxkitRecipe { pins: Some(pins), ..shop.recipe("pkg") }
    };
    let package = read(&signed(&["example.org/a:1"])).await;
    let failure = package.blueprint().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Integrity);
    let told = shop.shown(&failure);
    assert!(told.contains("Dockerfile:2: "), "{told}");
    assert!(told.contains("example.org/b:1 was not known to be signed"), "{told}");
    let package = read(&signed(&["example.org/a:1", "example.org/b:1"])).await;
    let text = package.blueprint().await.unwrap().dockerfile.text;
    assert_eq!(text.matches("@sha256:").count(), 2, "{text}");
}
