//! Keys, looking images up, and what a store keeps.

use std::fs;

use castoff::aci::{Form, ImageStore, Key, Reference};
use serde_json::json;

use super::support::{Image, Lab, manifest};

/// A store that holds images of these keys, as rkt would have them.
fn with_keys(keys: &[&str]) -> Lab {
    let lab = Lab::new();
    for (place, key) in keys.iter().enumerate() {
        for (kind, content) in [
            ("blob", "no tar".to_owned()),
            ("imageManifest", manifest(&format!("example.com/{place}")).to_string()),
        ] {
            let folder = lab.path(&format!("store/cas/{kind}/sha512/{}", &key[7..9]));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(key), content).unwrap();
        }
    }
    lab
}

const LONG: &str = "sha512-67147019a5b56f5e2ee01e989a8aa4787f56b8445960be2d8678391cf111009bc0780f31\
                    001fd181a2b61507547aee4caa44cda4b8bdb238d0e4ba830069ed2c";
const OTHER: &str = "sha512-abcd000000000000000000000000000000000000000000000000000000000000";
const AGAIN: &str = "sha512-abc1000000000000000000000000000000000000000000000000000000000000";
const FIRST: &str = "sha512-1230000000000000000000000000000000000000000000000000000000000000";

#[test]
fn a_key_is_found_by_how_it_begins() {
    let lab = with_keys(&[&LONG[..71], OTHER, AGAIN, FIRST]);
    let resolve = |text: &str| match lab.store.resolve_key(text) {
        Ok(key) => key.to_string(),
        Err(failure) => failure.causes[0].clone(),
    };
    assert_eq!(resolve(LONG), LONG[..71]);
    assert_eq!(resolve(&LONG[..71]), LONG[..71]);
    assert_eq!(resolve("sha512-123"), FIRST);
    assert_eq!(resolve("sha512-12"), FIRST);
    assert!(resolve("sha512-abc").contains("begin with `sha512-abc`"));
    assert!(resolve("sha512-99").starts_with("no keys found"));
    assert!(resolve("sha512-1239").starts_with("no keys found"));
    assert!(resolve("badprefix-1").starts_with("wrong key prefix"));
    assert!(resolve("sha512-1").starts_with("key too short"));
    assert!(resolve("sha512-").starts_with("key too short"));
    assert!(resolve("sha512-../../x").contains("is not a key"));
}

#[test]
fn digits_beyond_a_key_must_be_those_of_the_image() {
    let lab = Lab::new();
    let id = lab.import(&Image::new("a").folder("", 0o755).tar()).unwrap().id.to_string();
    assert!(lab.store.resolve_key(&id).is_ok());
    let wrong = format!("{}0", &id[..id.len() - 1]);
    let wrong = if wrong == id { format!("{}1", &id[..id.len() - 1]) } else { wrong };
    assert!(lab.store.resolve_key(&wrong).is_err());
}

#[test]
fn of_images_of_one_name_the_latest_wins_and_then_the_newest() {
    let lab = Lab::new();
    let take = |name: &str, version: Option<&str>, latest: bool| {
        let image = Image::new(name);
        let image = version.map_or(image.clone(), |version| image.version(version));
        lab.import_as(&image.folder("", 0o755).tar(), Form::Aci, latest).unwrap().key
    };
    let keys = [
        take("test01", None, false),
        take("test02", Some("1.0.0"), true),
        take("test02", Some("2.0.0"), false),
    ];
    let find = |text: &str| {
        let reference: Reference = text.parse().unwrap();
        lab.store.find(&reference).map_err(|failure| failure.causes[0].clone())
    };
    assert_eq!(find("unexistent"), Err("aci not found: unexistent".to_owned()));
    assert_eq!(find("test01"), Ok(keys[0].clone()));
    assert_eq!(find("test02:1.0.0"), Ok(keys[1].clone()));
    assert_eq!(find("test02:2.0.0"), Ok(keys[2].clone()));
    assert_eq!(find("test02"), Ok(keys[1].clone()));
    assert!(find("test02,os=linux").is_err());
    // Imported again, it is the newest, and not marked any more.
    assert_eq!(take("test02", Some("1.0.0"), false), keys[1]);
    assert_eq!(find("test02"), Ok(keys[1].clone()));
    assert_eq!(take("test02", Some("2.0.0"), false), keys[2]);
    assert_eq!(find("test02"), Ok(keys[2].clone()));
}

