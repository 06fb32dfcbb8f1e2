//! Signs tags at a notary server, and reads back that they are signed.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use super::{
    FileMeta, Guard, Gun, KeyFolder, Lack, Meanings, SeenMetadata, Server, TARGETS, TufRepository,
    certificate,
    choice::{HeldKey, RoleChoice, choose},
    keyring::UnlockedKeys,
    refusals,
};
use crate::{
    model::{Descriptor, Failure, FailureKind, Side, Tag, Unopened},
    net::{Locks, Network, Patience},
    ports::{Shelf, Signature, Signer, Subject, Verified},
    registry::Credentials,
};

/// How a notary server is signed at.
#[derive(Clone)]
pub struct NotarySettings {
    /// The server; none: the one that Docker takes for the registry.
    pub server: Option<Url>,
    /// Docker's folder.
    pub docker: PathBuf,
    /// The trust folder.
    pub trust: PathBuf,
    /// The role that signs; none: `targets/releases` where it is there and its
    /// key is, else `targets`.
    pub role: Option<String>,
    /// A key that lies outside the trust folder.
    pub key: Option<PathBuf>,
    /// How much patience castoff has with the server.
    pub patience: Patience,
    /// How it is reached, and what tells whether a document expired.
    pub network: Network,
}

/// Signs what tags mean.
pub struct Notary {
    pub(super) settings: NotarySettings,
    credentials: Arc<dyn Credentials>,
    pub(super) pins: SeenMetadata,
    pub(super) folder: KeyFolder,
    pub(super) keyring: UnlockedKeys,
    servers: Mutex<HashMap<Gun, Arc<Server>>>,
    /// Held while a name is signed, by name.
    pub(super) busy: Locks,
}

impl Notary {
    /// Signs by these settings, with no key open yet.
    #[must_use]
    pub fn new(settings: NotarySettings, credentials: Arc<dyn Credentials>) -> Self {
        let (pins, folder) = (SeenMetadata::new(&settings.trust), KeyFolder::new(&settings.trust));
        let (keyring, servers, busy) =
            (UnlockedKeys::default(), Mutex::default(), Locks::default());
        Self { settings, credentials, pins, folder, keyring, servers, busy }
    }

    /// What must be opened before what is called `name` can be signed. What
    /// else there is may show only when this was opened.
    ///
    /// # Errors
    ///
    /// Fails where the server cannot be asked or what it says is not to be
    /// trusted, and where there is no key for the role.
    pub async fn lacks(&self, name: &str) -> Result<Vec<Lack>, Failure> {
        let gun = Gun::of(name)?;
        if let Some(path) = self.settings.key.as_ref().filter(|it| self.keyring.id_in(it).is_none())
        {
            return Ok(vec![Lack::Key { path: path.clone(), guard: Guard::Repository }]);
        }
        let server = self.server(&gun)?;
        match self.read(&server, &gun).await? {
            None => self.lacks_for_new(&gun, &server),
            Some(repository) => {
                let choice = self.choose(&repository)?;
                let held = choice.keys.iter().chain(choice.snapshot.as_ref());
                let closed = held.filter(|held| self.keyring.get(&held.bare).is_none());
                let lack = |held: &HeldKey| Lack::Key {
                    path: self.folder.path(&held.bare),
                    guard: Guard::Repository,
                };
                Ok(closed.map(lack).collect())
            }
        }
    }

    /// Opens a key, or keeps a passphrase for one that will be made. Blocks
    /// for as long as it takes to try a passphrase.
    ///
    /// # Errors
    ///
    /// Fails where the key does not open.
    pub fn open(&self, lack: &Lack, passphrase: Option<SecretString>) -> Result<(), Unopened> {
        match (lack, passphrase) {
            (Lack::Key { path, .. }, passphrase) => self.keyring.open(path, passphrase.as_ref()),
            (Lack::Passphrase { guard }, Some(passphrase)) => {
                self.keyring.set_passphrase(*guard, passphrase);
                Ok(())
            }
            (Lack::Passphrase { .. }, None) => Err(Unopened::Other(Failure::new(
                FailureKind::NotFound,
                Side::Local,
                "a new key needs a passphrase",
            ))),
        }
    }

