//! Signers of what is published.

use async_trait::async_trait;

use super::repository::Shelf;
use crate::model::{Descriptor, Digest, Failure, Tag};

/// A manifest that is signed where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The manifest.
    pub node: Descriptor,
    /// What people call the repository that it is in, such as
    /// `registry.example.org/acme/albatros`.
    pub name: String,
    /// The tags that will name it, where it is signed by name.
    pub tags: Vec<Tag>,
}

/// A signature that was just made, to lie beside what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it consists of, each after all that it refers to; a manifest last.
    /// Nothing where it was made elsewhere, as at a notary server.
    pub content: Vec<(Descriptor, Vec<u8>)>,
    /// The tag that it lies under; none: it names its subject itself.
    pub tag: Option<Tag>,
}

/// A signature that was found to be right.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// What was signed.
    pub digest: Digest,
    /// Which key signed it, for people.
    pub by: String,
    /// What the signature calls it.
    pub name: String,
}

/// Signs manifests with a key that is open already.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Finds out whether what is called `name` can be signed, and changes
    /// nothing. Asked before a run.
    async fn check(&self, _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    /// Fails where `subject`, which is published at `shelf`, cannot be signed
    /// without losing the signature of another signer, and changes nothing.
    /// Asked before a run.
    async fn refuse(&self, _subject: &Subject, _shelf: &dyn Shelf) -> Result<(), Failure> {
        Ok(())
    }

    /// Signs `subject`, which lies at `shelf` with what is about it already,
    /// and returns what is to be put beside it; nothing where it is signed.
    async fn sign(&self, subject: &Subject, shelf: &dyn Shelf) -> Result<Vec<Signature>, Failure>;

    /// What tags of `name` mean now, from a signer of meanings, where a change is
    /// seen at once. A signer of manifests gives nothing.
    async fn meanings(
        &self,
        _name: &str,
        _tags: &[Tag],
    ) -> Result<Vec<(Tag, Option<Descriptor>)>, Failure> {
        Ok(Vec::new())
    }

    /// Sees to it that tags of `name` mean nothing any more, where they may.
    async fn withdraw(&self, _name: &str, _tags: &[Tag]) -> Result<(), Failure> {
        Ok(())
    }

    /// Reads back that `subject` is signed. Fails as
    /// [`FailureKind::NotFound`](crate::model::FailureKind::NotFound) where it
    /// is not, and as [`FailureKind::Integrity`](crate::model::FailureKind::Integrity)
    /// where the signature is wrong.
    async fn verify(&self, subject: &Subject, shelf: &dyn Shelf) -> Result<Verified, Failure>;

    /// Fails as [`FailureKind::NotFound`](crate::model::FailureKind::NotFound)
    /// where the signature of another signer is lost by this one's, so that
    /// signing once more puts it back.
    async fn settled(&self, _subject: &Subject, _shelf: &dyn Shelf) -> Result<(), Failure> {
        Ok(())
    }
}
