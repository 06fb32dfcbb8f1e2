//! The content store, from which everything is written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Release, WAYS, blobs, expect_right, flip};

/// The folder of blobs of the content store.
fn store(release: &Release) -> PathBuf {
    let mut folders = vec![release.project.home("cache")];
    while let Some(folder) = folders.pop() {
        if folder.ends_with("blobs/sha256") {
            return folder;
        }
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(entries.filter(|path| path.is_dir()));
    }
    panic!("there is no content store")
}

/// Spoils each blob of the store in turn, releases to a layout that is gone, in
/// one way and then another, and looks at both.
fn spoil_each(spoil: impl Fn(&mut Vec<u8>)) {
    let release = Release::to("oci:out");
    let (store, out) = (store(&release), release.path("out"));
    let right = fs::read(out.join("index.json")).unwrap();
    for (blob, way) in blobs(&store).into_iter().zip(WAYS.into_iter().cycle()) {
        fs::remove_dir_all(&out).unwrap();
        let mut bytes = fs::read(&blob).unwrap();
        spoil(&mut bytes);
        fs::write(&blob, bytes).unwrap();
        let name = format!("{way:?} {}", blob.display());
        let ended = release.again(way);
        assert_eq!(ended.status, Some(0), "{name}: {}", ended.stderr);
        expect_right(&store, &name);
        expect_right(&out.join("blobs/sha256"), &name);
    }
    fs::remove_dir_all(&out).unwrap();
    release.run(&["--batch"]).expect(0);
    assert_eq!(fs::read(out.join("index.json")).unwrap(), right);
}

#[test]
fn a_blob_with_a_flipped_bit_in_the_content_store_is_made_again() {
    spoil_each(|bytes| flip(bytes));
}

#[test]
fn a_blob_that_was_cut_in_the_content_store_is_made_again() {
    spoil_each(|bytes| bytes.truncate(bytes.len() / 2));
}

/// A layout of one image whose layer is so large that it goes to a bucket in
/// parts, and is not what its name says.
fn large_layout(folder: &Path) {
    use castoff::model::media_type;
    use serde_json::json;
    let put = |kind: &str, bytes: &[u8]| {
        let node = castoff::model::Descriptor::of(kind, bytes);
        let path = folder.join("blobs/sha256").join(node.digest.hex());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        node
    };
    let mut bytes = vec![b'x'; 33 << 20];
    let layer = put("application/vnd.oci.image.layer.v1.tar", &bytes);
    bytes[1000] ^= 1;
    fs::write(folder.join("blobs/sha256").join(layer.digest.hex()), &bytes).unwrap();
    let config = json!({
        "os": "linux", "architecture": "amd64",
        "rootfs": { "type": "layers", "diff_ids": [layer.digest] },
    });
    let config = put(media_type::CONFIG, config.to_string().as_bytes());
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type::MANIFEST,
        "config": config, "layers": [layer],
    });
    let mut manifest = json!(put(media_type::MANIFEST, manifest.to_string().as_bytes()));
    manifest["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    fs::write(folder.join("index.json"), index.to_string()).unwrap();
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

#[test]
fn a_large_layer_that_is_wrong_never_becomes_an_object_in_parts() {
    let bucket = crate::bucket::fake::Bucket::start(true, |_, _| None);
    let release = Release::ready(&bucket.url(), &bucket.url());
    large_layout(&release.path("large"));
    release.run(&["push", "-t", "app:1", "large", &release.exact]).expect(6);
    let is_named = |key: &String| key.ends_with("manifests/1") || key.contains("/blobs/");
    let keys: Vec<_> = bucket.state().objects.keys().filter(|key| is_named(key)).cloned().collect();
    assert_eq!(keys.len(), 1, "only the configuration: {keys:?}");
}
