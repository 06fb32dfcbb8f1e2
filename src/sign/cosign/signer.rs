//! Signs as cosign does, and reads signatures back.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{ARTIFACT, SUFFIX, Signatures, SimpleSigningPayload, referrer};
use crate::{
    environment::Environment,
    model::{Descriptor, Failure, FailureKind, Node, Side, Tag, media_type},
    net,
    ports::{Attachment, Shelf, Signature, Signer, Subject, Verified, read_node},
    sign::{KeyError, PrivateKey, PublicKey},
};

/// The largest payload that is read, in bytes.
const PAYLOAD_LIMIT: u64 = 64 << 10;
/// How many signatures of one manifest are looked at.
const SIGNATURES_LIMIT: usize = 1_000;

/// Signs images, and files, with one key.
pub struct Cosign {
    pub(super) key: PrivateKey,
    /// What says what other tools would do.
    environment: Environment,
}

/// One signature as it was found.
struct FoundSignature {
    payload: Descriptor,
    signature: Vec<u8>,
    name: String,
}

/// What is signed by a key, and how often others signed it.
#[derive(Default)]
struct Finds {
    ours: Option<FoundSignature>,
    others: usize,
    /// In which other forms it is signed.
    forms: BTreeSet<&'static str>,
}

impl Cosign {
    /// Signs with `key`. What the environment asks cosign for besides, and castoff
    /// does not do, is told.
    #[must_use]
    pub fn new(key: PrivateKey, environment: Environment) -> Self {
        Self { key, environment }
    }
}

#[async_trait]
impl Signer for Cosign {
    async fn sign(&self, subject: &Subject, place: &dyn Shelf) -> Result<Vec<Signature>, Failure> {
        let instead = "signatures are in the repository of the image";
        net::tell_unused(&self.environment, "COSIGN_REPOSITORY", instead);
        let payload = SimpleSigningPayload::new(&subject.name, &subject.node.digest);
        let (named, bytes) = (payload.descriptor(), payload.to_bytes());
        let tag = Tag::about(&subject.node.digest, SUFFIX);
        let signatures = tagged(place, &tag).await?;
        let by_tag = among(place, &signatures, subject, self.key.public()).await?;
        let (by_referrer, others) = referred(place, subject, self.key.public()).await?;
        // Another signer may have written over the tag, and not over these.
        let is_whole = others.beyond(&signatures).next().is_none();
        let signatures = signatures.and(&others);
        // What a first attempt signed is not signed again.
        let known = [&by_tag.ours, &by_referrer.ours].into_iter().flatten();
        let known = known.filter(|found| found.payload.digest == named.digest);
        let signature = match known.map(|found| found.signature.clone()).next() {
            Some(signature) => signature,
            None => self.key.sign(&bytes).map_err(|error: KeyError| error.at("the signing key"))?,
        };
        let with_payload = |[config, manifest]: [(Descriptor, Vec<u8>); 2]| {
            vec![(named.clone(), bytes.clone()), config, manifest]
        };
        let mut made = Vec::new();
        // The referrer first: so the last that writes the tag finds all others'.
        if by_referrer.ours.is_none() {
            let content = with_payload(referrer(&subject.node, named.clone(), &signature));
            made.push(Signature { content, tag: None });
        }
        if by_tag.ours.is_none() || !is_whole {
            let is_there = by_tag.ours.is_some() || by_referrer.ours.is_some();
            let all =
                if is_there { signatures } else { signatures.with(named.clone(), &signature) };
            made.push(Signature { content: with_payload(all.content()), tag: Some(tag) });
        }
        Ok(made)
    }

    /// Fails where the tag lacks the signature of another signer: at a place that
    /// knows no conditions, this one may have written over it.
    async fn settled(&self, subject: &Subject, place: &dyn Shelf) -> Result<(), Failure> {
        let tag = Tag::about(&subject.node.digest, SUFFIX);
        let (_, others) = referred(place, subject, self.key.public()).await?;
        if others.beyond(&tagged(place, &tag).await?).next().is_none() {
            return Ok(());
        }
        let why = format!("a signature among the image's referrers is missing under {tag}");
        Err(Failure::new(FailureKind::NotFound, Side::Sink, why).context(&subject.name))
    }

    /// Demands the signature in both places: another publisher that writes the tag at the
    /// same time, at a place that knows no conditions, may have written over it.
    async fn verify(&self, subject: &Subject, place: &dyn Shelf) -> Result<Verified, Failure> {
        let key = self.key.public();
        let tag = Tag::about(&subject.node.digest, SUFFIX);
        let by_tag = among(place, &tagged(place, &tag).await?, subject, key).await?;
        let (by_referrer, _) = referred(place, subject, key).await?;
        let digest = &subject.node.digest;
        for (spot, found) in [(tag.as_str(), &by_tag), ("its referrers", &by_referrer)] {
            if found.ours.is_none() {
                let why = format!("the signature of {digest} is missing in {spot}");
                return Err(Failure::new(FailureKind::NotFound, Side::Sink, why)
                    .context(&subject.name)
                    .hint("another publisher may have signed at the same time; sign again"));
            }
        }
        let name = subject.name.clone();
        Ok(Verified { digest: digest.clone(), by: key.id().to_string(), name })
    }
}

