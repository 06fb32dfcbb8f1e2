//! A notary server in memory, and the keys of a repository there.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use castoff::{
    model::Failure,
    sign::{
        PrivateKey, SignatureForm,
        notary::{
            Envelope, FileMeta, Gun, Remote, RootKeys, SeenMetadata, TufKey, TufRepository,
            certificate, first_root, first_targets, with_targets,
        },
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A repository of which the test has all keys.
pub(super) struct Server {
    pub(super) gun: Gun,
    pub(super) now: Timestamp,
    pub(super) keys: BTreeMap<&'static str, PrivateKey>,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(super) trust: TempDir,
}

/// A day.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn key() -> PrivateKey {
    PrivateKey::from_pkcs8(&PrivateKey::generate().unwrap(), SignatureForm::Fixed).unwrap()
}

/// What a tag means in these tests.
pub(super) fn target(name: &str) -> BTreeMap<String, FileMeta> {
    BTreeMap::from([(name.to_owned(), FileMeta::of_metadata(name.as_bytes()))])
}

/// A document signed by each of these keys under these ids.
pub(super) fn signed(document: &Value, keys: &[(String, &PrivateKey)]) -> Vec<u8> {
    Envelope::sign(document.clone(), keys).unwrap().to_bytes().unwrap()
}

impl Server {
    /// A server where the tag `1.0` means something.
    pub(super) fn new() -> Self {
        let names = ["root", "targets", "snapshot", "timestamp", "releases"];
        let server = Self {
            gun: Gun::of("registry.example.org/acme/app").unwrap(),
            now: Timestamp::now(),
            keys: names.into_iter().map(|name| (name, key())).collect(),
            files: Mutex::default(),
            trust: tempfile::tempdir().unwrap(),
        };
        server.put("root", server.sign("root", &server.root()));
        server.put("targets", server.sign("targets", &server.targets()));
        server.settle(1);
        server
    }

    pub(super) fn root(&self) -> Value {
        first_root(&self.root_keys(), self.now)
    }

    pub(super) fn root_keys(&self) -> RootKeys {
        let of = |role: &str| TufKey::of(self.keys[role].public()).unwrap();
        let pem = certificate(&self.keys["root"], &self.gun, self.now).unwrap();
        let root = match self.get_now("root") {
            // The certificate would be another one each time.
            Some(root) => {
                let root: Value = serde_json::from_slice(&root).unwrap();
                let id = root["signed"]["roles"]["root"]["keyids"][0].as_str().unwrap();
                serde_json::from_value(root["signed"]["keys"][id].clone()).unwrap()
            }
            None => TufKey::of_certificate(&pem),
        };
        RootKeys {
            root,
            targets: of("targets"),
            snapshot: of("snapshot"),
            timestamp: of("timestamp"),
        }
    }

    pub(super) fn targets(&self) -> Value {
        with_targets(first_targets(), &target("1.0"), self.now)
    }

    /// Signs with the key of a role. That of the root is in a certificate.
    pub(super) fn sign(&self, role: &'static str, document: &Value) -> Vec<u8> {
        let id = match role {
            "root" => document["roles"]["root"]["keyids"][0].as_str().unwrap().to_owned(),
            role => TufKey::of(self.keys[role].public()).unwrap().id(),
        };
        signed(document, &[(id, &self.keys[role])])
    }

    pub(super) fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name.to_owned(), bytes);
    }

    pub(super) fn remove(&self, name: &str) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub(super) fn get_now(&self, name: &str) -> Option<Vec<u8>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Lists what there is in a snapshot and a timestamp of this version.
    pub(super) fn settle(&self, version: u64) {
        let roles = ["root", "targets", "targets/releases"];
        let snapshot = self.listing("Snapshot", &roles, version);
        self.put("snapshot", self.sign("snapshot", &snapshot));
        let timestamp = self.listing("Timestamp", &["snapshot"], version);
        self.put("timestamp", self.sign("timestamp", &timestamp));
    }

    pub(super) fn listing(&self, kind: &str, roles: &[&str], version: u64) -> Value {
        let meta: BTreeMap<&str, Value> = roles
            .iter()
            .filter_map(|role| {
                Some((*role, FileMeta::of_metadata(&self.get_now(role)?).to_value()))
            })
            .collect();
        let expires = (self.now + DAY).to_string();
        json!({ "_type": kind, "expires": expires, "meta": meta, "version": version })
    }

    /// Lets `targets/releases` say what tags mean that begin with `path`.
    pub(super) fn delegate(&self, path: &str) -> Value {
        let key = TufKey::of(self.keys["releases"].public()).unwrap();
        let mut targets = self.targets();
        targets["delegations"] = json!({
            "keys": { (key.id()): key },
            "roles": [{
                "name": "targets/releases", "keyids": [key.id()], "threshold": 1, "paths": [path],
            }],
        });
        targets
    }

    pub(super) fn pins(&self) -> SeenMetadata {
        SeenMetadata::new(self.trust.path())
    }

    pub(super) async fn read(&self) -> Result<TufRepository, Failure> {
        self.read_at(self.now).await
    }

    /// Reads the repository, and notes what was right.
    pub(super) async fn read_at(&self, now: Timestamp) -> Result<TufRepository, Failure> {
        let found = TufRepository::read(self, &self.pins(), &self.gun, now).await?;
        let found = found.expect("the server knows the name");
        self.pins().note(&found)?;
        Ok(found)
    }
}

#[async_trait]
impl Remote for Server {
    /// By a hash it gives whatever it has.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let role = match name.rsplit_once('.') {
            Some((role, hash)) if hash.len() == 64 => role,
            _ => name,
        };
        Ok(self.get_now(role))
    }
}
