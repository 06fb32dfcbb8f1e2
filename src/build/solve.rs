//! Has BuildKit build one platform.

use std::{collections::HashMap, future::pending, time::Duration};

use bollard_buildkit_proto::moby::buildkit::v1::{
    ListWorkersRequest, SolveRequest, StatusRequest, StatusResponse, control_client::ControlClient,
};
use hyper_util::rt::TokioIo;
use tokio::{sync::Mutex, time::timeout};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

use super::{
    progress::{BuildProgress, FailedStep, says_full},
    request::{BuildRequest, silent},
    session::{BuildSession, CONTEXT, DOCKERFILE, random_id},
};
use crate::{
    docker::{DockerEngine, Upgraded},
    model::{Failure, FailureKind, Platform, Side, escape},
    ports::Desk,
    recipe::Blueprint,
};

/// The most that BuildKit may say at once, in bytes.
const MESSAGE: usize = 16 << 20;
/// How long is waited for what BuildKit still has to say of a build that is over.
const LAST_WORDS: Duration = Duration::from_secs(3);

impl BuildRequest<'_> {
    /// Builds, and tells `desk` how it goes. Dropping it ends the build at the
    /// engine.
    pub(super) async fn of_buildkit(
        &self,
        engine: &DockerEngine,
        session: &BuildSession,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let mut control = control(engine, Some(session.id())).await?;
        let reference = random_id(self.network.random());
        let mut told = StatusReport::of(control.clone(), reference.clone());
        let solving = control.solve(self.request(session, reference));
        tokio::pin!(solving);
        let mut progress = BuildProgress::new(desk.clone());
        let solved = loop {
            tokio::select! {
                biased;
                solved = &mut solving => break solved,
                status = timeout(self.idle, told.next()) => match status {
                    Ok(status) => progress.take(&status),
                    Err(_) => return Err(silent(self.idle)),
                },
            }
        };
        let rest = async {
            while let Some(status) = told.try_next().await {
                progress.take(&status);
            }
        };
        // Where the connection broke, nothing more is told.
        let _ = timeout(LAST_WORDS, rest).await;
        progress.end();
        match solved {
            Ok(_) => Ok(()),
            Err(status) => Err(failed(&status, &progress, engine).await),
        }
    }

    fn request(&self, session: &BuildSession, reference: String) -> SolveRequest {
        let attributes = [("name".to_owned(), self.name.to_owned())];
        SolveRequest {
            r#ref: reference,
            frontend: "dockerfile.v0".to_owned(),
            frontend_attrs: self.attributes(),
            session: session.id().to_owned(),
            // What these are called to engines old and new.
            exporter_deprecated: "moby".to_owned(),
            exporter_attrs_deprecated: attributes.into(),
            cache: Some(bollard_buildkit_proto::moby::buildkit::v1::CacheOptions::default()),
            ..SolveRequest::default()
        }
    }

    /// What the Dockerfile frontend is told (BuildKit, `frontend/dockerfile`).
    fn attributes(&self) -> HashMap<String, String> {
        let Blueprint { target, labels, network, cache, .. } = self.blueprint;
        let mut attributes = HashMap::from([
            ("filename".to_owned(), "Dockerfile".to_owned()),
            ("contextkey".to_owned(), CONTEXT.to_owned()),
            ("dockerfilekey".to_owned(), DOCKERFILE.to_owned()),
            ("platform".to_owned(), self.platform.to_string()),
        ]);
        attributes.extend(target.clone().map(|target| ("target".to_owned(), target)));
        for (name, value) in self.proxies() {
            attributes.insert(format!("build-arg:{name}"), value);
        }
        if let Some(epoch) = self.epoch {
            attributes.insert("build-arg:SOURCE_DATE_EPOCH".to_owned(), epoch.to_string());
        }
        for (name, value) in self.args() {
            attributes.insert(format!("build-arg:{name}"), value.clone());
        }
        for (name, value) in labels {
            attributes.insert(format!("label:{name}"), value.clone());
        }
        if !network {
            attributes.insert("force-network-mode".to_owned(), "none".to_owned());
        }
        if !cache || self.afresh {
            attributes.insert("no-cache".to_owned(), String::new());
        }
        attributes
    }
}

/// What is told of a build, one status after another.
struct StatusReport {
    control: ControlClient<Channel>,
    reference: String,
    stream: Option<tonic::Streaming<StatusResponse>>,
    is_over: bool,
}

