//! What is the matter with a connection that did not come about: by the types
//! of its errors, never by their words.

use std::{error::Error, io};

use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

use crate::model::{Failure, FailureKind};

/// Why a server cannot be spoken to, however often it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It was asked with TLS, and answers in plain text.
    Plain,
    /// Its certificate is not trusted.
    Certificate,
    /// Its certificate is for another name.
    Name,
    /// Its certificate is not valid now.
    Expired,
    /// It shows the certificate of an authority as its own.
    Authority,
    /// It wants to see a certificate of this machine, or another one.
    Asks,
    /// It wants another TLS.
    Tls,
}

/// What the matter is, where something in `error` tells that it stays.
#[must_use]
pub fn trouble(error: &(dyn Error + 'static)) -> Option<Trouble> {
    Some(match tls_error(error)? {
        rustls::Error::InvalidMessage(_) => Trouble::Plain,
        rustls::Error::InvalidCertificate(of) if is_authority(of) => Trouble::Authority,
        rustls::Error::InvalidCertificate(of) => of_certificate(of),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA,
        ) => Trouble::Asks,
        _ => Trouble::Tls,
    })
}

fn of_certificate(error: &CertificateError) -> Trouble {
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Trouble::Name
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Trouble::Expired,
        _ => Trouble::Certificate,
    }
}

/// What TLS says, however deep.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| {
        // An `io::Error` does not name what it holds as its source.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner.and_then(|inner| tls_error(inner as &(dyn Error + 'static))))
    })
}

/// Whether a server shows the certificate of an authority as its own.
pub(super) fn is_authority(error: &CertificateError) -> bool {
    let CertificateError::Other(rustls::OtherError(inner)) = error else { return false };
    matches!(inner.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}

impl Trouble {
    /// The same failure, of the kind that it is. `host` is the one that was
    /// asked.
    #[must_use]
    pub fn explain(self, failure: Failure, host: &str) -> Failure {
        let kind = if self == Self::Plain { FailureKind::Plain } else { FailureKind::Protocol };
        let mut failure = Failure { kind, ..failure }.undone();
        let hint = match self {
            Self::Plain => {
                failure.causes = vec![format!("{host} uses plain HTTP, but castoff used TLS")];
                "if that is safe, allow it with --insecure or `insecure = true`"
            }
            Self::Certificate => {
                "give the certificate of its authority with `ca = \"FILE\"` or --ca FILE, or \
                 accept any certificate with `insecure = true` or --insecure"
            }
            Self::Name => {
                "use a host name that is in the server's certificate, or accept any certificate \
                 with `insecure = true` or --insecure"
            }
            Self::Expired => "renew the server's certificate, or set the clock of this machine",
            Self::Asks => {
                "the server requires a client certificate: put NAME.cert and NAME.key into \
                 /etc/docker/certs.d/HOST or ~/.config/containers/certs.d/HOST"
            }
            Self::Authority => {
                failure.causes.pop();
                failure
                    .causes
                    .push("its certificate is that of a certificate authority".to_owned());
                "the server uses a certificate authority's certificate as its own: trust it with \
                 `ca = \"FILE\"` or --ca FILE, issue a certificate for the server, or accept any \
                 certificate with `insecure = true` or --insecure"
            }
            Self::Tls => return failure,
        };
        failure.hint(hint)
    }
}
