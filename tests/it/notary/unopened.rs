//! A key that signs and was not opened: what is signed changed meanwhile.

use std::{path::Path, sync::Arc};

use castoff::{
    model::{Descriptor, Failure, FailureKind, media_type},
    net::{Patience, Random},
    ports::{Signer as _, Subject},
    registry::{Anonymous, MemorySessions, RegistryClient},
    sign::{
        PrivateKey,
        notary::{KeyFolder, Notary, NotarySettings, TufKey},
    },
    sink::registry::RegistrySink,
};

use super::server::Server;
use crate::{
    registries::{Answer, Registry},
    support::network::{network, options},
};

/// Signs at `server` with no key open: where it has the name, or has not. It
/// answers as long as the registry before it is there.
fn notary(server: Server, is_known: bool) -> (Notary, Registry) {
    let (trust, gun) = (server.trust.path().to_owned(), server.gun.clone());
    let targets = TufKey::of(server.keys["targets"].public()).unwrap();
    let folder = KeyFolder::new(&trust);
    let der = PrivateKey::generate().unwrap();
    folder.keep(&targets.id(), "targets", Some(&gun), &der, b"secret").unwrap();
    let front = Registry::with(move |asked, _| {
        let name = asked.path.rsplit('/').next().unwrap_or_default();
        let role = name.trim_end_matches(".json").split('.').next().unwrap_or_default();
        match server.get_now(role).filter(|_| is_known) {
            _ if asked.path == "/v2/" => Answer::new(200, "{}"),
            Some(bytes) => Answer::new(200, bytes),
            None => Answer::new(404, r#"{"errors":[{"code":"METADATA_NOT_FOUND"}]}"#),
        }
    });
    let settings = NotarySettings {
        server: Some(format!("http://{}", front.server.address).parse().unwrap()),
        docker: Path::new("/nonexistent").to_owned(),
        trust,
        role: None,
        key: None,
        patience: Patience::usual(Random::Fixed(0)),
        network: network(),
    };
    (Notary::new(settings, Arc::new(Anonymous)), front)
}

/// Why a name may not be signed.
async fn refused(server: Server, is_known: bool) -> Failure {
    let gun = server.gun.clone();
    let (notary, _front) = notary(server, is_known);
    notary.check(gun.as_str()).await.unwrap_err()
}

#[tokio::test]
async fn a_key_that_was_not_needed_before_is_not_signed_with() {
    for (is_known, what) in
        [(true, ".key: it was not unlocked"), (false, "a new key: it was not unlocked")]
    {
        let failure = refused(Server::new(), is_known).await;
        assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
        assert!(failure.to_string().contains(what), "{failure}");
        assert!(
            castoff::error::advice(&failure).is_some_and(|it| it.contains("start again")),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn a_tag_that_means_another_digest_is_no_signature_of_this_one() {
    for (content, is_it) in [(&b"1.0"[..], true), (b"2.0", false)] {
        let server = Server::new();
        let subject = Subject {
            node: Descriptor::of(media_type::MANIFEST, content),
            name: server.gun.as_str().to_owned(),
            tags: vec!["1.0".parse().unwrap()],
        };
        let (notary, front) = notary(server, true);
        let (host, sessions) = (&front.server.address, Arc::new(MemorySessions::default()));
        let client = RegistryClient::new(host, &options(), Arc::new(Anonymous), sessions);
        let place = RegistrySink::new(Arc::new(client.unwrap()), "acme/app".parse().unwrap());
        let found = notary.verify(&subject, &place).await;
        assert_eq!(found.is_ok(), is_it, "{found:?}");
        if let Err(failure) = found {
            assert_eq!(failure.kind, FailureKind::Integrity);
            assert!(failure.to_string().contains("is signed as another"), "{failure}");
        }
    }
}
