//! What is sealed with the right key and nevertheless not right.

use castoff::{
    model::FailureKind,
    release_archive::{image::verify, metadata_path},
    sign::cms::unseal,
};

use super::*;

/// The document in a seal.
fn document(seal: &[u8]) -> String {
    String::from_utf8(unseal(seal, Some(&trust()), now()).unwrap().content).unwrap()
}

/// The entries of a tar, whose last one is its seal.
fn headed(tar: &[u8]) -> Vec<(tar::Header, Vec<u8>)> {
    let mut tar = tar::Archive::new(tar);
    let entries = tar.entries().unwrap().map(|entry| {
        let (mut entry, mut content) = (entry.unwrap(), Vec::new());
        entry.read_to_end(&mut content).unwrap();
        (entry.header().clone(), content)
    });
    entries.collect()
}

/// What is told of an image whose seal is replaced by an entry of this kind.
#[track_caller]
fn told(path: &Path, good: &[u8], kind: tar::EntryType, seal: Vec<u8>) -> String {
    let mut entries = headed(good);
    let (header, content) = entries.last_mut().unwrap();
    header.set_entry_type(kind);
    header.set_size(seal.len() as u64);
    header.set_cksum();
    *content = seal;
    let mut tar = tar::Builder::new(File::create(path).unwrap());
    for (header, content) in entries {
        tar.append(&header, &content[..]).unwrap();
    }
    tar.finish().unwrap();
    let failure = verify(path, policy(Some(&trust()))).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Integrity, "{failure}");
    failure.to_string()
}

#[tokio::test]
async fn a_statement_of_another_form_or_image_is_refused_though_it_is_sealed() {
    let bench = Bench::new();
    let config = bench.sign(&dbus(), &local()).await.unwrap().config.to_string();
    let tar = bench.targets(&dbus()).tar;
    let good = fs::read(&tar).unwrap();
    let statement = document(&headed(&good).last().unwrap().1);
    let other = Digest::of(b"another").to_string();
    for (statement, says) in [
        ("{}\n".to_owned(), "its signature contains no statement"),
        (
            statement.replace("castoff.veea.image", "x.y"),
            "its statement has the unknown format `x.y`",
        ),
        (format!("{statement} "), "its statement is not in castoff's canonical form"),
        (statement.replacen(&config, &other, 1), "its configuration differs from the signed one"),
    ] {
        let seal = local().seal(statement.as_bytes()).await.unwrap();
        let told = told(&tar, &good, tar::EntryType::Regular, seal);
        assert!(told.contains(says), "`{says}` is not in: {told}");
    }
    let told = told(&tar, &good, tar::EntryType::Directory, Vec::new());
    assert!(told.contains("its entry `signature.cms` is not a signature"), "{told}");
}

#[tokio::test]
async fn metadata_that_say_something_else_of_their_image_are_refused_though_they_are_sealed() {
    let bench = Bench::new();
    let path = bench.release(&dbus(), &local()).await;
    let good = entries(&path);
    let metadata = document(&good[8].1);
    let of: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    for (part, key) in [("signed tar", "/image/tar/digest"), ("configuration", "/image/config")] {
        let digest = of.pointer(key).unwrap().as_str().unwrap();
        let changed = metadata.replace(digest, Digest::of(b"another").as_str());
        let mut entries = good.clone();
        entries[8] = (
            metadata_path(&Digest::of(changed.as_bytes())),
            local().seal(changed.as_bytes()).await.unwrap(),
        );
        packed(&path, &entries);
        let told = refused(&path, policy(Some(&trust())));
        assert!(told.ends_with(&format!("its {part} differs from the metadata")), "{told}");
    }
}

#[tokio::test]
async fn an_image_that_nobody_signed_is_no_part_of_an_authorised_release() {
    let bench = Bench::new();
    let path = bench.release(&dbus(), &Nobody).await;
    let mut entries = entries(&path);
    let metadata = unseal(&entries[8].1, None, now()).unwrap().content;
    entries[8].1 = local().seal(&metadata).await.unwrap();
    packed(&path, &entries);
    let trust = trust();
    let told = refused(&path, Policy { unauthorised: true, ..policy(Some(&trust)) });
    assert!(told.starts_with("the image archive") && told.ends_with("it is not signed"), "{told}");
}
