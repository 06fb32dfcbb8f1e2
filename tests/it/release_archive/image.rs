//! Signed image archives.

use castoff::{
    model::{FailureKind, PartnerId, PersistentUuid, VeeaArch},
    release_archive::image::{Checked, verify},
};
use proptest::prelude::*;

use super::*;

fn checked(path: &Path) -> Result<Checked, Failure> {
    verify(path, policy(Some(&trust())))
}

/// What is told of an archive that cannot be signed. Nothing is left of it.
async fn not_signed(recipe: &Recipe, saved: &[u8]) -> String {
    let bench = Bench::new();
    let failure = bench.sign_saved(recipe, saved, &local()).await.unwrap_err();
    assert_eq!(bench.names(), [""; 0]);
    let folder = bench.folder.path().display().to_string();
    failure.to_string().replace(&format!("{folder}/"), "")
}

#[tokio::test]
async fn a_signed_image_has_the_entries_of_the_unsigned_and_its_signature() {
    let bench = Bench::new();
    let signed = bench.sign(&dbus(), &local()).await.unwrap();
    let Targets { tar, archive } = bench.targets(&dbus());
    for path in [&tar, &archive] {
        let found = checked(path).unwrap();
        assert_eq!(
            (&found.reference[..], found.architecture),
            ("vh_dbus-arm32v7:1.0.1", dbus().arch)
        );
        assert_eq!(
            (found.signed.tar, found.signed.config),
            (signed.tar.clone(), signed.config.clone())
        );
        assert!(found.by.is_some());
    }
    assert_eq!(checked(&archive).unwrap().signed, signed);
    let names = |bytes: &[u8]| -> Vec<String> {
        let mut tar = tar::Archive::new(bytes);
        let names = tar
            .entries()
            .unwrap()
            .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap());
        names.collect()
    };
    let mut expected = names(&dbus().saved());
    expected.push("signature.cms".to_owned());
    assert_eq!(names(&fs::read(&tar).unwrap()), expected);
}

#[tokio::test]
async fn what_is_not_the_image_that_is_wanted_is_not_signed() {
    let recipe = dbus();
    let mut lacking = recipe.clone();
    let partner = "com.veea.authentication.certificates.partner";
    lacking.labels.push((partner, "MIIB"));
    let missing = not_signed(&lacking, &recipe.saved()).await;
    assert!(missing.ends_with(&format!("Missing label '{partner}' from container.")), "{missing}");
    let mut other = recipe.clone();
    other.labels[0].1 = UNAUTHORISED;
    assert!(not_signed(&other, &recipe.saved()).await.contains("another value"));
    let other = Recipe { arch: VeeaArch::Arm64v8, ..recipe.clone() };
    assert!(not_signed(&other, &recipe.saved()).await.contains("not `vh_dbus-arm64v8:1.0.1`"));
    let other = Recipe { app: "vh_other", ..recipe.clone() };
    assert!(not_signed(&other, &recipe.saved()).await.contains("its image is `vh_dbus-arm32v7"));
    assert!(not_signed(&recipe, b"no tar").await.contains("neither a tar"));
    assert!(
        not_signed(&recipe, &Tar::default().file("a", "b").finish())
            .await
            .contains("manifest.json")
    );
    let mut short = recipe.saved();
    short.truncate(2048);
    assert!(not_signed(&recipe, &short).await.contains("truncated"));
}

#[tokio::test]
async fn an_image_for_another_machine_or_with_other_layers_is_not_signed() {
    let recipe = dbus();
    let text = String::from_utf8(recipe.saved()).unwrap();
    // Of the same length, so that the tar stays one.
    let foreign = text.replace("\"architecture\":\"arm\"", "\"architecture\":\"mip\"");
    assert!(not_signed(&recipe, foreign.as_bytes()).await.contains("its image is for mip/v7"));
    let layer = text.replace("vh_dbus for arm32v7", "vh_dbus for ARM32v7");
    assert!(not_signed(&recipe, layer.as_bytes()).await.contains("its layer `a/layer.tar` is"));
    let link = text.replace("../a/layer.tar", "../c/layer.tar");
    // A header has a sum, so the link is written anew.
    assert!(not_signed(&recipe, link.as_bytes()).await.contains("damaged"));
}

#[tokio::test]
async fn what_is_signed_is_not_signed_again() {
    let bench = Bench::new();
    bench.sign(&dbus(), &local()).await.unwrap();
    let signed = fs::read(bench.targets(&dbus()).tar).unwrap();
    assert!(not_signed(&dbus(), &signed).await.contains("it is already signed"));
}

