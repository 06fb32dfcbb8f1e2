//! A key that signs and was not opened: what is signed changed meanwhile.

use std::{path::Path, sync::Arc};

use castoff::{
    model::{Failure, FailureKind},
    net::Patience,
    ports::Signer as _,
    registry::Anonymous,
    sign::{
        PrivateKey,
        notary::{KeyFolder, Notary, Settings, TufKey},
    },
};

use super::server::Server;
use crate::registries::{Answer, Registry};

/// Whether a name may be signed at `server` with no key open: where the server
/// has the name, or has not.
async fn refused(server: Server, is_known: bool) -> Failure {
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
    let settings = Settings {
        server: Some(format!("http://{}", front.server.address).parse().unwrap()),
        docker: Path::new("/nonexistent").to_owned(),
        trust,
        role: None,
        key: None,
        patience: Patience::default(),
    };
    Notary::new(settings, Arc::new(Anonymous)).check(gun.as_str()).await.unwrap_err()
}

#[tokio::test]
async fn a_key_that_was_not_needed_before_is_not_signed_with() {
    for (is_known, what) in [(true, ".key: it is not open"), (false, "a new key: it is not open")] {
        let failure = refused(Server::new(), is_known).await;
        assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
        assert!(failure.to_string().contains(what), "{failure}");
        assert!(failure.hint.as_deref().is_some_and(|it| it.contains("begin anew")), "{failure}");
    }
}