impl StatusReport {
    fn of(control: ControlClient<Channel>, reference: String) -> Self {
        Self { control, reference, stream: None, is_over: false }
    }

    /// The next status. Waits for ever where there is none any more: the build
    /// itself says how it ended.
    async fn next(&mut self) -> StatusResponse {
        if let Some(status) = self.try_next().await {
            return status;
        }
        self.is_over = true;
        pending().await
    }

    async fn try_next(&mut self) -> Option<StatusResponse> {
        if self.is_over {
            return None;
        }
        if self.stream.is_none() {
            let request = StatusRequest { r#ref: self.reference.clone() };
            self.stream = Some(self.control.status(request).await.ok()?.into_inner());
        }
        self.stream.as_mut()?.message().await.ok()?
    }
}

/// The platforms that the engine can build for, with and without emulation.
pub(super) async fn platforms(engine: &DockerEngine) -> Result<Vec<Platform>, Failure> {
    let mut control = control(engine, None).await?;
    let workers = control.list_workers(ListWorkersRequest::default()).await;
    let workers = match workers {
        Ok(workers) => workers.into_inner().record,
        Err(status) => return Err(refused(&status, engine).await),
    };
    let known = workers.into_iter().flat_map(|worker| worker.platforms).filter_map(|of| {
        let variant = Some(of.variant.as_str()).filter(|variant| !variant.is_empty());
        Platform::new(&of.os, &of.architecture, variant).ok()
    });
    Ok(known.collect())
}

/// BuildKit's own API, on a connection of the engine's.
async fn control(
    engine: &DockerEngine,
    session: Option<&str>,
) -> Result<ControlClient<Channel>, Failure> {
    let headers: Vec<_> =
        session.map(|id| ("X-Docker-Expose-Session-Uuid", id)).into_iter().collect();
    let stream = Mutex::new(Some(engine.upgrade("/grpc", &headers).await?));
    let stream = std::sync::Arc::new(stream);
    let connector = tower::service_fn(move |_| {
        let stream = std::sync::Arc::clone(&stream);
        async move { once(&stream).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://docker");
    let channel = endpoint
        .connect_with_connector(connector)
        .await
        .map_err(|error| Failure::from_error(FailureKind::Network, Side::Sink, &error))?;
    Ok(ControlClient::new(channel).max_decoding_message_size(MESSAGE))
}

/// A connection that broke is not made again here: what ran on it is gone.
async fn once(stream: &Mutex<Option<Upgraded>>) -> std::io::Result<Upgraded> {
    stream.lock().await.take().ok_or_else(|| std::io::ErrorKind::NotConnected.into())
}

/// What to do where an engine's disk is full.
const MAKE_ROOM: &str = "free some space there, such as with docker system prune";

/// Why a build failed: at which step, what BuildKit says, and what the step
/// printed last.
async fn failed(status: &Status, progress: &BuildProgress, engine: &DockerEngine) -> Failure {
    let Some(FailedStep { name, why, last, found_full }) = progress.failed() else {
        return refused(status, engine).await;
    };
    let failure =
        Failure::new(FailureKind::Build, Side::Source, why).context(format!("step `{name}`"));
    let failure = match last {
        Some(last) => failure.because(format!("its last output: {last}")),
        None => failure,
    };
    if *found_full {
        return failure.context(format!("a disk of {} is full", engine.url())).hint(MAKE_ROOM);
    }
    failure.hint("see its log; fix it, or try again")
}

/// Why BuildKit did not even begin, or broke off.
async fn refused(status: &Status, engine: &DockerEngine) -> Failure {
    use tonic::Code;
    let kind = match status.code() {
        // The engine cancelled it: castoff still waits.
        Code::Unavailable | Code::Aborted | Code::Cancelled => FailureKind::Network,
        Code::Unknown | Code::Internal if is_broken(status, engine).await => FailureKind::Network,
        Code::DeadlineExceeded => FailureKind::Timeout,
        Code::NotFound => FailureKind::NotFound,
        Code::PermissionDenied | Code::Unauthenticated => FailureKind::Forbidden,
        _ => FailureKind::Build,
    };
    let failure = Failure::new(kind, Side::Source, escape(status.message()));
    if says_full(status.message()) { failure.hint(MAKE_ROOM) } else { failure }
}

/// Whether the connection broke, or the engine is gone. What the message says
/// decides nothing: a Dockerfile's own words may be in it.
async fn is_broken(status: &Status, engine: &DockerEngine) -> bool {
    std::error::Error::source(status).is_some() || engine.about().await.is_err()
}