    /// The digest of a tag at the server, and the role that signed it.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::NotFound`] if it is not signed, and as
    /// [`FailureKind::Integrity`] where what is there is not to be trusted.
    pub async fn look_up(&self, name: &str, tag: &Tag) -> Result<Verified, Failure> {
        let gun = Gun::of(name)?;
        let repository = self.known(&self.open_server(&gun)?.to_read(), &gun).await?;
        refusals::found(&repository, self.own_role(), tag)
    }

    /// All metadata of a name that must be there.
    async fn known(&self, server: &Server, gun: &Gun) -> Result<TufRepository, Failure> {
        self.read(server, gun).await?.ok_or_else(|| {
            let why = format!("{gun} does not exist at {}", crate::net::redacted(server.url()));
            Failure::new(FailureKind::NotFound, Side::Sink, why)
        })
    }

    /// The server of a name.
    pub(super) fn server(&self, gun: &Gun) -> Result<Arc<Server>, Failure> {
        let known = self.servers.lock().unwrap_or_else(PoisonError::into_inner).get(gun).cloned();
        if let Some(server) = known {
            return Ok(server);
        }
        let server = Arc::new(self.open_server(gun)?);
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(servers.entry(gun.clone()).or_insert(server)))
    }

    fn open_server(&self, gun: &Gun) -> Result<Server, Failure> {
        let url = self.settings.server.clone().map_or_else(|| gun.usual_server(), Ok)?;
        let NotarySettings { docker, patience, network, .. } = &self.settings;
        let credentials = Arc::clone(&self.credentials);
        Server::new(url, gun, docker, credentials, *patience, network.clone())
    }

    /// All metadata of a name, anew; what is right is noted.
    pub(super) async fn read(
        &self,
        server: &Server,
        gun: &Gun,
    ) -> Result<Option<TufRepository>, Failure> {
        let found =
            TufRepository::read(server, &self.pins, gun, self.settings.network.clock().now()).await;
        let at = |failure: Failure| {
            failure.context(format!("{gun} at {}", crate::net::redacted(server.url())))
        };
        let found = found.map_err(at)?;
        if let Some(repository) = &found {
            self.pins.note(repository)?;
        }
        Ok(found)
    }

    pub(super) fn choose(&self, repository: &TufRepository) -> Result<RoleChoice, Failure> {
        let own = self.settings.key.as_ref().and_then(|path| self.keyring.id_in(path));
        let has = |bare: &str| own.as_deref() == Some(bare) || self.folder.has(bare);
        choose(repository, self.own_role(), own.as_deref(), &has)
            .map_err(|failure| failure.context(format!("{} cannot be signed", repository.gun)))
    }

    /// The role that the settings name.
    pub(super) fn own_role(&self) -> Option<&str> {
        self.settings.role.as_deref()
    }

    fn lacks_for_new(&self, gun: &Gun, server: &Server) -> Result<Vec<Lack>, Failure> {
        if let Some(role) = self.settings.role.as_deref().filter(|role| *role != TARGETS) {
            let why = format!("it does not exist yet, so it has no role `{role}`");
            return Err(Failure::new(FailureKind::NotFound, Side::Sink, why)
                .context(format!("{gun} at {}", crate::net::redacted(server.url())))
                .hint(
                    "leave `role` out, or create the repository and the role with notary first",
                ));
        }
        if let Some(path) = &self.settings.key {
            let why = "it does not exist yet, so this key cannot sign for it";
            return Err(Failure::new(FailureKind::NotFound, Side::Sink, why)
                .context(path.display())
                .context(format!("{gun} at {}", crate::net::redacted(server.url())))
                .hint(
                    "leave `key` out, or create the repository and a role for the key with \
                     notary first",
                ));
        }
        let root = self.lacks_key("root", None, Guard::Root)?;
        if root.is_none() && self.folder.find("root", None)?.is_some() {
            // What it cannot do later shows now.
            certificate(
                &*self.key_for("root", None, Guard::Root)?,
                gun,
                self.settings.network.clock().now(),
            )
            .map_err(|error| error.at("the root key"))?;
        }
        let targets = self.lacks_key(TARGETS, Some(gun), Guard::Repository)?;
        Ok(root.into_iter().chain(targets).collect())
    }

    /// What is needed to have a key that may have to be made.
    fn lacks_key(
        &self,
        role: &str,
        gun: Option<&Gun>,
        guard: Guard,
    ) -> Result<Option<Lack>, Failure> {
        Ok(match self.folder.find(role, gun)? {
            Some(id) if self.keyring.get(&id).is_some() => None,
            Some(id) => Some(Lack::Key { path: self.folder.path(&id), guard }),
            None if self.keyring.passphrase(guard).is_some() => None,
            None => Some(Lack::Passphrase { guard }),
        })
    }
}

