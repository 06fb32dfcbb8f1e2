//! Laws of file signatures, with keys that were made for this and open
//! nothing. The certificates are valid from 2026 to 2126.

use std::io::Cursor;

use castoff::{
    environment::Environment,
    model::FailureKind,
    sign::{
        KeyError, PrivateKey, SignatureForm,
        cms::{Certificates, Cms, CmsTrust, Verifier},
        cosign::{BlobVerifier, Cosign},
        file::{FileSigner, FileVerifier, SignedComment},
        minisign::{Minisign, MinisignVerifier},
        openpgp::{OpenPgp, OpenPgpVerifier},
    },
};
use jiff::Timestamp;
use proptest::prelude::*;

const KEY: &[u8] = include_bytes!("keys/ec.key");
const CERTIFICATE: &[u8] = include_bytes!("keys/ec.pem");
const OTHER: &[u8] = include_bytes!("keys/other.key");
const ED_KEY: &[u8] = include_bytes!("keys/ed.key");
const ED_CERTIFICATE: &[u8] = include_bytes!("keys/ed.pem");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2030-01-01T00:00:00Z")
}

fn key(text: &[u8]) -> PrivateKey {
    PrivateKey::open(text, None, SignatureForm::Asn1).unwrap()
}

fn cms(attached: bool) -> Cms {
    let key = key(KEY);
    let certificates = Certificates::of_key(key.public(), CERTIFICATE, None).unwrap();
    Cms::new(key, certificates, attached, now()).unwrap()
}

fn signed(signer: &dyn FileSigner, content: &[u8]) -> Vec<u8> {
    let (about, mut out) = (SignedComment { name: "app.tar".to_owned(), at: now() }, Vec::new());
    signer.sign(&mut Cursor::new(content), &about, &mut out).unwrap();
    assert!(signer.is_one(&out[..out.len().min(4096)]));
    out
}

fn check(
    verifier: &dyn FileVerifier,
    signature: &[u8],
    content: &[u8],
    now: Timestamp,
) -> Result<(), FailureKind> {
    let checked = verifier.verify(&mut Cursor::new(signature), &mut Cursor::new(content), now);
    checked.map(drop).map_err(|failure| failure.kind)
}

fn roots() -> Verifier {
    Verifier(CmsTrust::roots(CERTIFICATE).unwrap())
}

#[test]
fn a_content_of_any_length_can_be_within_its_signature() {
    for size in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 20] {
        let content: Vec<u8> = (0..size).map(|place: u32| place.to_le_bytes()[0]).collect();
        for attached in [false, true] {
            let signature = signed(&cms(attached), &content);
            check(&roots(), &signature, &content, now()).unwrap();
            let more = [&content[..], b"x"].concat();
            assert_eq!(check(&roots(), &signature, &more, now()), Err(FailureKind::Integrity));
        }
    }
}

#[test]
fn a_certificate_signs_and_vouches_only_while_it_is_valid() {
    let signature = signed(&cms(false), b"content");
    for (time, word) in
        [("2020-01-01T00:00:00Z", "not valid before"), ("2127-01-01T00:00:00Z", "expired")]
    {
        let key = key(KEY);
        let certificates = Certificates::of_key(key.public(), CERTIFICATE, None).unwrap();
        let refused = Cms::new(key, certificates, false, at(time)).err().unwrap();
        assert!(refused.to_string().contains(word), "{refused}");
        let wrong = check(&roots(), &signature, b"content", at(time));
        assert_eq!(wrong, Err(FailureKind::Integrity));
    }
}

#[test]
fn a_certificate_of_another_key_and_a_key_that_cms_knows_not_are_told_apart() {
    let other = Certificates::of_key(key(OTHER).public(), CERTIFICATE, None).err().unwrap();
    assert!(other.to_string().contains("does not belong to the key"), "{other}");
    let ed = key(ED_KEY);
    let certificates = Certificates::of_key(ed.public(), ED_CERTIFICATE, None).unwrap();
    let unknown = Cms::new(ed, certificates, false, now()).err().unwrap();
    assert!(unknown.to_string().contains("P-256, P-384 or RSA"), "{unknown}");
    let none = Certificates::of_key(key(KEY).public(), KEY, None).err().unwrap();
    assert!(none.to_string().contains("not a certificate"), "{none}");
}