/// Finds a signature of `subject` that the private half of `key` made.
///
/// # Errors
///
/// Fails as [`FailureKind::NotFound`] where there is no signature at all, as
/// [`FailureKind::Integrity`] where all are of other keys or wrong, and as
/// [`FailureKind::Invalid`] where others are in forms that cannot be read.
pub async fn verify(
    subject: &Subject,
    shelf: &dyn Shelf,
    key: &PublicKey,
) -> Result<Verified, Failure> {
    let signatures = tagged(shelf, &Tag::about(&subject.node.digest, SUFFIX)).await?;
    let mut finds = among(shelf, &signatures, subject, key).await?;
    if finds.ours.is_none() {
        let (more, _) = referred(shelf, subject, key).await?;
        finds = Finds { others: finds.others + more.others, ..more };
    }
    let digest = subject.node.digest.clone();
    if let Some(FoundSignature { name, .. }) = finds.ours {
        return Ok(Verified { digest, by: key.id().to_string(), name });
    }
    if !finds.forms.is_empty() {
        let forms: Vec<&str> = finds.forms.into_iter().collect();
        let forms = format!("signed as {}, which castoff cannot check", forms.join(" and as "));
        let why = match finds.others {
            0 => format!("{digest} is {forms}"),
            1 => format!("1 signature of {digest} is by another key, and it is {forms}"),
            n => format!("{n} signatures of {digest} are by other keys, and it is {forms}"),
        };
        return Err(Failure::new(FailureKind::Invalid, Side::Sink, why)
            .context(&subject.name)
            .hint("verify it with the tool that signed it: cosign verify, or notation verify"));
    }
    let (kind, why) = match finds.others {
        0 => (FailureKind::NotFound, format!("{digest} has no signature")),
        1 => (FailureKind::Integrity, format!("the signature of {digest} is not by this key")),
        n => (
            FailureKind::Integrity,
            format!("none of the {n} signatures of {digest} is by this key"),
        ),
    };
    Err(Failure::new(kind, Side::Sink, why).context(&subject.name))
}

/// The signatures under a tag.
async fn tagged(shelf: &dyn Shelf, tag: &Tag) -> Result<Signatures, Failure> {
    let Some(node) = shelf.resolve(tag).await? else { return Ok(Signatures::default()) };
    match read_node(shelf, &node).await? {
        Node::Manifest(manifest) => Ok(Signatures::of(&manifest)),
        Node::Index(_) => {
            let why = format!("`{tag}` names an index instead of a manifest of signatures");
            Err(Failure::new(FailureKind::Invalid, Side::Sink, why)
                .hint("another tool uses this tag; remove it"))
        }
    }
}

/// The signatures that name the subject as theirs, and which of them a key made.
async fn referred(
    shelf: &dyn Shelf,
    subject: &Subject,
    key: &PublicKey,
) -> Result<(Finds, Signatures), Failure> {
    let (mut forms, mut all) = (BTreeSet::new(), Signatures::default());
    let attached = shelf.attached(&subject.node.digest).await?;
    let referrers = attached.into_iter().filter(|attachment| attachment.tag.is_none());
    for Attachment { node, .. } in referrers.take(SIGNATURES_LIMIT) {
        let kind = node.artifact_type.as_deref();
        forms.extend(kind.and_then(form));
        // cosign lists its bundles under the type of their configuration.
        if kind.is_some_and(|kind| kind != ARTIFACT && kind != media_type::EMPTY) {
            continue;
        }
        let Ok(Node::Manifest(manifest)) = read_node(shelf, &node).await else { continue };
        // A list need not say what its entries are.
        forms.extend(manifest.artifact_type.as_deref().and_then(form));
        if manifest.config.media_type.as_str() == ARTIFACT {
            all = all.and(&Signatures::of(&manifest));
        }
    }
    let finds = Finds { forms, ..among(shelf, &all, subject, key).await? };
    Ok((finds, all))
}

/// What the signatures of other tools are called, by their artifact types.
fn form(kind: &str) -> Option<&'static str> {
    match kind {
        _ if kind.starts_with("application/vnd.dev.sigstore.bundle") => Some("a Sigstore bundle"),
        "application/vnd.cncf.notary.signature" => Some("a Notation signature"),
        _ => None,
    }
}

/// Which of `signatures` a key made over `subject`. What cannot be read or is
/// wrong counts as another's.
async fn among(
    shelf: &dyn Shelf,
    signatures: &Signatures,
    subject: &Subject,
    key: &PublicKey,
) -> Result<Finds, Failure> {
    let mut finds = Finds::default();
    for (layer, signature) in signatures.each().take(SIGNATURES_LIMIT) {
        let bytes = match shelf.read(layer, PAYLOAD_LIMIT).await {
            Ok(bytes) => bytes,
            Err(failure) if failure.is_transient() => return Err(failure),
            Err(_) => {
                finds.others += 1;
                continue;
            }
        };
        let payload = SimpleSigningPayload::parse(&bytes).ok().filter(|payload| {
            key.verifies(&bytes, &signature) && *payload.digest() == subject.node.digest
        });
        match payload {
            Some(payload) => {
                let name = payload.reference().to_owned();
                finds.ours = Some(FoundSignature { payload: layer.clone(), signature, name });
                return Ok(finds);
            }
            None => finds.others += 1,
        }
    }
    Ok(finds)
}
