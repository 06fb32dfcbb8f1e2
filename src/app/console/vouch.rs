//! Who of the configuration's signers signed what a tag names.

use super::performer::Shared;
use crate::{
    app::{looking::Looking, signers::public_key},
    error::Error,
    model::{Descriptor, SignerSpec},
    ports::{Shelf, Subject},
    sign::{Form, PublicKey, cosign, read_key},
    tui::model::{TagAt, Vouched},
};

/// Asks for a signature of each signer that has a public key. What cannot be
/// asked for is not signed.
pub(super) async fn vouched(
    shared: &Shared,
    looking: &Looking,
    shelf: &dyn Shelf,
    tag: &TagAt,
    root: &Descriptor,
) -> Vec<Vouched> {
    let name = looking.spec.url.public_name(&tag.name.repository);
    let subject = Subject { node: root.clone(), name, tags: Vec::new() };
    let mut vouched = Vec::new();
    for signer in shared.config.signers.iter().filter(|of| of.fits(tag.name.kind)) {
        let Some(key) = key(signer) else { continue };
        let verified = match key {
            Ok(key) => cosign::verify(&subject, shelf, &key).await.map_err(Error::from),
            Err(error) => Err(error),
        };
        let why_not = verified.err().map(|error| error.failures);
        vouched.push(Vouched { by: signer.name.clone(), why_not });
    }
    vouched
}

/// The public key that lies beside a signer's own.
fn key(signer: &SignerSpec) -> Option<Result<PublicKey, Error>> {
    let path = public_key(signer)?;
    Some(read_key(&path).map_err(Error::from).and_then(|text| {
        PublicKey::from_pem(&text, Form::Asn1).map_err(|error| error.at(path.display()).into())
    }))
}
