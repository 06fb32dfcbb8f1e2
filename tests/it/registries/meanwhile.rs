//! What changes between two looks at it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Mutex,
};

use castoff::model::media_type;

use super::{Asked, Desk, Registry};
use crate::{
    bucket::fake::Bucket,
    support::{
        images::{Image, Layout},
        tars::layer,
    },
};

/// What is done once, as soon as something is asked.
struct Once(Mutex<Option<PathBuf>>);

impl Once {
    fn to(path: PathBuf) -> Self {
        Self(Mutex::new(Some(path)))
    }

    fn run(&self, change: fn(&Path)) {
        if let Some(path) = self.0.lock().unwrap().take() {
            change(&path);
        }
    }
}

#[test]
fn a_layout_that_changes_after_it_was_looked_at_is_not_published() {
    let desk = Desk::new();
    let mut layout = Layout::default();
    let image = Image::new("linux/amd64", &[layer("hello", "mine")]);
    let node = layout.image(&image, media_type::LAYER);
    let layout = layout.top(&[node]);
    layout.write(&desk.path("mine"));
    let blob = layout.files.iter().find(|(_, file)| **file == image.layers[0]).unwrap().0;
    let once = Once::to(desk.path("mine").join(blob));
    let registry = Registry::with(move |asked: &Asked, usual| {
        // All that lies on this machine was looked at before.
        if asked.path == "/v2/" {
            once.run(touch);
        }
        usual()
    });
    let ended = desk.run(&["push", "-t", "app:1", "mine", &registry.url("")]);
    ended.expect(6).says(&["it was removed or changed after castoff read it"]);
    assert!(registry.tags().is_empty());
}

/// Gives a file another time.
fn touch(file: &Path) {
    let file = fs::File::options().write(true).open(file).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
}

/// Writes another first byte.
fn change(file: &Path) {
    fs::File::options().write(true).open(file).unwrap().write_all(b"x").unwrap();
}

#[test]
fn a_large_file_that_changes_after_it_was_looked_at_does_not_come_into_a_bucket() {
    let desk = Desk::new();
    desk.write("castoff.toml", "[[sink]]\nname = \"out\"\nurl = \"dir:out\"\n");
    // What is larger than 32 MiB is sent in parts, of each of which the bucket
    // sees the digest.
    let large = desk.write("files/linux/amd64/large", "");
    fs::File::create(large).unwrap().set_len(33 << 20).unwrap();
    desk.run(&["push", "-t", "tool:1", "files", "dir:out"]).expect(0);
    let once = Once::to(desk.path("out/df-dist-v1/tool/1/linux/amd64/large"));
    let bucket = Bucket::start(true, move |request, _| {
        if request.key.contains("/.staged/") {
            once.run(change);
        }
        None
    });
    let ended = desk.run(&["copy", "out/tool:1", &bucket.url()]);
    ended.expect(6).says(&["the content for sha256:", "is something else"]);
    assert!(bucket.state().objects.is_empty());
}