#[tokio::test]
async fn the_entry_that_is_not_what_was_signed_is_named() {
    let bench = Bench::new();
    bench.sign(&dbus(), &local()).await.unwrap();
    let tar = bench.targets(&dbus()).tar;
    let bytes = fs::read(&tar).unwrap();
    let changed = |from: &[u8], to: &[u8]| {
        let place = bytes.windows(from.len()).position(|part| part == from).unwrap();
        let mut bytes = bytes.clone();
        bytes[place..place + to.len()].copy_from_slice(to);
        fs::write(&tar, bytes).unwrap();
        let failure = checked(&tar).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Integrity);
        failure.to_string()
    };
    let layer = changed(b"vh_dbus for", b"vh_dbuS for");
    assert!(layer.contains("its entry `a/layer.tar` differs from the signed one"), "{layer}");
    let manifest = changed(b"RepoTags", b"repoTags");
    assert!(
        manifest.contains("its entry `manifest.json` differs from the signed one"),
        "{manifest}"
    );
    let statement = changed(b"castoff.veea.image", b"castoff.veea.Image");
    assert!(statement.contains("its entry `signature.cms`"), "{statement}");
    fs::write(&tar, dbus().saved()).unwrap();
    assert!(checked(&tar).unwrap_err().to_string().contains("it is not signed"));
}

#[tokio::test]
async fn entries_that_are_missing_or_too_many_are_named() {
    let bench = Bench::new();
    bench.sign(&dbus(), &local()).await.unwrap();
    let path = bench.targets(&dbus()).tar;
    let bytes = fs::read(&path).unwrap();
    let mut tar = tar::Archive::new(&bytes[..]);
    let starts = tar.entries().unwrap().map(|entry| entry.unwrap().raw_header_position());
    let starts: Vec<usize> = starts.map(|start| usize::try_from(start).unwrap()).collect();
    let [.., config, manifest, signature] = starts[..] else { panic!("{starts:?}") };
    let more = Tar::default().file("more", "").unfinished();
    for (changed, said) in [
        (
            [&bytes[..manifest], &bytes[signature..]].concat(),
            "its entry `manifest.json` is missing",
        ),
        (
            [&bytes[..config], &bytes[manifest..]].concat(),
            "its entry `manifest.json` is in the place of",
        ),
        (
            [&bytes[..signature], &more, &bytes[signature..]].concat(),
            "its entry `more` was added after signing",
        ),
        (
            [&bytes[..bytes.len() - 1024], &more, &[0; 1024]].concat(),
            "its entry `more` follows the signature",
        ),
        ([&bytes[..signature], &[0; 1024]].concat(), "it is not signed"),
    ] {
        fs::write(&path, changed).unwrap();
        let told = checked(&path).unwrap_err().to_string();
        assert!(told.contains(said), "{said}: {told}");
    }
}

proptest! {
    #[test]
    fn an_identity_is_read_as_it_is_written_in_small_letters_or_capitals(bytes: [u8; 16]) {
        let new = PersistentUuid::of_random(bytes);
        let text = new.to_string();
        prop_assert!(text.starts_with("FFFFFFFF-") && &text[14..15] == "4");
        prop_assert_eq!(text.parse(), Ok(new));
        prop_assert_eq!(text.to_lowercase().parse(), Ok(new));
        prop_assert_eq!(new.partner(), None);
        let partner: PartnerId = "0000003a".parse().unwrap();
        let authorised = new.authorised(partner);
        prop_assert_eq!(authorised.to_string(), format!("0000003A{}", &text[8..]));
        prop_assert_eq!(authorised.partner(), Some(partner));
        prop_assert_eq!(authorised.unauthorised(), new);
    }

    #[test]
    fn any_other_text_is_no_identity(text in "[0-9A-Fa-f{}-]{0,40}") {
        let form: Vec<usize> = text.split('-').map(str::len).collect();
        let is_one = form == [8, 4, 4, 4, 12] && !text.contains(['{', '}']);
        prop_assert_eq!(text.parse::<PersistentUuid>().is_ok(), is_one);
    }
}

#[test]
fn nobody_is_no_partner_and_not_every_architecture_is_known() {
    for text in ["FFFFFFFF", "33", "0000003G", "000000333", ""] {
        assert!(text.parse::<PartnerId>().is_err(), "{text}");
    }
    let error = "mips".parse::<VeeaArch>().unwrap_err().to_string();
    assert_eq!(error, "Architecture 'mips' is not supported.");
}
