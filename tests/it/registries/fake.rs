//! A registry in memory, whose answers a test may replace.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use castoff::model::{Digest, media_type};
use serde_json::{Value, json};

use super::{Answer, Asked, Server};

/// What the registry has.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) blobs: HashMap<String, Vec<u8>>,
    /// With their media types.
    pub(crate) manifests: HashMap<String, (String, Vec<u8>)>,
    pub(crate) tags: BTreeMap<String, String>,
    uploads: HashMap<String, Vec<u8>>,
    begun: usize,
}

/// The registry.
pub(crate) struct Registry {
    pub(crate) server: Server,
    held: Arc<Mutex<Held>>,
}

impl Registry {
    /// One that is as it should be.
    pub(crate) fn start() -> Self {
        Self::with(|_, answer| answer())
    }

    /// One that answers as `hook` says, which may ask for the usual answer; it
    /// has its effect then.
    pub(crate) fn with(
        hook: impl Fn(&Asked, &dyn Fn() -> Answer) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let held = Arc::<Mutex<Held>>::default();
        let kept = Arc::clone(&held);
        let server = Server::start(move |asked| hook(asked, &|| lock(&kept).answer(asked)));
        Self { server, held }
    }

    /// `docker://HOST/team/app`, with a tag or digest behind it.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("docker://{}/team/app{rest}", self.server.address)
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }

    /// What it answers, for a server before it.
    pub(crate) fn again(&self, asked: &Asked) -> Answer {
        self.held().answer(asked)
    }

    /// The digest of what a tag names.
    pub(crate) fn named(&self, tag: &str) -> String {
        self.held().tags[tag].clone()
    }

    pub(crate) fn tags(&self) -> Vec<String> {
        self.held().tags.keys().cloned().collect()
    }
}

impl Held {
    /// Stores a manifest under a tag, and gives back its digest.
    pub(crate) fn put(&mut self, tag: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> String {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes).to_string();
        self.manifests.insert(digest.clone(), (kind.to_owned(), bytes));
        self.tags.insert(tag.to_owned(), digest.clone());
        digest
    }

    pub(crate) fn blob(&mut self, kind: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let bytes = bytes.into();
        let (digest, size) = (Digest::of(&bytes).to_string(), bytes.len());
        self.blobs.insert(digest.clone(), bytes);
        json!({ "mediaType": kind, "digest": digest, "size": size })
    }

    /// Stores an image of one layer under a tag.
    pub(crate) fn image(&mut self, tag: &str) -> Value {
        let config = json!({
            "os": "linux", "architecture": "amd64", "created": "2024-05-06T07:08:09Z",
            "rootfs": { "type": "layers", "diff_ids": [Digest::of(tag.as_bytes())] },
        });
        let config = self.blob(media_type::CONFIG, config.to_string());
        let layer = self.blob(media_type::LAYER, tag);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST,
            "config": config, "layers": [layer],
        });
        let bytes = manifest.to_string();
        let size = bytes.len();
        let digest = self.put(tag, media_type::MANIFEST, bytes);
        json!({ "mediaType": media_type::MANIFEST, "digest": digest, "size": size })
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        let path = asked.path.trim_start_matches("/v2/").to_owned();
        if path.is_empty() {
            return Answer::new(200, "{}");
        }
        if path == "_catalog" {
            return Answer::new(200, r#"{"repositories":["team/app"]}"#);
        }
        if path.ends_with("/tags/list") {
            let tags: Vec<&String> = self.tags.keys().collect();
            return Answer::new(200, json!({ "name": "team/app", "tags": tags }).to_string());
        }
        if let Some((_, name)) = path.split_once("/manifests/") {
            return self.manifest(asked, name);
        }
        if let Some((_, id)) = path.split_once("/blobs/uploads/") {
            return self.upload(asked, id);
        }
        match path.split_once("/blobs/") {
            Some((_, digest)) => self.read_blob(asked, digest),
            None => Answer::new(404, "404 page not found"),
        }
    }

    fn manifest(&mut self, asked: &Asked, name: &str) -> Answer {
        let digest = self.tags.get(name).cloned().unwrap_or_else(|| name.to_owned());
        match asked.method.as_str() {
            "PUT" => {
                let digest = Digest::of(&asked.body).to_string();
                let kind = asked.header("content-type").to_owned();
                self.manifests.insert(digest.clone(), (kind, asked.body.clone()));
                if !name.contains(':') {
                    self.tags.insert(name.to_owned(), digest.clone());
                }
                Answer::new(201, "").with("docker-content-digest", digest)
            }
            "DELETE" => {
                if self.tags.remove(name).is_none() {
                    self.manifests.remove(name);
                    self.tags.retain(|_, digest| digest != name);
                }
                Answer::new(202, "")
            }
            _ => match self.manifests.get(&digest) {
                Some((kind, bytes)) => Answer::new(200, bytes.clone())
                    .with("content-type", kind)
                    .with("docker-content-digest", digest),
                None => refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
            },
        }
    }

    fn upload(&mut self, asked: &Asked, id: &str) -> Answer {
        match asked.method.as_str() {
            "POST" => {
                self.begun += 1;
                let id = self.begun.to_string();
                let at = format!("{}{id}", asked.path);
                self.uploads.insert(id, Vec::new());
                Answer::new(202, "").with("location", at).with("range", "0-0")
            }
            "PATCH" | "PUT" => {
                let Some(upload) = self.uploads.get_mut(id) else { return Answer::new(404, "") };
                upload.extend(&asked.body);
                let last = upload.len().saturating_sub(1);
                let Some(digest) = asked.value("digest") else {
                    return Answer::new(202, "")
                        .with("location", &asked.path)
                        .with("range", format!("0-{last}"));
                };
                let bytes = self.uploads.remove(id).unwrap_or_default();
                self.blobs.insert(digest.clone(), bytes);
                Answer::new(201, "").with("docker-content-digest", digest)
            }
            _ => Answer::new(204, ""),
        }
    }

    fn read_blob(&self, asked: &Asked, digest: &str) -> Answer {
        let Some(bytes) = self.blobs.get(digest) else {
            return refusal(404, "BLOB_UNKNOWN", "blob unknown");
        };
        let whole = Answer::new(200, bytes.clone()).with("docker-content-digest", digest);
        match asked.header("range") {
            "bytes=0-0" if !bytes.is_empty() => Answer::new(206, &bytes[..1])
                .with("content-range", format!("bytes 0-0/{}", bytes.len())),
            _ => whole,
        }
    }
}

/// What the protocol says of an error.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let errors = json!({ "errors": [{ "code": code, "message": message }] });
    Answer::new(status, errors.to_string()).with("content-type", "application/json")
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().expect("no test panics while it changes what is held")
}
