//! Certificates that are trusted by themselves.
//!
//! A certificate that a server made for itself, as Docker's manual has it done,
//! is mostly one of an authority too (`CA:TRUE`), and `webpki` takes no such
//! for a server's. Where it is itself among those that are trusted, byte by
//! byte, no other could vouch for it better.

use std::{sync::Arc, time::Duration};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    server::ParsedCertificate,
};
use x509_cert::{Certificate, der::Decode};

use super::connection_error::is_authority;

/// Trusts as another verifier does, and what is trusted itself.
#[derive(Debug)]
pub(crate) struct TrustedCertificates {
    usual: Arc<dyn ServerCertVerifier>,
    given: Vec<CertificateDer<'static>>,
    is_systems: bool,
}

impl TrustedCertificates {
    /// Trusts as `usual` does, and the certificates that are `given`, and the
    /// system's if `is_systems`, as servers' own.
    pub(crate) fn new(
        usual: Arc<dyn ServerCertVerifier>,
        given: Vec<CertificateDer<'static>>,
        is_systems: bool,
    ) -> Self {
        Self { usual, given, is_systems }
    }

    fn has(&self, own: &CertificateDer<'_>) -> bool {
        // Seldom needed, so they are read only here.
        let systems = || rustls_native_certs::load_native_certs().certs;
        self.given.contains(own) || self.is_systems && systems().contains(own)
    }
}

impl ServerCertVerifier for TrustedCertificates {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.usual.verify_server_cert(own, others, name, ocsp_response, now) {
            Err(Error::InvalidCertificate(why)) if is_authority(&why) && self.has(own) => {
                refuse_invalid(own, now)?;
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, own, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, own, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Fails where a certificate is not valid at a time.
fn refuse_invalid(own: &CertificateDer<'_>, time: UnixTime) -> Result<(), Error> {
    let parsed = Certificate::from_der(own).map_err(|_| CertificateError::BadEncoding)?;
    let validity = parsed.tbs_certificate.validity;
    let second = |at: Duration| UnixTime::since_unix_epoch(Duration::from_secs(at.as_secs()));
    let not_before = second(validity.not_before.to_unix_duration());
    let not_after = second(validity.not_after.to_unix_duration());
    if time < not_before {
        return Err(CertificateError::NotValidYetContext { time, not_before }.into());
    }
    if time > not_after {
        return Err(CertificateError::ExpiredContext { time, not_after }.into());
    }
    Ok(())
}
