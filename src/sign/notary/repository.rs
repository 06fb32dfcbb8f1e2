//! All metadata of a repository, found to be right.

use std::{collections::BTreeMap, fs};

use jiff::Timestamp;

use super::{
    Delegation, FileMeta, Gun, Metadata, SeenMetadata, Signers, TufDocument, TufListing, TufRoot,
    TufTargets, chain,
    envelope::wrong,
    pin_file::write,
    remote::{Remote, missing},
};
use crate::model::Failure;

/// The role that takes precedence, where it is there.
pub const RELEASES: &str = "targets/releases";
/// The role that is always there.
pub const TARGETS: &str = "targets";

/// How many roles below `targets` are read.
const ROLES_LIMIT: usize = 200;
/// How often all is read anew because it changed meanwhile.
const ROUNDS: usize = 3;

/// What is published under a name.
#[derive(Clone, Debug)]
pub struct TufRepository {
    /// The name.
    pub gun: Gun,
    /// The keys of the roles.
    pub root: TufDocument<TufRoot>,
    /// Which metadata there is.
    pub snapshot: TufDocument<TufListing>,
    timestamp: TufDocument<TufListing>,
    /// `targets` and the roles below it. One of these may be wrong alone.
    roles: BTreeMap<String, Result<TufDocument<TufTargets>, Failure>>,
}

/// What is read, and what it is compared with.
struct MetadataReader<'a> {
    remote: &'a dyn Remote,
    pins: &'a SeenMetadata,
    gun: &'a Gun,
    now: Timestamp,
}

impl TufRepository {
    /// Reads all metadata of `gun`; none where the server does not know it.
    ///
    /// # Errors
    ///
    /// Fails as [`Integrity`](crate::model::FailureKind::Integrity) where anything is not signed as it
    /// should be, or expired, or older than what was seen before.
    pub async fn read(
        remote: &dyn Remote,
        pins: &SeenMetadata,
        gun: &Gun,
        now: Timestamp,
    ) -> Result<Option<Self>, Failure> {
        let reader = MetadataReader { remote, pins, gun, now };
        for _ in 0..ROUNDS {
            let Some(root) = chain::newest(remote, pins, gun, now).await? else { return Ok(None) };
            if let Some(repository) = reader.read(root).await? {
                return Ok(Some(repository));
            }
        }
        Err(wrong("snapshot", "it refers to another root than the server's"))
    }

    /// The metadata of a role that names things; none where there is none.
    ///
    /// # Errors
    ///
    /// Fails where it is not to be trusted.
    pub fn targets(&self, role: &str) -> Result<Option<&TufDocument<TufTargets>>, Failure> {
        self.roles.get(role).map(|found| found.as_ref().map_err(Clone::clone)).transpose()
    }

    /// How a role is set up by the one above it; none where it is not.
    ///
    /// # Errors
    ///
    /// Fails where the one above is not to be trusted.
    pub fn delegation(&self, role: &str) -> Result<Option<(&TufTargets, &Delegation)>, Failure> {
        let Some((parent, _)) = role.rsplit_once('/') else { return Ok(None) };
        let Some(parent) = self.targets(parent)? else { return Ok(None) };
        let mut roles = parent.content.delegations.roles.iter();
        Ok(roles.find(|found| found.name == role).map(|found| (&parent.content, found)))
    }

    /// The keys that must sign for a role of tags; none where there is no such
    /// role.
    ///
    /// # Errors
    ///
    /// Fails where the role above is not to be trusted.
    pub fn signers(&self, role: &str) -> Result<Option<Signers<'_>>, Failure> {
        if role == TARGETS {
            return self.root.content.signers(role).map(Some);
        }
        let found = self.delegation(role)?;
        Ok(found.map(|(above, role)| role.signers(&above.delegations.keys)))
    }

    /// The digest of `name` for clients that pull it, and the role that signs it. A role
    /// of one's `own` is one that they do not ask.
    ///
    /// # Errors
    ///
    /// Fails where a role that may say so is not to be trusted.
    pub fn find<'a>(
        &'a self,
        own: Option<&'a str>,
        name: &str,
    ) -> Result<Option<(&'a str, &'a FileMeta)>, Failure> {
        let own = own.filter(|role| ![RELEASES, TARGETS].contains(role));
        let roles = own.map_or_else(|| vec![RELEASES, TARGETS], |role| vec![role]);
        for role in roles {
            let may = match self.delegation(role)? {
                Some((_, delegation)) => delegation.covers(name),
                None => role == TARGETS,
            };
            let found = self.targets(role)?.filter(|_| may);
            if let Some(meta) = found.and_then(|found| found.content.targets.get(name)) {
                return Ok(Some((role, meta)));
            }
        }
        Ok(None)
    }

    /// Each role with its metadata.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let roles = self.roles.iter().filter_map(|(role, found)| {
            found.as_ref().ok().map(|found| (role.as_str(), found.raw.as_slice()))
        });
        // The root last: until it is there, nothing of the rest counts.
        roles.chain([
            ("snapshot", self.snapshot.raw.as_slice()),
            ("timestamp", self.timestamp.raw.as_slice()),
            ("root", self.root.raw.as_slice()),
        ])
    }
}

