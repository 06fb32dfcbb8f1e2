//! Keys that sign files, and keys that check what they signed.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;

use super::super::signers::private_key;
use crate::{
    error::Error,
    model::{SignerSpec, Signing},
    secret::Secrets,
    sign::{
        Form,
        cms::{Certificates, Cms},
        file::FileSigner,
        read_key,
    },
};

/// Opens the key of a signer of files.
pub(super) async fn signer(
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<Arc<dyn FileSigner>, Error> {
    match &spec.with {
        Signing::Cms { key, certificate, chain, detached } => {
            let (own, chain) = (read_key(certificate)?, chain.as_deref().map(read_key));
            let chain = chain.transpose()?;
            let private = private_key(spec, key, Form::Asn1, secrets).await?;
            let chain = chain.as_ref().map(|chain| chain.as_slice());
            let opened = Certificates::of_key(private.public(), &own, chain)
                .and_then(|all| Cms::new(private, all, !detached, Timestamp::now()));
            Ok(Arc::new(opened.map_err(|error| error.at(shown(certificate)))?))
        }
        other => Err(Error::usage(format!("{} signs no files", other.kind()))),
    }
}

fn shown(path: &Path) -> impl std::fmt::Display {
    path.display()
}