#[async_trait]
impl Signer for Notary {
    async fn check(&self, name: &str) -> Result<(), Failure> {
        match self.lacks(name).await?.first() {
            None => Ok(()),
            Some(Lack::Key { path, .. }) => Err(refusals::not_open(path.display())),
            Some(Lack::Passphrase { .. }) => Err(refusals::not_open("a new key")),
        }
    }

    async fn sign(&self, subject: &Subject, _: &dyn Shelf) -> Result<Vec<Signature>, Failure> {
        if subject.tags.is_empty() {
            return Ok(Vec::new());
        }
        let is_new = self.say(&subject.name, &wanted(&subject.node, &subject.tags)?).await?;
        Ok(is_new.then(|| Signature { content: Vec::new(), tag: None }).into_iter().collect())
    }

    async fn meanings(
        &self,
        name: &str,
        tags: &[Tag],
    ) -> Result<Vec<(Tag, Option<Descriptor>)>, Failure> {
        let gun = Gun::of(name)?;
        let repository = self.read(&*self.server(&gun)?, &gun).await?;
        let mut all = Vec::new();
        for tag in tags {
            let found = match &repository {
                Some(repository) => repository.find(self.own_role(), tag.as_str())?,
                None => None,
            };
            all.push((tag.clone(), found.and_then(|(_, meta)| meta.to_descriptor())));
        }
        Ok(all)
    }

    async fn withdraw(&self, name: &str, tags: &[Tag]) -> Result<(), Failure> {
        let nothing = tags.iter().map(|tag| (tag.as_str().to_owned(), None));
        self.say(name, &nothing.collect()).await.map(drop)
    }

    async fn verify(&self, subject: &Subject, _: &dyn Shelf) -> Result<Verified, Failure> {
        let digest = subject.node.digest.clone();
        let unknown = "not known, because no tag names it".to_owned();
        let mut verified = Verified { digest, by: unknown, name: subject.name.clone() };
        if subject.tags.is_empty() {
            return Ok(verified);
        }
        let gun = Gun::of(&subject.name)?;
        let repository = self.known(&*self.server(&gun)?, &gun).await?;
        for tag in &subject.tags {
            let found = refusals::found(&repository, self.own_role(), tag)?;
            if found.digest != subject.node.digest {
                let why = format!("`{tag}` means {} there", found.digest);
                return Err(Failure::new(FailureKind::Integrity, Side::Sink, why)
                    .context(format!("{} is signed as another", subject.node.digest)));
            }
            verified = found;
        }
        Ok(verified)
    }
}

/// What each tag is to mean.
fn wanted(node: &Descriptor, tags: &[Tag]) -> Result<Meanings, Failure> {
    let meta = FileMeta::of_manifest(node).filter(|meta| meta.digest().is_some());
    let meta = meta.ok_or_else(|| {
        let why =
            format!("{} is not a SHA-256 digest, the only kind that Docker reads", node.digest);
        Failure::new(FailureKind::Invalid, Side::Local, why)
    })?;
    Ok(tags.iter().map(|tag| (tag.as_str().to_owned(), Some(meta.clone()))).collect())
}
