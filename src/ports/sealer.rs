//! Signers of documents: what they say can then be told from what others say.

use async_trait::async_trait;

use crate::model::Failure;

/// Puts documents into a signed envelope. Its key is
/// open already, or it is logged in.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// A CMS `SignedData` in DER that has `content` within (RFC 5652, section
    /// 5). What it cannot be trusted to have sealed it does not return.
    async fn seal(&self, content: &[u8]) -> Result<Vec<u8>, Failure>;

    /// The signer, for people: the subject of a certificate, say; `no signer` where
    /// it does not sign.
    fn who(&self) -> String;

    /// The certificate that it seals with, in DER, where that is known before.
    fn certificate(&self) -> Option<Vec<u8>>;
}
