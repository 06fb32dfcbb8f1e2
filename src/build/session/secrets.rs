//! Gives secrets to the steps that mount them.

use std::{collections::BTreeMap, sync::Arc};

use bollard_buildkit_proto::moby::buildkit::secrets::v1::{
    GetSecretRequest, GetSecretResponse, secrets_server,
};
use secrecy::{ExposeSecret, SecretString};
use tonic::{Request, Response, Status, async_trait};

pub(super) struct Secrets(pub(super) Arc<BTreeMap<String, SecretString>>);

#[async_trait]
impl secrets_server::Secrets for Secrets {
    async fn get_secret(
        &self,
        request: Request<GetSecretRequest>,
    ) -> Result<Response<GetSecretResponse>, Status> {
        let id = &request.get_ref().id;
        let secret = self.0.get(id).ok_or_else(|| {
            Status::not_found(format!("the configuration has no secret `{id}` for the build"))
        })?;
        Ok(Response::new(GetSecretResponse { data: secret.expose_secret().as_bytes().to_vec() }))
    }
}
