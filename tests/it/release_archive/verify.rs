//! Nothing in a release archive can be changed unseen.

use castoff::{release_archive::metadata_path, sign::cms::unseal};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::*;

/// An archive whose entries were changed.
struct Changed {
    bench: Bench,
    entries: Vec<(String, Vec<u8>)>,
}

impl Changed {
    async fn new() -> Self {
        let bench = Bench::new();
        let path = bench.release(&dbus(), &local()).await;
        Self { entries: entries(&path), bench }
    }

    fn told(&self, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> String {
        let mut entries = self.entries.clone();
        change(&mut entries);
        let path = self.bench.path("changed.tgz");
        packed(&path, &entries);
        refused(&path, policy(Some(&trust())))
    }

    fn path(&self, place: usize) -> &str {
        &self.entries[place].0
    }
}

#[tokio::test]
async fn the_part_that_was_changed_is_named() {
    let changed = Changed::new().await;
    let service = changed.told(|entries| entries[4].1[3] ^= 1);
    assert!(
        service.starts_with(&format!("the swarm service file `{}`: it is sha256", changed.path(4))),
        "{service}"
    );
    let image = changed.told(|entries| {
        let middle = entries[6].1.len() / 2;
        entries[6].1[middle] ^= 1;
    });
    assert!(image.starts_with(&format!("the image archive `{}`: ", changed.path(6))), "{image}");
    // The time in the header of gzip, which no reader looks at.
    let header = changed.told(|entries| entries[6].1[4] ^= 1);
    assert!(
        header.starts_with(&format!("the image archive `{}`: it is sha256", changed.path(6))),
        "{header}"
    );
    let metadata = changed.told(|entries| {
        let place = entries[8].1.windows(7).position(|part| part == b"vh_dbus").unwrap();
        entries[8].1[place] ^= 1;
    });
    let named = format!("the metadata `{}`: ", changed.path(8));
    assert!(metadata.starts_with(&named) && metadata.contains("other content"), "{metadata}");
}

#[tokio::test]
async fn every_byte_of_the_metadata_and_their_seal_counts() {
    let Parts { sealed, metadata, .. } = Bench::new().parts(&dbus(), &local()).await;
    let trust = trust();
    assert_eq!(unseal(&sealed, Some(&trust), now()).unwrap().content, metadata.to_json());
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(unseal(&changed, Some(&trust), now()).is_err(), "{place}");
    }
}

#[tokio::test]
async fn entries_that_are_missing_extra_or_elsewhere_are_named() {
    let changed = Changed::new().await;
    for (place, word) in [(4, "the swarm service file"), (6, "the image archive")] {
        let name = changed.path(place);
        let told = changed.told(|entries| drop(entries.remove(place)));
        assert_eq!(told, format!("{word} `{name}`: it is missing"));
    }
    let told = changed.told(|entries| drop(entries.remove(8)));
    assert_eq!(told, "it has no metadata, so it is not a release archive");
    let told = changed.told(|entries| drop(entries.remove(5)));
    assert_eq!(told, "its entry `containers/images` is missing");
    let told = changed.told(|entries| entries.swap(5, 7));
    assert_eq!(told, "its entry `containers/images` is out of order");
    let told = changed.told(|entries| entries.push(("containers/more/".to_owned(), Vec::new())));
    assert_eq!(told, "its entry `containers/more` does not belong to any image in it");
    let told = changed.told(|entries| entries.push(("containers/more".to_owned(), Vec::new())));
    assert_eq!(told, "its entry `containers/more` is unknown");
    let told = changed.told(|entries| entries.push(entries[4].clone()));
    assert!(told.contains("it has two entries"), "{told}");
    let told = changed.told(|entries| entries.push(entries[0].clone()));
    assert_eq!(told, "it has two entries named `containers`");
    let other = changed.path(4).replace(AUTHORISED, UNAUTHORISED);
    let told = changed.told(|entries| entries.push((other.clone(), CONF.to_vec())));
    assert_eq!(told, format!("its entry `{other}` does not belong to any image in it"));
    let told = changed.told(|entries| entries[4].0 = other.clone());
    assert!(told.contains("it is missing"), "{told}");
    let told = changed.told(|entries| entries[4].1 = vec![b' '; (1 << 20) + 1]);
    assert!(told.contains("it is too large"), "{told}");
}

#[tokio::test]
async fn more_entries_than_any_release_has_are_refused() {
    let told = Changed::new().await.told(|entries| {
        entries.extend((0..1024).map(|number| (format!("containers/{number}/"), Vec::new())));
    });
    assert_eq!(told, "it has more than 1024 entries");
}

