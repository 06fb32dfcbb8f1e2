//! A disk that takes no more. A limit on the size of files, whose signal is
//! ignored, fails a write as a full disk does, and needs no privilege.

use castoff::model::Digest;

use super::{Ended, World};
use crate::support::{
    images::{Form, Image},
    tars::Tar,
};

/// An archive with a layer of 3 MiB that cannot be compressed.
fn large() -> Vec<u8> {
    let hex: String =
        (0..98_304_u32).map(|place| Digest::of(&place.to_le_bytes()).hex().to_owned()).collect();
    let noise = Tar::default().file("noise", hex::decode(hex).unwrap()).finish();
    Image::new("linux/amd64", &[noise]).save(Form::Legacy, true)
}

/// Releases while no file may be larger than 1 MiB.
fn run_limited(world: &World) -> Ended {
    let script = "trap '' XFSZ; ulimit -f 2048; exec \"$0\" --batch -q";
    let program = env!("CARGO_BIN_EXE_castoff");
    let output = world.command("dash", &["-c", script, program]).output().expect("a shell");
    world.ended(&output)
}

#[test]
fn a_full_disk_of_the_content_store_is_refused_before_anybody_is_asked() {
    let world = World::with(large());
    let told = world.refused(&run_limited(&world));
    for part in [
        "4\nerror: prepare app linux/amd64",
        "home/cache/castoff/temp",
        "too large",
        "hint: free some space",
    ] {
        assert!(told.contains(part), "{part}:\n{told}");
    }
    let temp = world.path("home/cache/castoff/temp");
    assert_eq!(std::fs::read_dir(temp).unwrap().count(), 0, "nothing half-written is left");
}

#[test]
fn a_full_disk_at_a_sink_leaves_its_release_as_it_was() {
    let world = World::with(large());
    // It is prepared, and was released elsewhere.
    world.configure_sinks("", "[[sink]]\nname = \"other\"\nurl = \"oci:other\"\n");
    assert_eq!(world.run(&["--batch"]).status, Some(0));
    world.configure_sinks("", &world.shelf());
    let index = std::fs::read(world.path("shelf/index.json")).unwrap();
    let ended = run_limited(&world);
    assert_eq!(ended.status, Some(3), "{}", ended.stderr);
    for part in [
        "error: push app linux/amd64 → shelf",
        "shelf/blobs/sha256",
        "too large",
        "hint: free some space",
    ] {
        assert!(ended.stderr.contains(part), "{part}:\n{}", ended.stderr);
    }
    assert_eq!(std::fs::read(world.path("shelf/index.json")).unwrap(), index);
    for (path, digest) in world.tree() {
        let blob = path.parent().is_some_and(|folder| folder.ends_with("blobs/sha256"));
        let named = path.file_name().is_some_and(|name| name.to_str() == Some(digest.hex()));
        assert!(!blob || named, "{} is half-written", path.display());
    }
    // With room again, it goes on.
    assert_eq!(world.run(&["resume"]).status, Some(0));
}
