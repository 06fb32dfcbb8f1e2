//! The folder of release archives, as a sink.

use std::{fs, path::Path, sync::Arc};

use castoff::{
    model::{Descriptor, FailureKind},
    net::Random,
    sink::objects::{ArchiveObjects, Objects},
};
use tempfile::TempDir;

const ONE: &str = "df-dist-v1/app/1.0/linux/arm/v7/app-arm32v7-release-1.0.tgz";
const LATEST: &str = "df-dist-v1/app/latest/linux/arm/v7/app-arm32v7-release-1.0.tgz";

async fn put(objects: &dyn Objects, key: &str, bytes: &[u8]) -> Result<(), FailureKind> {
    let put = objects.put(key, bytes, "application/octet-stream").await;
    put.map_err(|failure| failure.kind)
}

fn archive(folder: &Path) -> std::path::PathBuf {
    folder.join("app-arm32v7-release-1.0.tgz")
}

#[tokio::test]
async fn an_archive_stays_until_its_last_tag_goes() {
    let folder = TempDir::new().unwrap();
    let objects: Arc<dyn Objects> =
        Arc::new(ArchiveObjects::new(folder.path().to_owned(), Random::Fixed(0)));
    put(&*objects, ONE, b"one").await.unwrap();
    objects.copy(ONE, LATEST).await.unwrap();
    assert_eq!(fs::read(archive(folder.path())).unwrap(), b"one");
    let node = Descriptor::of("application/octet-stream", b"one");
    assert!(objects.info(LATEST).await.unwrap().unwrap().is(&node));
    objects.delete(ONE).await.unwrap();
    assert!(archive(folder.path()).exists() && objects.info(ONE).await.unwrap().is_none());
    objects.delete(LATEST).await.unwrap();
    assert!(!archive(folder.path()).exists());
}

#[tokio::test]
async fn a_file_that_is_not_of_a_release_is_never_touched() {
    let folder = TempDir::new().unwrap();
    let objects = ArchiveObjects::new(folder.path().to_owned(), Random::Fixed(0));
    fs::write(archive(folder.path()), "mine").unwrap();
    assert_eq!(put(&objects, ONE, b"one").await, Err(FailureKind::Conflict));
    assert_eq!(objects.info(ONE).await.unwrap_err().kind, FailureKind::Conflict);
    objects.delete(ONE).await.unwrap();
    assert_eq!(fs::read(archive(folder.path())).unwrap(), b"mine");
}
