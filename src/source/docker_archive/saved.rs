//! An archive that an engine writes while it is read: `docker save`'s stream.

use std::{io::Read, path::Path, sync::Arc};

use serde_json::{Map, Value, json};
use tokio_util::io::SyncIoBridge;

use super::{
    DockerArchive,
    read::{Reading, Trust},
    resolve,
};
use crate::{
    archive::{Decoder, TarReader},
    model::{Descriptor, Failure, FailureKind, Manifest, Platform, Side, media_type},
    ports::{Desk, Reader},
    source::work::{Work, blocking, failed},
    store::Store,
};

/// What is read, and what is made of it.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What it is called in messages.
    pub name: String,
    /// What it is for.
    pub platform: Platform,
    /// Whether some of its layers were compressed before.
    pub known: bool,
    /// The time that it is dated, in seconds since the Unix epoch; none: as the
    /// engine dates it.
    pub epoch: Option<u64>,
    /// Annotations of its manifest.
    pub annotations: std::collections::BTreeMap<String, String>,
}

impl DockerArchive {
    /// Reads an image as an engine saves it, in one pass, and keeps it.
    ///
    /// # Errors
    ///
    /// Fails where the stream ends early, or holds anything but one image for
    /// the platform.
    pub async fn read_saved(
        &self,
        saved: Saved,
        stream: Reader,
        desk: &Desk,
    ) -> Result<Descriptor, Failure> {
        let (store, caps) = (Arc::clone(&self.store), self.caps);
        let stream = SyncIoBridge::new(stream);
        blocking(desk, move |work| {
            let name = saved.name.clone();
            let path = Path::new(&name);
            let reading = Reading { store: &store, caps, path, state: None, work };
            let tar = open(stream, &name, &reading, work).map_err(|error| failed(path, &error))?;
            let trust = if saved.known { Trust::Digests } else { Trust::Nothing };
            let contents = reading.read_from(tar, trust)?;
            let contents = contents.ok_or_else(|| crate::source::invalid("it cannot be read"))?;
            let root = resolve::manifest(&reading, &contents, &saved.platform, None)?.root;
            finished(&store, root, &saved)
        })
        .await
    }
}

fn open(
    stream: SyncIoBridge<Reader>,
    name: &str,
    reading: &Reading<'_>,
    work: &Work,
) -> std::io::Result<TarReader<impl Read + use<>>> {
    let decoder = Decoder::new(work.read(stream), name, reading.caps)?;
    Ok(TarReader::new(decoder, name))
}

/// The manifest with its annotations and its date.
fn finished(store: &Store, root: Descriptor, saved: &Saved) -> Result<Descriptor, Failure> {
    if saved.epoch.is_none() && saved.annotations.is_empty() {
        return Ok(root);
    }
    let manifest = store.manifest(&root)?;
    let config = match saved.epoch {
        Some(epoch) => dated(store, &manifest.config, epoch)?,
        None => manifest.config.clone(),
    };
    let made = Manifest::of_image(config, manifest.layers.clone());
    let raw = annotated(made.raw(), &saved.annotations)?;
    let kept = store.keep(media_type::MANIFEST, &raw)?;
    Ok(Descriptor { platform: root.platform, ..kept })
}

/// A configuration that says that all was done at `epoch`.
fn dated(store: &Store, config: &Descriptor, epoch: u64) -> Result<Descriptor, Failure> {
    let mut fields = fields(&store.read(config)?)?;
    let at = i64::try_from(epoch).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    let at =
        at.ok_or_else(|| crate::source::invalid("SOURCE_DATE_EPOCH is not a time"))?.to_string();
    fields.insert("created".to_owned(), json!(at));
    let history = fields.get_mut("history").and_then(Value::as_array_mut);
    for step in history.into_iter().flatten().filter_map(Value::as_object_mut) {
        step.insert("created".to_owned(), json!(at));
    }
    let raw = serde_json::to_vec(&fields).expect("JSON stays JSON");
    store.keep(media_type::CONFIG, &raw)
}

/// Puts annotations into a manifest that has none.
fn annotated(
    raw: &[u8],
    annotations: &std::collections::BTreeMap<String, String>,
) -> Result<Vec<u8>, Failure> {
    if annotations.is_empty() {
        return Ok(raw.to_vec());
    }
    let mut fields = fields(raw)?;
    fields.insert("annotations".to_owned(), json!(annotations));
    Ok(serde_json::to_vec(&fields).expect("JSON stays JSON"))
}

/// The fields of a document that was read before as what it is.
fn fields(raw: &[u8]) -> Result<Map<String, Value>, Failure> {
    serde_json::from_slice(raw)
        .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))
}
