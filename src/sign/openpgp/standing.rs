//! What a key may do, as it says itself.

use jiff::Timestamp;
use pgp::{
    composed::{SignedPublicKey, SignedPublicSubKey},
    packet::{Signature, SignatureType},
    types::{KeyDetails, Tag},
};

/// What a key, or a subkey, may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it was taken back.
    pub(super) is_revoked: bool,
    /// When it ends; none: never.
    pub(super) expires: Option<Timestamp>,
    /// Whether it is for signing.
    pub(super) signs: bool,
}

impl Standing {
    /// Why it must not sign at a time; none: it may.
    pub(super) fn refusal(&self, now: Timestamp) -> Option<String> {
        match (self.is_revoked, self.expires) {
            (true, _) => Some("the key was revoked".to_owned()),
            (_, Some(end)) if end <= now => Some(format!("the key expired on {end}")),
            _ if !self.signs => Some("the key is not for signing".to_owned()),
            _ => None,
        }
    }

    /// What the newest of its own signatures says of a key that was made then.
    fn of(key: &impl KeyDetails, says: Option<&Signature>, is_revoked: bool) -> Self {
        // No key vouches for it, so it may do nothing.
        let Some(says) = says else { return Self { is_revoked, ..Self::default() } };
        let lasts = says.key_expiration_time().map(|lasts| i64::from(lasts.as_secs()));
        let made = i64::from(key.created_at().as_secs());
        let ends = lasts.filter(|lasts| *lasts > 0).map(|lasts| made + lasts);
        let expires = ends.and_then(|end| Timestamp::from_second(end).ok());
        Self { is_revoked, expires, signs: says.key_flags().sign() }
    }
}

/// What the primary key may do.
pub(super) fn of_primary(key: &SignedPublicKey) -> Standing {
    let primary = &key.primary_key;
    let is_revoked =
        key.details.revocation_signatures.iter().any(|of| {
            of.typ() == Some(SignatureType::KeyRevocation) && of.verify_key(primary).is_ok()
        });
    let direct = key
        .details
        .direct_signatures
        .iter()
        .filter(|of| of.typ() == Some(SignatureType::Key) && of.verify_key(primary).is_ok());
    let users = key.details.users.iter().flat_map(|user| {
        user.signatures.iter().filter(|of| {
            let vouches = of.is_certification() && of.typ() != Some(SignatureType::CertRevocation);
            vouches && of.verify_certification(primary, Tag::UserId, &user.id).is_ok()
        })
    });
    Standing::of(primary, newest(direct.chain(users)), is_revoked)
}

/// What a subkey may do, apart from what its primary key may.
pub(super) fn of_subkey(key: &SignedPublicKey, subkey: &SignedPublicSubKey) -> Standing {
    let primary = &key.primary_key;
    let of_kind = |kind: SignatureType| {
        let all = subkey.signatures.iter().filter(move |of| of.typ() == Some(kind));
        all.filter(|of| of.verify_subkey_binding(primary, &subkey.key).is_ok())
    };
    let is_revoked = of_kind(SignatureType::SubkeyRevocation).next().is_some();
    let binding = newest(of_kind(SignatureType::SubkeyBinding));
    // One that signs must say itself that it belongs to the primary key.
    let agrees = binding
        .and_then(Signature::embedded_signature)
        .is_some_and(|back| back.verify_primary_key_binding(&subkey.key, primary).is_ok());
    let standing = Standing::of(&subkey.key, binding, is_revoked);
    Standing { signs: standing.signs && agrees, ..standing }
}

fn newest<'s>(all: impl Iterator<Item = &'s Signature>) -> Option<&'s Signature> {
    all.max_by_key(|signature| signature.created().map(pgp::types::Timestamp::as_secs))
}
