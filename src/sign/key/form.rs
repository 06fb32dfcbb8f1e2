//! How a key writes its signatures.

/// How signatures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureForm {
    /// Those of ECDSA as a DER sequence of two numbers, of RSA as PKCS#1 v1.5:
    /// cosign, CMS.
    Asn1,
    /// Those of ECDSA as two numbers of fixed length, one behind the other, of
    /// RSA as PSS: notary.
    Fixed,
}
