//! Which role signs, and with which keys.

use super::{RELEASES, Repository, Signers, TARGETS};
use crate::model::{Failure, FailureKind, Side};

/// A key of a role that is had here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// What the metadata calls it.
    pub(super) id: String,
    /// What it is called without its certificate.
    pub(super) bare: String,
}

/// The signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) role: String,
    pub(super) keys: Vec<Held>,
    /// The key of the snapshot; none where the server signs that.
    pub(super) snapshot: Option<Held>,
}

/// Finds the role that signs: `wanted`, or the first of which enough keys are
/// had, as `has` tells of their bare ids. Where there is a key of one's `own`,
/// that one signs.
pub(super) fn choose(
    repository: &Repository,
    wanted: Option<&str>,
    own: Option<&str>,
    has: &dyn Fn(&str) -> bool,
) -> Result<Choice, Failure> {
    let roles = match wanted {
        Some(role) => vec![role],
        None => vec![RELEASES, TARGETS],
    };
    let mut lacking = None;
    for role in roles {
        let Some(signers) = repository.signers(role)? else { continue };
        let keys = held(&signers, own, has);
        let is_own = own.is_none_or(|own| keys.iter().any(|held| held.bare == own));
        if is_own && keys.len() as u64 >= u64::from(signers.threshold) {
            let snapshot = repository.root.content.signers("snapshot")?;
            let snapshot = held(&snapshot, None, has).into_iter().next();
            return Ok(Choice { role: role.to_owned(), keys, snapshot });
        }
        lacking = Some((role, signers));
    }
    let Some((role, signers)) = lacking else {
        let why = format!("it has no role `{}`", wanted.unwrap_or(TARGETS));
        return Err(Failure::new(FailureKind::NotFound, Side::Sink, why)
            .hint("create it with notary delegation add, or set another `role`"));
    };
    Err(too_few(role, &signers, own.is_some()))
}

/// Not enough of the keys of `role` are had.
fn too_few(role: &str, signers: &Signers<'_>, is_own: bool) -> Failure {
    let ids: Vec<String> =
        signers.ids.iter().filter_map(|id| signers.keys.get(id)?.bare_id().ok()).collect();
    let (why, hint) = if is_own {
        (
            format!("the key of `key` does not belong to `{role}`, or is not enough"),
            "add the key with notary delegation add, or set another `role`",
        )
    } else {
        (
            format!(
                "{} of the keys of `{role}` must sign, and this machine has too few",
                signers.threshold
            ),
            "add the key to the trust folder with docker trust key load, or set it as `key`",
        )
    };
    Failure::new(FailureKind::NotFound, Side::Local, why)
        .because(format!("its keys are {}", ids.join(", ")))
        .hint(hint)
}

/// As many of the keys as must sign, if they are had; one's own first.
fn held(signers: &Signers<'_>, own: Option<&str>, has: &dyn Fn(&str) -> bool) -> Vec<Held> {
    let mut found: Vec<Held> = Vec::new();
    for id in signers.ids {
        let Some(bare) = signers.keys.get(id).and_then(|key| key.bare_id().ok()) else { continue };
        let is_new = !found.iter().any(|held| held.bare == bare);
        if is_new && has(&bare) {
            found.push(Held { id: id.clone(), bare });
        }
    }
    found.sort_by_key(|held| Some(held.bare.as_str()) != own);
    found.truncate(usize::try_from(signers.threshold).unwrap_or(usize::MAX));
    found
}
