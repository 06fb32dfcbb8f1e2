//! What an engine saves, as it is read where it is dated.

use std::io::Cursor;

use castoff::{
    archive::Caps,
    model::{Failure, FailureKind, Side, media_type},
    ports::Desk,
    source::{DockerArchive, Saved},
};

use crate::support::{
    Lab,
    images::{Form, Image, Layout},
    tars::layer,
};

/// Reads a stream of an engine whose image is dated.
async fn read(lab: &Lab, stream: Vec<u8>) -> Result<String, Failure> {
    let saved = Saved {
        name: "saved".to_owned(),
        platform: "linux/amd64".parse().unwrap(),
        known: false,
        epoch: Some(1_605_184_836),
        annotations: [].into(),
    };
    let archive = DockerArchive::with_caps(lab.store.clone(), Caps::default());
    let root = archive.read_saved(saved, Box::pin(Cursor::new(stream)), &Desk::default()).await?;
    let manifest = lab.store.manifest(&root).unwrap();
    Ok(String::from_utf8(lab.store.read(&manifest.config).unwrap()).unwrap())
}

fn image() -> Image {
    Image::new("linux/amd64", &[layer("hello", "hello")])
}

#[tokio::test]
async fn an_image_is_dated_as_it_is_asked_for() {
    let config = read(&Lab::new(), image().save(Form::Docker25, true)).await.unwrap();
    assert!(config.contains("\"created\":\"2020-11-12T12:40:36Z\""), "{config}");
}

#[tokio::test]
async fn an_image_whose_configuration_is_none_is_not_dated() {
    let mut layout = Layout::default();
    let mut image = layout.image(&image(), media_type::LAYER);
    let parsed = castoff::model::Manifest::of_image(
        layout.blob(media_type::CONFIG, b"{no JSON"),
        Vec::new(),
    );
    image = layout.blob(media_type::MANIFEST, parsed.raw()).on(image.platform.unwrap());
    let failure = read(&Lab::new(), layout.top(&[image]).tar()).await.unwrap_err();
    assert_eq!((failure.kind, failure.side), (FailureKind::Invalid, Side::Source), "{failure}");
    assert!(failure.to_string().contains("configuration cannot be read"), "{failure}");
}

#[test]
fn an_index_is_no_manifest_of_one_image_and_the_other_way_round() {
    let lab = Lab::new();
    let mut layout = Layout::default();
    let node = layout.image(&image(), media_type::LAYER);
    let index = layout.index(std::slice::from_ref(&node));
    for node in [&node, &index] {
        let raw = &layout.files[&format!("blobs/sha256/{}", node.digest.hex())];
        lab.store.keep(node.media_type.as_str(), raw).unwrap();
    }
    assert_eq!(lab.store.index(&index).unwrap().manifests, std::slice::from_ref(&node));
    assert!(lab.store.manifest(&node).is_ok());
    for (failure, what) in [
        (lab.store.manifest(&index).unwrap_err(), "is not a manifest of one image"),
        (lab.store.index(&node).unwrap_err(), "is not an index"),
    ] {
        assert_eq!(failure.kind, FailureKind::Invalid);
        assert!(failure.to_string().contains(what), "{failure}");
    }
}