#[test]
fn a_signature_of_another_key_is_refused_whatever_its_certificate_says() {
    let signature = signed(&cms(false), b"content");
    let verifier = Verifier(CmsTrust::Key(key(OTHER).public().clone()));
    assert_eq!(check(&verifier, &signature, b"content", now()), Err(FailureKind::Integrity));
    let signature = signed(&Cosign::new(key(KEY), Environment::of([])), b"content");
    check(&BlobVerifier(key(KEY).public().clone()), &signature, b"content", now()).unwrap();
    let other = BlobVerifier(key(OTHER).public().clone());
    assert_eq!(check(&other, &signature, b"content", now()), Err(FailureKind::Integrity));
}

#[test]
fn what_is_no_key_is_told_and_asks_for_no_passphrase() {
    for text in
        [&b""[..], b"untrusted comment: x\nAAAA\n", b"untrusted comment: x\n\n", b"\xff\xfe", KEY]
    {
        let passphrase = Some(&b"passphrase"[..]);
        assert!(matches!(Minisign::open(text, passphrase), Err(KeyError::Damaged(_))));
        assert!(matches!(OpenPgp::open(text, passphrase, now()), Err(KeyError::Damaged(_))));
        assert!(MinisignVerifier::new(text).is_err());
        assert!(OpenPgpVerifier::new(text).is_err());
    }
}

/// A key in which something is wrong, and the part of it that is secret.
fn spoilt(kind: &str, secret: &str) -> Vec<u8> {
    match kind {
        "sealed" => format!(
            "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n{}\n-----END ENCRYPTED SIGSTORE \
             PRIVATE KEY-----\n",
            base64(format!("{{\"kdf\":\"{secret}\"}}").as_bytes())
        ),
        "json" => format!("{{\"kdf\":\"{secret}\"}}"),
        kind => format!("-----BEGIN {kind}-----\n{secret}\n-----END {kind}-----\n"),
    }
    .into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

#[test]
fn no_error_of_a_key_quotes_what_the_key_says() {
    const SECRET: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCsecretsecretsecret";
    let numbers = |sign: &str| {
        let numbers: Vec<String> = SECRET.bytes().take(4).map(|byte| byte.to_string()).collect();
        numbers.join(sign)
    };
    let secrets = [SECRET[..8].to_owned(), "secret".to_owned(), numbers(", "), numbers(",")];
    let kinds = ["PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "EC PRIVATE KEY", "sealed", "json"];
    for kind in kinds {
        let text = spoilt(kind, SECRET);
        let passphrase = Some(&b"passphrase"[..]);
        let errors = [
            OpenPgp::open(&text, passphrase, now()).err(),
            OpenPgpVerifier::new(&text).err(),
            Minisign::open(&text, passphrase).err(),
            MinisignVerifier::new(&text).err(),
            PrivateKey::open(&text, passphrase, SignatureForm::Asn1).err(),
        ];
        for error in errors.into_iter().flatten() {
            let told = format!("{error} {error:?}");
            let quoted = secrets.iter().find(|secret| told.contains(secret.as_str()));
            assert_eq!(quoted, None, "{kind}: {told}");
        }
    }
}

proptest! {
    /// What is broken may be anything, and is never taken for right content.
    #[test]
    fn a_broken_signature_is_refused_and_breaks_nothing(
        place in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
        cut in any::<prop::sample::Index>(),
        attached in any::<bool>(),
    ) {
        let mut signature = signed(&cms(attached), b"content");
        let place = place.index(signature.len());
        signature[place] ^= flip;
        assert_eq!(check(&roots(), &signature, b"other", now()), Err(FailureKind::Integrity));
        signature.truncate(cut.index(signature.len()));
        assert_eq!(check(&roots(), &signature, b"content", now()), Err(FailureKind::Integrity));
    }

    #[test]
    fn any_bytes_are_no_signature(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        for start in [&b""[..], b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"-----BEGIN CMS-----\n"] {
            let bytes = [start, &bytes].concat();
            assert_eq!(check(&roots(), &bytes, b"content", now()), Err(FailureKind::Integrity));
        }
    }
}
