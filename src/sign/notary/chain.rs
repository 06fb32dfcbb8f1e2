//! From the root that is trusted to the newest one.

use jiff::Timestamp;

use super::{
    Document, Gun, Pins, Root, Signers,
    envelope::{Envelope, wrong},
    remote::{Remote, missing},
};
use crate::model::Failure;

/// How many roots lie between the trusted one and the newest at most.
const CHAIN_LIMIT: u64 = 1_000;

/// The newest root: one that follows from the root that was seen before or,
/// where none was, the first. None where the server does not know the name.
pub(super) async fn newest(
    remote: &dyn Remote,
    pins: &Pins,
    gun: &Gun,
    now: Timestamp,
) -> Result<Option<Document<Root>>, Failure> {
    let pinned = match pins.read(gun, "root")? {
        Some(raw) => {
            let (pinned, _) = Document::<Root>::parse("root", raw)
                .map_err(|failure| failure.context(pins.folder(gun).display()))?;
            Some(pinned)
        }
        None => None,
    };
    let newest = match (remote.get("root").await?, &pinned) {
        (Some(newest), _) => newest,
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(deleted(pins, gun)),
    };
    let (newest, envelope) = Document::<Root>::parse("root", newest)?;
    match pinned {
        None => verify_own(&newest, &envelope)?,
        Some(pinned) => {
            follow(remote, pinned, &newest, &envelope)
                .await
                .map_err(|failure| failure.hint(hint(pins, gun)))?;
        }
    }
    vouched_for(&newest, gun, now)?;
    newest.unexpired("root", now)?;
    Ok(Some(newest))
}

/// Goes from root to root: each is signed by the one before it and by itself.
async fn follow(
    remote: &dyn Remote,
    pinned: Document<Root>,
    newest: &Document<Root>,
    envelope: &Envelope,
) -> Result<(), Failure> {
    if newest.signed == pinned.signed {
        return verify_own(newest, envelope);
    }
    let (from, to) = (pinned.version(), newest.version());
    if to <= from {
        let what = if to == from { "another root of" } else { "an older root, of" };
        return Err(wrong("root", format!("the server has {what} version {to}")));
    }
    if to - from > CHAIN_LIMIT {
        return Err(wrong("root", format!("its version is {to}, but {from} was seen last")));
    }
    let mut trusted = pinned;
    for version in from + 1..to {
        // Where one is not to be had, a later one may be signed by the same keys.
        let Some(raw) = remote.get(&format!("{version}.root")).await? else { continue };
        let (next, envelope) = Document::<Root>::parse("root", raw)?;
        if next.version() != version {
            return Err(wrong(
                "root",
                format!("version {version} calls itself {}", next.version()),
            ));
        }
        succeeds(&next, &envelope, &trusted)?;
        trusted = next;
    }
    succeeds(newest, envelope, &trusted)
}

fn succeeds(
    next: &Document<Root>,
    envelope: &Envelope,
    trusted: &Document<Root>,
) -> Result<(), Failure> {
    let before: Signers<'_> = trusted.content.signers("root")?;
    envelope.verify("root", &before).map_err(|failure| {
        let (to, from) = (next.version(), trusted.version());
        failure.context(format!("version {to} is not signed by the keys of version {from}"))
    })?;
    verify_own(next, envelope)
}

fn verify_own(root: &Document<Root>, envelope: &Envelope) -> Result<(), Failure> {
    envelope.verify("root", &root.content.signers("root")?)
}

/// The certificates of the root's keys are for this name, and good.
fn vouched_for(root: &Document<Root>, gun: &Gun, now: Timestamp) -> Result<(), Failure> {
    let signers = root.content.signers("root")?;
    let (mut good, mut faults) = (0, Vec::new());
    for id in signers.ids {
        let bearer = signers.keys.get(id).map(super::TufKey::bearer);
        match bearer {
            Some(Ok(Some(bearer))) if bearer.name != gun.as_str() => {
                faults.push(format!("its certificate is for `{}`, not for {gun}", bearer.name));
            }
            Some(Ok(Some(bearer))) if now >= bearer.expires => {
                faults.push(format!("its certificate expired at {}", bearer.expires));
            }
            Some(Ok(Some(bearer))) if now < bearer.begins => {
                faults.push(format!("its certificate is valid from {} on", bearer.begins));
            }
            Some(Err(error)) => faults.push(format!("its certificate: {error}")),
            _ => good += 1,
        }
    }
    if good >= signers.threshold {
        return Ok(());
    }
    let why = faults.into_iter().next().unwrap_or_else(|| "it has too few keys".to_owned());
    Err(wrong("root", why)
        .hint("the owner of the root key must renew it, such as with notary key rotate GUN root"))
}

fn hint(pins: &Pins, gun: &Gun) -> String {
    format!(
        "ask the publisher of {gun}; if the change is right, remove {}",
        pins.folder(gun).display()
    )
}

fn deleted(pins: &Pins, gun: &Gun) -> Failure {
    let why = "the server no longer knows it, and did when this machine last asked";
    missing("root").because(why).hint(hint(pins, gun))
}
