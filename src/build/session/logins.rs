//! Gives logins at the registries that a build pulls from.

use std::sync::Arc;

use bollard_buildkit_proto::moby::filesync::v1::{
    CredentialsRequest, CredentialsResponse, FetchTokenRequest, FetchTokenResponse,
    GetTokenAuthorityRequest, GetTokenAuthorityResponse, VerifyTokenAuthorityRequest,
    VerifyTokenAuthorityResponse, auth_server::Auth,
};
use secrecy::ExposeSecret;
use tonic::{Request, Response, Status, async_trait};

use crate::registry::{Credential, Credentials};

pub(super) struct Logins(pub(super) Arc<dyn Credentials>);

#[async_trait]
impl Auth for Logins {
    async fn credentials(
        &self,
        request: Request<CredentialsRequest>,
    ) -> Result<Response<CredentialsResponse>, Status> {
        let host = match request.get_ref().host.as_str() {
            "registry-1.docker.io" => "docker.io",
            host => host,
        };
        let found = self.0.find(host, None).await.map_err(|failure| {
            tracing::warn!(%failure, host, "a build gets no login");
            Status::unavailable("the login cannot be read")
        })?;
        Ok(Response::new(match found {
            // An engine is told users and passwords, and identity tokens.
            None | Some(Credential::RegistryToken(_)) => CredentialsResponse::default(),
            Some(Credential::Basic { user, password }) => {
                CredentialsResponse { username: user, secret: password.expose_secret().to_owned() }
            }
            Some(Credential::IdentityToken(token)) => CredentialsResponse {
                username: String::new(),
                secret: token.expose_secret().to_owned(),
            },
        }))
    }

    // An engine that is told so asks for credentials.
    async fn fetch_token(
        &self,
        _: Request<FetchTokenRequest>,
    ) -> Result<Response<FetchTokenResponse>, Status> {
        Err(Status::unimplemented("fetch_token"))
    }

    async fn get_token_authority(
        &self,
        _: Request<GetTokenAuthorityRequest>,
    ) -> Result<Response<GetTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("get_token_authority"))
    }

    async fn verify_token_authority(
        &self,
        _: Request<VerifyTokenAuthorityRequest>,
    ) -> Result<Response<VerifyTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("verify_token_authority"))
    }
}