#[test]
fn what_rkt_imported_is_found_and_as_old_as_its_files() {
    let lab = with_keys(&[OTHER]);
    let stored = lab.store.list().unwrap();
    assert_eq!((stored[0].key.as_str(), stored[0].latest, &stored[0].id), (OTHER, false, &None));
    assert!(lab.store.find(&"example.com/0".parse().unwrap()).is_ok());
}

#[test]
fn a_store_that_is_not_there_is_empty_and_looking_makes_none() {
    let lab = Lab::new();
    assert!(lab.store.list().unwrap().is_empty());
    assert!(lab.store.resolve_key("sha512-12").is_err());
    assert!(!lab.path("store").exists());
}

#[test]
fn an_image_lies_where_rkt_looks_for_it() {
    let lab = Lab::new();
    let tar = Image::new("example.com/a").folder("", 0o755).tar();
    let key = lab.import(&tar).unwrap().key;
    let place =
        |kind: &str| lab.path(&format!("store/cas/{kind}/sha512/{}/{key}", &key.as_str()[7..9]));
    assert_eq!(fs::read(place("blob")).unwrap(), tar);
    let read: serde_json::Value =
        serde_json::from_slice(&fs::read(place("imageManifest")).unwrap()).unwrap();
    assert_eq!(read, manifest("example.com/a"));
    assert_eq!(lab.left(), [""; 0]);
}

#[test]
fn what_others_stand_on_is_removed_by_force_only() {
    let lab = Lab::new();
    let base = lab.image(&Image::new("base").folder("", 0o755));
    let upper = lab.image(&Image::new("upper").on(&base, "base").folder("", 0o755));
    let refused = lab.store.remove(std::slice::from_ref(&base), false).unwrap_err();
    let told = lab.shown(&refused);
    assert!(told.contains(upper.as_str()) && told.contains("--force"), "{told}");
    assert_eq!(lab.store.list().unwrap().len(), 2);
    lab.store.remove(&[base.clone(), upper], false).unwrap();
    assert!(lab.store.list().unwrap().is_empty());
    let base = lab.image(&Image::new("base").folder("", 0o755));
    lab.image(&Image::new("upper").on(&base, "base").folder("", 0o755));
    lab.store.remove(&[base], true).unwrap();
    assert_eq!(lab.store.list().unwrap().len(), 1);
}

#[test]
fn a_dependency_is_the_image_that_it_names() {
    let lab = Lab::new();
    let base = lab.image(&Image::new("base").version("1.0").folder("", 0o755));
    let try_with = |dependency: serde_json::Value| {
        let mut image = Image::new("upper").folder("", 0o755);
        image.manifest["dependencies"] = json!([dependency]);
        let key = lab.image(&image);
        castoff::aci::Stack::of(&lab.store, &key).map(|stack| stack.images()[1].key.clone())
    };
    let version = |value: &str| json!([{ "name": "version", "value": value }]);
    let found = |dependency| try_with(dependency).map_err(|failure| lab.shown(&failure));
    let key = base.as_str();
    assert_eq!(found(json!({ "app": "base" })), Ok(base.clone()));
    assert_eq!(found(json!({ "imageName": "base", "labels": version("1.0") })), Ok(base.clone()));
    assert_eq!(found(json!({ "app": "base", "imageID": key })), Ok(base.clone()));
    let refused = [
        found(json!({ "app": "other", "imageID": key })).unwrap_err(),
        found(json!({ "app": "base", "imageID": key, "labels": version("2.0") })).unwrap_err(),
        found(json!({ "app": "base", "labels": version("2.0") })).unwrap_err(),
        found(json!({ "app": "base", "imageID": "sha512-00" })).unwrap_err(),
    ];
    insta::assert_snapshot!(refused.join("\n\n"));
}

/// Keys are compared by their text.
#[test]
fn a_key_is_written_in_full() {
    assert!(Key::parse(OTHER).is_some());
    assert!(Key::parse(&OTHER[..70]).is_none());
    assert!(Key::parse(LONG).is_none());
    let _: ImageStore = Lab::new().store;
}

#[test]
fn an_image_that_cannot_be_read_is_in_nobodys_way() {
    let lab = with_keys(&[OTHER, FIRST]);
    let path = lab.path(&format!("store/cas/imageManifest/sha512/{}/{FIRST}", &FIRST[7..9]));
    fs::write(path, "{").unwrap();
    let each = lab.store.each().unwrap();
    assert_eq!((each.len(), each.iter().filter(|image| image.is_err()).count()), (2, 1));
    assert!(lab.store.find(&"example.com/0".parse().unwrap()).is_ok());
}