impl MetadataReader<'_> {
    /// Reads what the root vouches for; none where the server has a newer root.
    async fn read(&self, root: TufDocument<TufRoot>) -> Result<Option<TufRepository>, Failure> {
        let raw = self.remote.get("timestamp").await?.ok_or_else(|| missing("timestamp"))?;
        let timestamp: TufDocument<TufListing> =
            self.checked("timestamp", raw, &root.content.signers("timestamp")?)?;
        let snapshot: TufDocument<TufListing> =
            self.listed("snapshot", &timestamp, &root.content.signers("snapshot")?).await?;
        let named = snapshot.content.meta.get("root");
        if !named.ok_or_else(|| wrong("snapshot", "it refers to no root"))?.is_of(&root.raw) {
            return Ok(None);
        }
        let targets = self.listed(TARGETS, &snapshot, &root.content.signers(TARGETS)?).await?;
        let roles = self.below(&snapshot, targets).await?;
        Ok(Some(TufRepository { gun: self.gun.clone(), root, snapshot, timestamp, roles }))
    }

    /// `targets` and all roles below it.
    async fn below(
        &self,
        snapshot: &TufDocument<TufListing>,
        targets: TufDocument<TufTargets>,
    ) -> Result<BTreeMap<String, Result<TufDocument<TufTargets>, Failure>>, Failure> {
        let (mut roles, mut above) = (BTreeMap::new(), vec![(TARGETS.to_owned(), targets)]);
        while let Some((name, document)) = above.pop() {
            let delegations = &document.content.delegations;
            for role in &delegations.roles {
                let is_new = !roles.contains_key(&role.name) && is_below(&role.name, &name);
                if !is_new || !snapshot.content.meta.contains_key(&role.name) {
                    continue;
                }
                if roles.len() + above.len() >= ROLES_LIMIT {
                    return Err(wrong(&name, format!("it has more than {ROLES_LIMIT} roles")));
                }
                let signers = role.signers(&delegations.keys);
                match self.listed(&role.name, snapshot, &signers).await {
                    Ok(found) => above.push((role.name.clone(), found)),
                    Err(failure) if failure.is_transient() => return Err(failure),
                    // Only readers that need this role need mind.
                    Err(failure) => drop(roles.insert(role.name.clone(), Err(failure))),
                }
            }
            roles.insert(name, Ok(document));
        }
        Ok(roles)
    }

    /// Reads the metadata of `role` as `listing` has it.
    async fn listed<T: Metadata>(
        &self,
        role: &str,
        listing: &TufDocument<TufListing>,
        signers: &Signers<'_>,
    ) -> Result<TufDocument<T>, Failure> {
        let meta = listing.content.meta.get(role);
        let meta = meta.ok_or_else(|| wrong(role, "it is not listed"))?;
        let digest = meta.digest().ok_or_else(|| wrong(role, "it is listed without SHA-256"))?;
        // By its hash, so that it may change while it is read.
        let raw = self.remote.get(&format!("{role}.{}", digest.hex())).await?;
        let raw = raw.ok_or_else(|| missing(role))?;
        if !meta.is_of(&raw) {
            return Err(wrong(role, "its hash or size differs from the listed one"));
        }
        self.checked(role, raw, signers)
    }

    /// What is signed, not expired, and not older than what was seen before.
    fn checked<T: Metadata>(
        &self,
        role: &str,
        raw: Vec<u8>,
        signers: &Signers<'_>,
    ) -> Result<TufDocument<T>, Failure> {
        let document = TufDocument::<T>::verified(role, raw, signers)?;
        document.unexpired(role, self.now)?;
        // What other keys signed is no measure: they may have been given up.
        let seen = self.pins.read(self.gun, role)?;
        let seen = seen.and_then(|seen| TufDocument::<T>::verified(role, seen, signers).ok());
        match seen.map(|seen| seen.version()).filter(|seen| *seen > document.version()) {
            None => Ok(document),
            Some(seen) => {
                let why = format!(
                    "the server has version {}, but had {seen} when this machine last asked",
                    document.version()
                );
                Err(wrong(role, why).hint(format!(
                    "the server was restored from a backup, or is attacked; if its state is \
                     right, remove {}",
                    self.pins.folder(self.gun).display()
                )))
            }
        }
    }
}

/// Whether `name` is a role directly below `parent`, and may stand in a path.
fn is_below(name: &str, parent: &str) -> bool {
    let last = name.strip_prefix(parent).and_then(|rest| rest.strip_prefix('/'));
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    last.is_some_and(|last| !last.is_empty() && last.chars().all(is_word))
}

impl SeenMetadata {
    /// Notes what was seen and found to be right.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be written.
    pub fn note(&self, repository: &TufRepository) -> Result<(), Failure> {
        for (role, bytes) in repository.documents() {
            let path = self.path(&repository.gun, role);
            if fs::read(&path).is_ok_and(|known| known == bytes) {
                continue;
            }
            write(&path, bytes)?;
        }
        Ok(())
    }
}
