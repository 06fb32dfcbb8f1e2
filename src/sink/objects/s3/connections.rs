//! The connections to a bucket, and to where its keys come from: through the
//! proxies that the environment names, and never through one to this machine.

use std::{error::Error, fmt};

use aws_sdk_s3::config::{HttpClient, RuntimeComponents, SharedHttpClient, http::HttpRequest};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use url::Url;

use crate::net::Network;

/// The header in which the name of the proxy is noted that an answer came
/// through. No server's own is kept.
pub(super) const THROUGH: &str = "castoff-through-proxy";

/// The header in which the session token is noted that a request carried, so
/// that it is not shown where the answer repeats it. No server's own is kept.
pub(super) const CARRIED: &str = "castoff-carried";
/// The header that carries it (AWS Signature Version 4).
const TOKEN: &str = "x-amz-security-token";

/// A client that trusts as `tls` says.
pub(super) fn client(tls: &TlsContext, network: &Network) -> SharedHttpClient {
    let through = |proxy: Option<&Url>| {
        // One that cannot be followed is refused before anything is asked.
        let proxy = proxy.and_then(|proxy| ProxyConfig::all(proxy.as_str()).ok());
        let (tls, proxy) = (tls.clone(), proxy.unwrap_or_else(ProxyConfig::disabled));
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder().proxy_config(proxy.clone());
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
            let connector = connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc));
            connector.tls_context(tls.clone()).build()
        })
    };
    let proxies = network.proxies();
    SharedHttpClient::new(Clients {
        direct: through(None),
        proxied: ["http", "https"].map(|scheme| through(proxies.way_of(scheme))),
        network: network.clone(),
    })
}

#[derive(Debug)]
struct Clients {
    direct: SharedHttpClient,
    /// For plain HTTP and for HTTPS.
    proxied: [SharedHttpClient; 2],
    network: Network,
}

#[derive(Debug)]
struct Ways {
    direct: SharedHttpConnector,
    proxied: [SharedHttpConnector; 2],
    network: Network,
}

/// What went wrong on the way through a proxy.
#[derive(Debug)]
struct Through {
    proxy: String,
    error: Box<dyn Error + Send + Sync>,
}

impl HttpClient for Clients {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Ways {
            direct: self.direct.http_connector(settings, components),
            proxied: self.proxied.each_ref().map(|of| of.http_connector(settings, components)),
            network: self.network.clone(),
        })
    }
}

impl HttpConnector for Ways {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Ok(url) = Url::parse(request.uri()) else { return self.direct.call(request) };
        let proxies = self.network.proxies();
        if let Err(failure) = proxies.refuse_odd(&url) {
            let refused = ConnectorError::user(Box::new(failure));
            return HttpConnectorFuture::ready(Err(refused));
        }
        let proxy = proxies.name(&url);
        let [http, https] = &self.proxied;
        let way = match proxy {
            None => &self.direct,
            Some(_) if url.scheme() == "http" => http,
            Some(_) => https,
        };
        let token = request.headers().get(TOKEN).map(str::to_owned);
        let sent = way.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = match (sent.await, &proxy) {
                (Err(error), Some(proxy)) => return Err(through(error, proxy)),
                (sent, _) => sent?,
            };
            answer.headers_mut().remove(THROUGH);
            answer.headers_mut().remove(CARRIED);
            if let Some(token) = token {
                drop(answer.headers_mut().try_insert(CARRIED, token));
            }
            // With TLS it is the server that answers, and no other.
            if let Some(proxy) = proxy.filter(|_| url.scheme() == "http") {
                // A name that is no header is told nowhere.
                drop(answer.headers_mut().try_insert(THROUGH, proxy));
            }
            Ok(answer)
        })
    }
}

/// The same error, with the proxy named.
fn through(error: ConnectorError, proxy: &str) -> ConnectorError {
    let (is_timeout, is_user, is_io) = (error.is_timeout(), error.is_user(), error.is_io());
    let kind = error.as_other();
    let named = Box::new(Through { proxy: proxy.to_owned(), error: error.into_source() });
    match () {
        () if is_timeout => ConnectorError::timeout(named),
        () if is_user => ConnectorError::user(named),
        () if is_io => ConnectorError::io(named),
        () => ConnectorError::other(named, kind),
    }
}

impl fmt::Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "through the proxy {}", self.proxy)
    }
}

impl Error for Through {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}
