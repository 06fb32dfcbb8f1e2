//! What is published, and what is found of it.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Envelope, FileMeta, Guard, Gun, Meanings, Notary, RELEASES, RootKeys, Server, TARGETS, TufKey,
    TufRepository, certificate,
    choice::{HeldKey, RoleChoice},
    first_root, first_targets,
    refusals::{not_open, unreadable, vanished},
    with_meanings, with_metadata,
};
use crate::{
    model::{Failure, FailureKind, Side},
    net::ShowWait,
    sign::{KeyError, PrivateKey},
};

/// Metadata by role.
type Files = Vec<(String, Vec<u8>)>;

impl Notary {
    /// Has the server say what is wanted, and reads that back. Returns whether
    /// it said something else before.
    pub(super) async fn say(&self, name: &str, wanted: &Meanings) -> Result<bool, Failure> {
        let gun = Gun::of(name)?;
        let _busy = self.busy.lock(gun.as_str()).await;
        let server = self.server(&gun)?;
        let before = self.read(&server, &gun).await?;
        if !self.publish(&server, &gun, before.as_ref(), wanted).await? {
            return Ok(false);
        }
        let after = self.read_after(&server, &gun, before.as_ref()).await.map_err(unreadable)?;
        let after = after.ok_or_else(|| unreadable(vanished()))?;
        confirm(&after, self.own_role(), wanted).map_err(unreadable)?;
        Ok(true)
    }

    /// Reads what was just published. A server may show what it said `before`
    /// for some time.
    async fn read_after(
        &self,
        server: &Server,
        gun: &Gun,
        before: Option<&TufRepository>,
    ) -> Result<Option<TufRepository>, Failure> {
        let snapshot = |of: &TufRepository| of.snapshot.signed.clone();
        let mut wait = ShowWait::new(server.patience());
        loop {
            let now = self.read(server, gun).await?;
            let is_old = now.is_none() || now.as_ref().map(snapshot) == before.map(snapshot);
            if !is_old || !wait.may_go_on() {
                return Ok(now);
            }
            wait.pause(gun.as_str()).await;
        }
    }

    /// Publishes what `wanted` says, unless all of it is so already.
    async fn publish(
        &self,
        server: &Server,
        gun: &Gun,
        before: Option<&TufRepository>,
        wanted: &Meanings,
    ) -> Result<bool, Failure> {
        let files = match before {
            Some(repository) if confirm(repository, self.own_role(), wanted).is_ok() => {
                return Ok(false);
            }
            Some(repository) => self.changed(repository, wanted)?,
            None if wanted.values().all(Option::is_none) => return Ok(false),
            None => self.first(server, gun, wanted).await?,
        };
        server.publish(&files).await?;
        Ok(true)
    }

    /// What changes in a repository.
    fn changed(&self, repository: &TufRepository, wanted: &Meanings) -> Result<Files, Failure> {
        let RoleChoice { role, keys, snapshot } = self.choose(repository)?;
        may_say(repository, &role, wanted)?;
        let now = self.settings.network.clock().now();
        let document = repository.targets(&role)?.map(|document| document.signed.clone());
        let targets = with_meanings(document.unwrap_or_else(first_targets), wanted, now);
        let targets = self.signed(&role, targets, &keys)?;
        let mut files = vec![(role.clone(), targets)];
        if let Some(key) = snapshot {
            let meta = FileMeta::of_metadata(&files[0].1);
            let signed = repository.snapshot.signed.clone();
            let listing = with_metadata(signed, &role, &meta, now);
            files.push(("snapshot".to_owned(), self.signed("snapshot", listing, &[key])?));
        }
        Ok(files)
    }

