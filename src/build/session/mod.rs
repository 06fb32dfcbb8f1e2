//! What BuildKit asks of the client of a build.
//!
//! A build has a session: a connection on which *we* are the server, and
//! BuildKit asks for the files of the context, for secrets, and for logins at
//! the registries that it pulls from. Nothing of it touches a disk or the
//! environment of another program.

mod files;
mod health;
mod logins;
mod offer;
mod secrets;

pub(super) use self::offer::{BuildOffer, Failed};
use std::sync::Arc;

use bollard_buildkit_proto::{
    health::health_server::HealthServer,
    moby::{
        buildkit::secrets::v1::secrets_server::SecretsServer,
        filesync::{packet::file_sync_server::FileSyncServer, v1::auth_server::AuthServer},
    },
};
use futures_util::{StreamExt, stream};
use tokio::task::JoinHandle;

pub(super) use self::files::{CONTEXT, DOCKERFILE};
use self::{files::ContextFiles, health::Health, logins::Logins, secrets::BuildSecrets};
use super::request::BuildRequest;
use crate::{docker::DockerEngine, model::Failure, net::Random};

/// What we can be asked, as the engine must be told at the start.
const METHODS: [&str; 3] = [
    "/moby.filesync.v1.FileSync/DiffCopy",
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
    "/moby.filesync.v1.Auth/Credentials",
];

/// A session; it ends when this is dropped.
pub(super) struct BuildSession {
    id: String,
    server: JoinHandle<()>,
}

impl BuildSession {
    /// Begins a session in which `offer` is given. Those of the same context
    /// share what the engine keeps of it. Another context shares nothing: the
    /// engine tells files apart by size and time alone, and would take one for
    /// another that is as large and as old.
    pub(super) async fn begin(
        engine: &DockerEngine,
        asked: &BuildRequest<'_>,
        offer: BuildOffer,
    ) -> Result<Self, Failure> {
        let id = random_id(asked.network.random());
        let key = asked.digest.hex().to_owned();
        let mut headers = vec![
            ("X-Docker-Expose-Session-Uuid", id.as_str()),
            ("X-Docker-Expose-Session-Name", "castoff"),
            ("X-Docker-Expose-Session-Sharedkey", key.as_str()),
        ];
        headers.extend(METHODS.map(|method| ("X-Docker-Expose-Session-Grpc-Method", method)));
        let stream = engine.upgrade("/session", &headers).await?;
        let serving = tonic::transport::Server::builder()
            .add_service(HealthServer::new(Health))
            .add_service(FileSyncServer::new(ContextFiles(offer.clone())))
            .add_service(SecretsServer::new(BuildSecrets(Arc::clone(&offer.secrets))))
            .add_service(AuthServer::new(Logins(offer.logins)))
            .serve_with_incoming(
                stream::iter([Ok::<_, std::io::Error>(stream)]).chain(stream::pending()),
            );
        let server = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::debug!(%error, "a build session ended");
            }
        });
        Ok(Self { id, server })
    }

    /// Its name at the engine.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for BuildSession {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A name that no other build has.
pub(super) fn random_id(random: Random) -> String {
    let word = || random.number();
    format!("{:016x}{:016x}", word(), word())
}
