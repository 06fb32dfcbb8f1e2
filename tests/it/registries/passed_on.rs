//! Content that is copied from one place straight to another, which must not
//! be handed on as something that it is not.

use castoff::model::media_type;

use super::{Answer, Asked, Desk, Registry};
use crate::support::{
    images::{Image, Layout},
    tars::layer,
};

/// A registry with one image that sends its layer so.
fn sending(layer: fn(Answer) -> Answer) -> Registry {
    let registry = Registry::with(move |asked: &Asked, usual| {
        let answer = usual();
        let is_layer = asked.is("GET", "/blobs/") && answer.body == b"1";
        if is_layer { layer(answer) } else { answer }
    });
    registry.held().image("1");
    registry
}

#[test]
fn a_layer_that_comes_short_is_not_passed_on_to_another_registry() {
    let (from, to) = (sending(|answer| Answer { body: Vec::new(), ..answer }), Registry::start());
    let ended = Desk::new().run(&["copy", &from.url(":1"), &to.url(":1")]);
    ended.expect(6).says(&["does not have the expected 1 bytes"]);
    assert!(to.tags().is_empty());
}

#[test]
fn a_layer_of_another_size_is_not_passed_on_from_a_layout() {
    let desk = Desk::new();
    let mut layout = Layout::default();
    let image = Image::new("linux/amd64", &[layer("hello", "mine")]);
    let mut node = layout.image(&image, media_type::LAYER);
    node.annotations.insert("org.opencontainers.image.ref.name".into(), "app:1".into());
    let mut layout = layout.top(&[node]);
    let of_layer = layout.files.values_mut().find(|file| **file == image.layers[0]);
    of_layer.unwrap().push(b'x');
    desk.write("mine.tar", layout.tar());
    let to = Registry::start();
    let ended = desk.run(&["copy", "oci:mine.tar:app:1", &to.url(":1")]);
    let size = image.layers[0].len();
    ended.expect(6).says(&[&format!("has {} bytes, not {size}", size + 1)]);
    assert!(to.tags().is_empty());
}
