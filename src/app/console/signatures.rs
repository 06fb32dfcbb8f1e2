//! Which of the configuration's signers signed what a tag names.

use super::shared::ConsoleShared;
use crate::{
    app::wiring::{
        notary::{meant, reader},
        references::Looking,
        signers::{public_key, read_public},
    },
    error::Error,
    model::{Descriptor, SignerSpec, Signing, SinkUrl},
    ports::{Shelf, Subject, Verified},
    sign::{PublicKey, cosign},
    tui::model::{TagAt, Vouched},
};

/// Asks for a signature of each signer that has a public key. What cannot be
/// asked for is not signed.
pub(super) async fn vouched(
    shared: &ConsoleShared,
    looking: &Looking,
    shelf: &dyn Shelf,
    tag: &TagAt,
    root: &Descriptor,
) -> Vec<Vouched> {
    let name = looking.spec.url.public_name(&tag.name.repository);
    let subject = Subject { node: root.clone(), name, tags: Vec::new() };
    let mut vouched = Vec::new();
    for signer in shared.config.signers.iter().filter(|of| of.fits(tag.name.kind)) {
        let verified = if matches!(signer.with, Signing::Notary { .. }) {
            if !matches!(looking.spec.url, SinkUrl::Registry { .. }) {
                continue;
            }
            tagged(shared, signer, &subject, tag).await
        } else {
            match key(signer) {
                None => continue,
                Some(Ok(key)) => cosign::verify(&subject, shelf, &key).await.map_err(Error::from),
                Some(Err(error)) => Err(error),
            }
        };
        let why_not = verified.err().map(|error| error.failures);
        vouched.push(Vouched { by: signer.name.clone(), why_not });
    }
    vouched
}

/// What a notary server says that the tag means.
async fn tagged(
    shared: &ConsoleShared,
    signer: &SignerSpec,
    subject: &Subject,
    tag: &TagAt,
) -> Result<Verified, Error> {
    let notary = reader(&shared.services, &signer.with)?;
    let notary = notary.ok_or_else(|| Error::usage("the signer is of another kind"))?;
    Ok(meant(&notary, &subject.name, &tag.name.tag, &subject.node.digest).await?)
}

/// The public key that lies beside a signer's own.
fn key(signer: &SignerSpec) -> Option<Result<PublicKey, Error>> {
    let path = public_key(signer)?;
    Some(read_public(&path).map_err(Error::from))
}
