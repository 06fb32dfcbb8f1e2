//! Why a tag cannot be signed.

use super::Repository;
use crate::{
    model::{Failure, FailureKind, Side, Tag},
    ports::Verified,
};

/// The digest of a tag, and the role that signed it.
pub(super) fn found(
    repository: &Repository,
    own: Option<&str>,
    tag: &Tag,
) -> Result<Verified, Failure> {
    let none = || {
        let why = format!("`{tag}` is not signed");
        Failure::new(FailureKind::NotFound, Side::Sink, why).context(&repository.gun)
    };
    let (role, meta) = repository.find(own, tag.as_str())?.ok_or_else(none)?;
    let digest = meta.digest().ok_or_else(none)?;
    let keys = repository.signers(role)?.map(|signers| signers.ids.join(", "));
    let by = format!("{role}, {}", keys.unwrap_or_default());
    Ok(Verified { digest, by, name: repository.gun.to_string() })
}

/// The server took what it cannot serve.
pub(super) fn unreadable(failure: Failure) -> Failure {
    if failure.is_transient() {
        return failure;
    }
    let failure = Failure { kind: FailureKind::Integrity, ..failure };
    failure.context("the server accepted the signed metadata, but serves other metadata")
}

/// The server accepted a name and does not know it.
pub(super) fn vanished() -> Failure {
    Failure::new(FailureKind::Integrity, Side::Sink, "it does not know the repository")
}

pub(super) fn not_open(what: impl std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        Side::Local,
        "it was not unlocked, because it was not needed before",
    )
    .context(what)
    .hint("the keys of the repository changed meanwhile; start again")
}
