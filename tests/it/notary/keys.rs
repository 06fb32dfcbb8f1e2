//! Keys, and the files that they lie in.

use std::{fs, os::unix::fs::PermissionsExt};

use base64::{Engine, prelude::BASE64_STANDARD};
use castoff::{
    model::FailureKind,
    sign::{
        KeyError, PrivateKey, SignatureForm,
        notary::{Gun, KeyFolder, TufKey, certificate},
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::server::key;

#[test]
fn a_key_that_was_written_opens_with_its_passphrase_only() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, gun) = (KeyFolder::new(folder.path()), Gun::of("127.0.0.1:5000/app").unwrap());
    let der = PrivateKey::generate().unwrap();
    let public = PrivateKey::from_pkcs8(&der, SignatureForm::Fixed).unwrap().public().clone();
    let id = TufKey::of(&public).unwrap().id();
    let path = keys.keep(&id, "targets", Some(&gun), &der, b"secret").unwrap();
    assert_eq!(path, folder.path().join(format!("private/{id}.key")));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read(&path).unwrap();
    let head = "-----BEGIN ENCRYPTED PRIVATE KEY-----\ngun: 127.0.0.1:5000/app\nrole: targets\n\n";
    assert!(text.starts_with(head.as_bytes()));
    let opened = PrivateKey::open(&text, Some(b"secret"), SignatureForm::Fixed).unwrap();
    assert_eq!(*opened.public(), public);
    for (passphrase, expected) in
        [(Some(&b"other"[..]), "the passphrase is wrong"), (None, "it needs a passphrase")]
    {
        let error = PrivateKey::open(&text, passphrase, SignatureForm::Fixed).err().unwrap();
        assert_eq!(error.to_string(), expected);
    }
    let other = Gun::of("127.0.0.1:5000/other").unwrap();
    assert_eq!(keys.find("targets", Some(&gun)).unwrap().as_ref(), Some(&id));
    assert_eq!(keys.find("targets", Some(&other)).unwrap(), None);
    assert_eq!(keys.find("root", None).unwrap(), None);
    keys.keep(&id, "root", None, &der, b"secret").unwrap();
    assert_eq!(keys.find("root", None).unwrap(), Some(id));
}

/// A key as notary 0.7 wrote it, with the passphrase `any other passphrase`.
const OF_NOTARY: &str = include_str!("of_notary.key");

#[test]
fn a_key_that_notary_wrote_opens() {
    let opened =
        PrivateKey::open(OF_NOTARY.as_bytes(), Some(b"any other passphrase"), SignatureForm::Fixed);
    let opened = opened.unwrap();
    assert_eq!(TufKey::of(opened.public()).unwrap().id(), OF_NOTARY_ID);
    assert!(opened.public().verifies(b"message", &opened.sign(b"message").unwrap()));
    let wrong = PrivateKey::open(OF_NOTARY.as_bytes(), Some(b"another"), SignatureForm::Fixed);
    assert!(matches!(wrong, Err(KeyError::Passphrase)));
}

/// What notary called that key's file.
const OF_NOTARY_ID: &str = "ab240d7eba889d4ff03f45a26a2c60fae33826b391bdb4949b6ed6694bcb158d";

#[test]
fn a_signature_is_two_numbers_of_one_length() {
    let key = key();
    assert_eq!(key.sign(b"message").unwrap().len(), 64);
}

#[test]
fn a_key_is_named_by_its_kind_and_its_bytes() {
    // As a notary server had it, with a name of the server's making.
    let key = json!({
        "keytype": "ed25519",
        "keyval": { "private": null, "public": "h72850knRfnkwFwDyxu8EB5qO4R9zgtttmpFV0JoQGo=" },
    });
    let key: TufKey = serde_json::from_value(key).unwrap();
    let id = "66ad3a7dba24dad56c08dec51d9f5792b0ddc05f6df86bff393190652e7770ea";
    assert_eq!(key.id(), id);
    assert_eq!(key.bare_id().unwrap(), id);
}

#[test]
fn a_key_that_is_not_of_its_kind_is_refused() {
    let public = BASE64_STANDARD.encode(key().public().spki());
    for kind in ["rsa", "ed25519", "ecdsa-x509"] {
        let value: Value = json!({ "keytype": kind, "keyval": { "public": public } });
        let key: TufKey = serde_json::from_value(value).unwrap();
        assert!(key.opened().is_err(), "{kind}");
    }
}

#[test]
fn the_certificate_of_a_root_key_is_for_the_name_and_signed_by_the_key() {
    let (key, gun) = (key(), Gun::of("127.0.0.1:5000/team/app").unwrap());
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let certified = TufKey::of_certificate(&certificate(&key, &gun, now).unwrap());
    let bearer = certified.bearer().unwrap().unwrap();
    assert_eq!(bearer.name, gun.as_str());
    assert_eq!(bearer.expires, "2036-11-18T12:00:00Z".parse().unwrap());
    assert!(bearer.begins < now);
    assert_eq!(certified.opened().unwrap(), *key.public());
    assert_eq!(certified.bare_id().unwrap(), TufKey::of(key.public()).unwrap().id());
    assert_ne!(certified.bare_id().unwrap(), certified.id());
}

#[test]
fn a_key_file_of_another_form_is_told_with_the_way_out() {
    let text = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    let error = PrivateKey::open(text.as_bytes(), Some(b"x"), SignatureForm::Fixed).err().unwrap();
    let failure = error.at("old.key");
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(castoff::error::advice(&failure).unwrap().contains("openssl pkcs8"));
}
