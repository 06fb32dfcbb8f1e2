//! What the Secrets screen asks for.

use super::shared::ConsoleShared;
use crate::{
    app::{
        verbs::secrets::{Standings, check, standings},
        wiring::secret_names::checked,
    },
    error::Error,
    model::escape,
    secret::{KeyringKind, Secret},
    tui::Msg,
};

/// Tells which secrets there are. Also a keyring that did not answer is asked.
pub(super) fn read(shared: &ConsoleShared) {
    let shared = shared.clone();
    shared.services.keyring.forgive();
    tokio::spawn(async move { tell(&shared).await });
}

async fn tell(shared: &ConsoleShared) {
    let Standings { rows, keyring } =
        standings(&shared.services.keyring, &shared.at.environment, Some(&shared.config)).await;
    shared.tell(Msg::Secrets(rows, keyring.map(KeyringKind::name).map_err(Box::new)));
}

/// Keeps a secret in the keyring.
pub(super) fn keep(shared: &ConsoleShared, name: String, secret: Secret) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let kept = async {
            let name = checked(&name)?;
            check(&name, &secret)?;
            let kept = shared.services.keyring.set(&name, secret).await?;
            Ok::<_, Error>(format!("stored `{}` in {}", escape(&name), kept.name()))
        };
        done(&shared, "set", kept.await).await;
    });
}

/// Removes a secret from the keyring.
pub(super) fn remove(shared: &ConsoleShared, name: String) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let removed = async {
            let was_there = shared.services.keyring.remove(&name).await?;
            let what = if was_there { "is no longer" } else { "was not" };
            Ok::<_, Error>(format!("`{}` {what} in the keyring", escape(&name)))
        };
        done(&shared, "remove", removed.await).await;
    });
}

async fn done(shared: &ConsoleShared, what: &str, done: Result<String, Error>) {
    match done {
        Ok(told) => shared.tell(Msg::Noted(told)),
        Err(error) => shared.failed(what, error),
    }
    tell(shared).await;
}
