//! Applications, which join the archives of several images.

use std::collections::BTreeSet;

use castoff::release_archive::{Kind, Member, join};

use super::*;

const OTHER: &str = "00000033-B281-4F25-B6F9-F9439C533890";

fn member(name: &str, path: &Path) -> Member {
    Member { name: name.to_owned(), path: path.to_owned() }
}

#[tokio::test]
async fn an_application_is_the_union_of_its_images() {
    let bench = Bench::new();
    let mut members = Vec::new();
    for (app, uuid) in [("vh_dbus", AUTHORISED), ("vh_web", OTHER)] {
        for arch in ARCHES {
            let path = bench.release(&Recipe::new(app, arch, uuid), &local()).await;
            members.push(member(app, &path));
        }
    }
    let trust = trust();
    let target = bench.path("MyApp-1.0.0.tgz");
    join(&members, &target, policy(Some(&trust))).unwrap();
    let joined = entries(&target);
    assert!(joined.iter().all(|(name, _)| name.starts_with("./containers/")));
    // Two images: 5 + 2 folders, a service file each, and two for each architecture.
    assert_eq!(joined.len(), 6 + 2 + 4 + 4);
    let all: BTreeSet<_> =
        joined.iter().map(|(name, content)| (name[2..].to_owned(), content.clone())).collect();
    let of_images: BTreeSet<_> = members.iter().flat_map(|member| entries(&member.path)).collect();
    assert_eq!(all, of_images);
    let found = check(&target, policy(Some(&trust))).unwrap();
    assert_eq!((found.kind, found.images.len()), (Kind::App, 4));
    // What is named as an image's archive has one image.
    let bare: Vec<_> = joined.into_iter().map(|(name, of)| (name[2..].to_owned(), of)).collect();
    let image = bench.path("image.tgz");
    packed(&image, &bare);
    let told = refused(&image, policy(Some(&trust)));
    assert_eq!(told, "it has several images, but is not an application");
    // The order in which they are named does not matter.
    members.reverse();
    let again = bench.path("again.tgz");
    join(&members, &again, policy(Some(&trust))).unwrap();
    assert_eq!(fs::read(&target).unwrap(), fs::read(&again).unwrap());
    // A part of it that is changed is found, as in an image's.
    let mut bytes = fs::read(&target).unwrap();
    let place = bytes.len() / 3;
    bytes[place] ^= 1;
    fs::write(&target, bytes).unwrap();
    refused(&target, policy(Some(&trust)));
}

#[tokio::test]
async fn images_that_cannot_be_told_apart_are_not_joined() {
    let bench = Bench::new();
    let dbus = bench.release(&dbus(), &local()).await;
    let web = bench.release(&Recipe::new("vh_web", VeeaArch::Arm32v7, OTHER), &local()).await;
    let conf = b"docker: {}\n";
    let arm64 = Recipe { conf, ..Recipe::new("vh_dbus", VeeaArch::Arm64v8, AUTHORISED) };
    let arm64 = bench.release(&arm64, &local()).await;
    let (trust, before) = (trust(), bench.names());
    let target = bench.path("MyApp-1.0.0.tgz");
    for (members, said) in [
        (vec![member("a", &dbus), member("a", &web)], "two images are named `a`"),
        (vec![member("a", &dbus), member("a", &dbus)], "`a` has two images for arm32v7"),
        (vec![member("a", &dbus), member("b", &dbus)], "`b` has two images for arm32v7"),
        (vec![member("a", &dbus), member("a", &arm64)], "`a` has two swarm service files"),
        (vec![member("a", &bench.path("missing"))], "missing"),
        (vec![], "at least one image"),
    ] {
        let failure = join(&members, &target, policy(Some(&trust))).unwrap_err();
        assert!(failure.to_string().contains(said), "{said}: {failure}");
        assert_eq!(bench.names(), before);
    }
    join(&[member("a", &dbus), member("b", &web)], &target, policy(Some(&trust))).unwrap();
    // One of a single image is an application too.
    join(&[member("a", &dbus)], &target, policy(Some(&trust))).unwrap();
    assert_eq!(check(&target, policy(Some(&trust))).unwrap().kind, Kind::App);
    assert_eq!(check(&dbus, policy(Some(&trust))).unwrap().kind, Kind::Image);
}

#[tokio::test]
async fn an_archive_that_is_wrong_joins_no_application() {
    let bench = Bench::new();
    let dbus = bench.release(&dbus(), &local()).await;
    let mut bytes = fs::read(&dbus).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    fs::write(&dbus, bytes).unwrap();
    let target = bench.path("MyApp-1.0.0.tgz");
    join(&[member("a", &dbus)], &target, policy(Some(&trust()))).unwrap_err();
    assert!(!target.exists());
}