    /// The first metadata of a name. The server has the keys of the roles
    /// that change without us.
    async fn first(&self, server: &Server, gun: &Gun, wanted: &Meanings) -> Result<Files, Failure> {
        let (snapshot, timestamp) = (server.key("snapshot").await?, server.key("timestamp").await?);
        let now = self.settings.network.clock().now();
        let root = self.key_for("root", None, Guard::Root)?;
        let failed = |error: KeyError| error.at("the root key");
        let certified = TufKey::of_certificate(&certificate(&root, gun, now).map_err(failed)?);
        let targets = self.key_for(TARGETS, Some(gun), Guard::Repository)?;
        let targets_key = TufKey::of(targets.public()).map_err(failed)?;
        let keys = RootKeys { root: certified, targets: targets_key, snapshot, timestamp };
        let by = |key: &TufKey, with: &Arc<PrivateKey>| vec![(key.id(), Arc::clone(with))];
        let document = with_meanings(first_targets(), wanted, now);
        Ok(vec![
            ("root".to_owned(), sealed("root", first_root(&keys, now), &by(&keys.root, &root))?),
            (TARGETS.to_owned(), sealed(TARGETS, document, &by(&keys.targets, &targets))?),
        ])
    }

    /// The key of the trust folder for a role; where it has none, a new one.
    pub(super) fn key_for(
        &self,
        role: &str,
        gun: Option<&Gun>,
        guard: Guard,
    ) -> Result<Arc<PrivateKey>, Failure> {
        let _making = self.keyring.making();
        if let Some(id) = self.folder.find(role, gun)? {
            return self.opened(&id);
        }
        let passphrase = self.keyring.passphrase(guard);
        let passphrase = passphrase.ok_or_else(|| not_open("the passphrase of a new key"))?;
        self.keyring.make(&self.folder, role, gun, &passphrase)
    }

    fn opened(&self, bare: &str) -> Result<Arc<PrivateKey>, Failure> {
        let path = self.folder.path(bare);
        self.keyring.get(bare).ok_or_else(|| not_open(path.display()))
    }

    fn signed(&self, role: &str, document: Value, keys: &[HeldKey]) -> Result<Vec<u8>, Failure> {
        let keys = keys.iter().map(|held| Ok((held.id.clone(), self.opened(&held.bare)?)));
        sealed(role, document, &keys.collect::<Result<Vec<_>, Failure>>()?)
    }
}

fn sealed(
    role: &str,
    document: Value,
    keys: &[(String, Arc<PrivateKey>)],
) -> Result<Vec<u8>, Failure> {
    let keys: Vec<_> = keys.iter().map(|(id, key)| (id.clone(), &**key)).collect();
    Envelope::sign(document, &keys)
        .and_then(|envelope| envelope.to_bytes())
        .map_err(|error| error.at(format!("the key of `{role}`")))
}

/// Fails if `role` may not sign what `wanted` wants, or another role takes precedence.
fn may_say(repository: &TufRepository, role: &str, wanted: &Meanings) -> Result<(), Failure> {
    let delegation = repository.delegation(role)?.map(|(_, delegation)| delegation);
    for name in wanted.keys() {
        if delegation.is_some_and(|delegation| !delegation.covers(name)) {
            let why = format!("`{role}` is not allowed to sign `{name}`");
            return Err(Failure::new(FailureKind::Forbidden, Side::Sink, why)
                .context(&repository.gun)
                .hint("extend its paths with notary delegation add, or set another `role`"));
        }
        let first = repository.find(None, name)?.map(|(first, _)| first);
        if role == TARGETS && first == Some(RELEASES) {
            let why = format!(
                "`{name}` is signed by `{RELEASES}`, which takes precedence over `{TARGETS}`"
            );
            return Err(Failure::new(FailureKind::Forbidden, Side::Sink, why)
                .context(&repository.gun)
                .hint(format!("sign with the key of `{RELEASES}`")));
        }
    }
    Ok(())
}

/// Fails unless each name means what is wanted.
pub(super) fn confirm(
    repository: &TufRepository,
    own: Option<&str>,
    wanted: &Meanings,
) -> Result<(), Failure> {
    for (name, meta) in wanted {
        let found = repository.find(own, name)?.map(|(_, found)| found);
        let same = |found: &FileMeta, meta: &FileMeta| {
            found.length == meta.length && found.digest() == meta.digest()
        };
        let is_so = match (found, meta) {
            (Some(found), Some(meta)) => same(found, meta),
            (found, meta) => found.is_none() && meta.is_none(),
        };
        if !is_so {
            let why = format!("`{name}` does not have the expected meaning there");
            return Err(Failure::new(FailureKind::Integrity, Side::Sink, why));
        }
    }
    Ok(())
}
