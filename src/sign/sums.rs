//! The sums of a release of files, as coreutils write them, and a signature of
//! them.
//!
//! One document vouches for all files of all platforms, and `sha256sum -c`
//! checks it beside them.

use std::{io::Cursor, sync::Arc};

use async_trait::async_trait;

use super::file::{About, Content, FileSigner, refuse_another, sign_where};
use crate::{
    model::{
        Descriptor, Failure, FailureKind, MANIFEST_LIMIT, Manifest, Node, Platform, Side,
        media_type,
    },
    ports::{Meter, Shelf, Signature, Signer, Subject, Verified, check_content, read_node},
};

/// What the document is called.
const NAME: &str = "SHA256SUMS";

/// Signs the sums of releases of files; or only writes them.
pub struct Sums {
    signer: Option<Arc<dyn FileSigner>>,
}

impl Sums {
    /// Sums that are signed, or not.
    #[must_use]
    pub fn new(signer: Option<Arc<dyn FileSigner>>) -> Self {
        Self { signer }
    }

    /// Whether `layers` hold these sums, and a signature of them that is ours;
    /// returns the signer.
    async fn ours(
        &self,
        layers: &[Descriptor],
        sums: &str,
        place: &dyn Shelf,
    ) -> Result<Option<String>, Failure> {
        let read = async |name: &str| match layers.iter().find(|of| of.title() == Some(name)) {
            Some(layer) => place.read(layer, MANIFEST_LIMIT).await.map(Some),
            None => Ok(None),
        };
        if read(NAME).await?.as_deref() != Some(sums.as_bytes()) {
            return Ok(None);
        }
        let Some(signer) = &self.signer else { return Ok(Some(NAME.to_owned())) };
        let Some(bytes) = read(&format!("{NAME}.{}", signer.ending())).await? else {
            return Ok(None);
        };
        let (mut signature, mut content) = (Cursor::new(bytes), Cursor::new(sums));
        let checked = signer.verifier()?.verify(
            &mut signature,
            &mut content,
            crate::net::Clock::system().now(),
        );
        Ok(checked.ok().map(|verified| verified.by))
    }

    /// The signers of `sums` at the sink, of those of this run. What was published
    /// lies under its tags, and is found when one of them was read.
    async fn found(
        &self,
        subject: &Subject,
        sums: &str,
        place: &dyn Shelf,
    ) -> Result<Option<String>, Failure> {
        if let Some(by) = self.attached(subject, sums, place).await? {
            return Ok(Some(by));
        }
        for tag in &subject.tags {
            let now = place.resolve(tag).await?;
            if now.is_some_and(|now| now.digest == subject.node.digest) {
                return self.attached(subject, sums, place).await;
            }
        }
        Ok(None)
    }

    async fn attached(
        &self,
        subject: &Subject,
        sums: &str,
        place: &dyn Shelf,
    ) -> Result<Option<String>, Failure> {
        for attachment in place.attached(&subject.node.digest).await? {
            let Ok(Node::Manifest(manifest)) = read_node(place, &attachment.node).await else {
                continue;
            };
            if let Some(by) = self.ours(&manifest.layers, sums, place).await? {
                return Ok(Some(by));
            }
        }
        Ok(None)
    }

    /// What lies at the sink where our signature of `sums` would: that of
    /// another key. It is known after [`found`](Self::found).
    async fn there(
        &self,
        subject: &Subject,
        sums: &str,
        place: &dyn Shelf,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let name = format!("{NAME}.{}", signer.ending());
        for attachment in place.attached(&subject.node.digest).await? {
            let Ok(Node::Manifest(manifest)) = read_node(place, &attachment.node).await else {
                continue;
            };
            let layer = |name: &str| manifest.layers.iter().find(|of| of.title() == Some(name));
            let (Some(over), Some(signature)) = (layer(NAME), layer(&name)) else { continue };
            if place.read(over, MANIFEST_LIMIT).await? == sums.as_bytes() {
                return place.read(signature, MANIFEST_LIMIT).await.map(Some);
            }
        }
        Ok(None)
    }

    fn signed(
        &self,
        sums: &str,
        there: Option<Vec<u8>>,
    ) -> Result<Vec<(Descriptor, Vec<u8>)>, Failure> {
        let layer = |name: &str, bytes: Vec<u8>| {
            (Descriptor::of(media_type::OCTET_STREAM, &bytes).titled(name), bytes)
        };
        let mut content = vec![layer(NAME, sums.as_bytes().to_vec())];
        if let Some(signer) = &self.signer {
            let about = About { name: NAME.to_owned(), at: crate::net::Clock::system().now() };
            let mut signature = Vec::new();
            let mut there = there.map(Cursor::new);
            let there = there.as_mut().map(|there| there as &mut dyn Content);
            sign_where(&**signer, there, &mut Cursor::new(sums), &about, &mut signature)?;
            content.push(layer(&format!("{NAME}.{}", signer.ending()), signature));
        }
        Ok(content)
    }
}