#[tokio::test]
async fn a_name_that_leads_out_is_refused() {
    let bench = Bench::new();
    for name in ["../containers", "/etc/passwd", "containers/../../x"] {
        let tar = Tar::default().file(name, "x").finish();
        let path = bench.path("release.tgz");
        fs::write(&path, crate::support::tars::compress(&tar, castoff::archive::Compression::Gzip))
            .unwrap();
        let told = refused(&path, policy(Some(&trust())));
        assert!(told.contains("leads out") || told.contains("absolute"), "{told}");
    }
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_is_large() {
    let changed = Changed::new().await;
    let zeros = vec![0; 68 << 20];
    let told = changed.told(|entries| entries[6].1.clone_from(&zeros));
    assert!(told.contains("inflates to more than 64 times its size"), "{told}");
}

#[tokio::test]
async fn a_seal_of_another_counts_for_nothing() {
    let bench = Bench::new();
    let path = bench.release(&dbus(), &local()).await;
    let other = Trust::roots(ED_CERTIFICATE).unwrap();
    assert!(refused(&path, policy(Some(&other))).contains("is not trusted"));
    assert!(refused(&path, policy(None)).contains("no certificate is trusted"));
    let late = Policy { now: "2127-01-01T00:00:00Z".parse().unwrap(), ..policy(None) };
    let trust = trust();
    assert!(refused(&path, Policy { trust: Some(&trust), ..late }).contains("expired"));
}

#[tokio::test]
async fn what_is_not_authorised_is_taken_only_where_that_is_allowed() {
    let bench = Bench::new();
    let recipe = Recipe::new("vh_dbus", VeeaArch::Arm32v7, UNAUTHORISED);
    let (trust, path) = (trust(), bench.release(&recipe, &Nobody).await);
    assert!(refused(&path, policy(Some(&trust))).contains("it is not signed"));
    let allowed = Policy { unauthorised: true, ..policy(Some(&trust)) };
    let taken = check(&path, allowed).unwrap();
    assert_eq!((&taken.images[0].by, &taken.images[0].image_by), (&None, &None));
    check(&path, policy(None)).unwrap();
    // One that somebody signed is not authorised either.
    let path = bench.release(&recipe, &local()).await;
    assert!(refused(&path, policy(Some(&trust))).contains("not authorised"));
    check(&path, allowed).unwrap();
    // What is authorised must be signed, whatever is allowed.
    let path = bench.release(&dbus(), &Nobody).await;
    assert!(refused(&path, allowed).contains("not signed"));
}

#[tokio::test]
async fn metadata_of_another_image_do_not_fit() {
    let (one, other) = (Changed::new().await, Changed::new().await);
    let told = one.told(|entries| entries[8] = other.entries[8].clone());
    assert!(told.starts_with("the image archive `") && told.ends_with("it is missing"), "{told}");
    let told = one.told(|entries| {
        entries[8].1.clone_from(&other.entries[8].1);
    });
    assert!(told.contains("their file name does not match them"), "{told}");
    let told = one.told(|entries| entries[6].1.clone_from(&other.entries[6].1));
    assert!(told.contains("the metadata say"), "{told}");
    assert_ne!(metadata_path(&Digest::of(b"")), metadata_path(&Digest::of(b" ")));
}

#[test]
fn no_bit_of_an_archive_can_be_changed() {
    let runtime = Runtime::new().unwrap();
    let bench = Bench::new();
    let path = runtime.block_on(bench.release(&dbus(), &local()));
    let bytes = fs::read(&path).unwrap();
    let changed = bench.path("changed.tgz");
    proptest!(ProptestConfig::with_cases(96), |(place in any::<prop::sample::Index>(), bit in 0..8_u32)| {
        let mut bytes = bytes.clone();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        fs::write(&changed, bytes).unwrap();
        refused(&changed, policy(Some(&trust())));
    });
    // The header, which no reader looks at, and what is cut off or follows.
    for place in 0..10 {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        fs::write(&changed, bytes).unwrap();
        refused(&changed, policy(Some(&trust())));
    }
    fs::write(&changed, &bytes[..bytes.len() - 1]).unwrap();
    refused(&changed, policy(Some(&trust())));
    fs::write(&changed, [&bytes[..], b"\0"].concat()).unwrap();
    refused(&changed, policy(Some(&trust())));
}