#[async_trait]
impl Signer for Sums {
    async fn refuse(&self, subject: &Subject, place: &dyn Shelf) -> Result<(), Failure> {
        let sums = sums(subject, place).await?;
        if self.found(subject, &sums, place).await?.is_some() {
            return Ok(());
        }
        match (&self.signer, self.there(subject, &sums, place).await?) {
            (Some(signer), Some(there)) => {
                let (mut there, mut content) = (Cursor::new(there), Cursor::new(&sums));
                refuse_another(&**signer, &mut there, &mut content, NAME)
                    .map_err(|failure| failure.context(&subject.name))
            }
            _ => Ok(()),
        }
    }

    async fn sign(&self, subject: &Subject, place: &dyn Shelf) -> Result<Vec<Signature>, Failure> {
        let sums = sums(subject, place).await?;
        if self.found(subject, &sums, place).await?.is_some() {
            return Ok(Vec::new());
        }
        let there = self.there(subject, &sums, place).await?;
        let mut content = self.signed(&sums, there)?;
        let layers = content.iter().map(|(layer, _)| layer.clone()).collect();
        let config = Descriptor::of(media_type::EMPTY, b"{}");
        let manifest =
            Manifest::about(subject.node.clone(), config.clone(), layers, media_type::SUMS);
        content.push((config, b"{}".to_vec()));
        content.push((manifest.descriptor(), manifest.raw().to_vec()));
        Ok(vec![Signature { content, tag: None }])
    }

    async fn verify(&self, subject: &Subject, place: &dyn Shelf) -> Result<Verified, Failure> {
        let sums = sums(subject, place).await?;
        let digest = subject.node.digest.clone();
        if let Some(by) = self.found(subject, &sums, place).await? {
            return Ok(Verified { digest, by, name: subject.name.clone() });
        }
        let why = format!("the checksums of {digest} are missing, or not signed by this key");
        Err(Failure::new(FailureKind::NotFound, Side::Sink, why).context(&subject.name))
    }
}

/// The sums of a release of files, and what lies there as signatures of them.
///
/// # Errors
///
/// Fails as [`FailureKind::NotFound`] where no sums are there, and as
/// [`FailureKind::Integrity`] where they are not those of the files.
pub async fn published(
    subject: &Subject,
    place: &dyn Shelf,
) -> Result<(String, Vec<Vec<u8>>), Failure> {
    let sums = sums(subject, place).await?;
    for tag in &subject.tags {
        place.resolve(tag).await?;
    }
    let (mut found, mut signatures) = (None, Vec::new());
    for attachment in place.attached(&subject.node.digest).await? {
        let Node::Manifest(manifest) = read_node(place, &attachment.node).await? else { continue };
        for layer in &manifest.layers {
            let Some(name) = layer.title().filter(|title| title.starts_with(NAME)) else {
                continue;
            };
            let bytes = place.read(layer, MANIFEST_LIMIT).await?;
            if name == NAME {
                found = Some(bytes);
            } else {
                signatures.push(bytes);
            }
        }
    }
    let fail = |kind, why: String| Failure::new(kind, Side::Sink, why).context(&subject.name);
    match found {
        None => Err(fail(FailureKind::NotFound, format!("there is no {NAME}"))),
        Some(found) if found != sums.as_bytes() => Err(fail(
            FailureKind::Integrity,
            format!("{NAME} is not the list of checksums of the files"),
        )),
        Some(_) => Ok((sums, signatures)),
    }
}

/// Reads all files of a release to their ends: what a place says of them may
/// be written by any user with access to it.
///
/// # Errors
///
/// Fails as [`FailureKind::Integrity`] where one is not what its place says.
pub async fn read_through(subject: &Subject, place: &dyn Shelf) -> Result<(), Failure> {
    for file in files(subject, place).await? {
        let content = place.open(&file).await?;
        check_content(&*content, &file, &Meter::default())
            .await
            .map_err(|failure| failure.context(&subject.name))?;
    }
    Ok(())
}

/// `HEX  PATH` for each file, in the order of the paths.
async fn sums(subject: &Subject, place: &dyn Shelf) -> Result<String, Failure> {
    let mut lines = Vec::new();
    for file in files(subject, place).await? {
        let folder = file.platform.iter().flat_map(Platform::words);
        let path: Vec<&str> = folder.chain(file.title()).collect();
        lines.push((path.join("/"), file.digest.hex().to_owned()));
    }
    lines.sort();
    Ok(lines.iter().map(|(path, hex)| line(path, hex)).collect())
}

/// The files of a release, each with its platform and its path.
async fn files(subject: &Subject, place: &dyn Shelf) -> Result<Vec<Descriptor>, Failure> {
    let mut files = Vec::new();
    for root in read_node(place, &subject.node).await?.successors() {
        let Node::Manifest(manifest) = read_node(place, &root).await? else { continue };
        let layers = manifest.layers.into_iter().filter(|file| file.title().is_some());
        files.extend(layers.map(|file| Descriptor { platform: root.platform.clone(), ..file }));
    }
    Ok(files)
}

/// One line; what would end it in a name is written as coreutils do.
fn line(path: &str, hex: &str) -> String {
    if !path.contains(['\\', '\n', '\r']) {
        return format!("{hex}  {path}\n");
    }
    let path = path.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    format!("\\{hex}  {path}\n")
}
