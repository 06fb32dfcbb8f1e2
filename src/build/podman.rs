//! Has Podman build one platform, over the API that Docker had before BuildKit.
//!
//! Podman has no sessions: it takes the context as one tar, tells lines, gives
//! no secrets to steps, and lets them reach the network whatever is asked.

use std::{collections::HashMap, io, sync::Arc};

use bollard::{body_try_stream, models::BuildInfo, query_parameters::BuildImageOptionsBuilder};
use futures_util::StreamExt;
use tokio::{io::DuplexStream, task::spawn_blocking, time::timeout};
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::{
    context::{ContextTree, NodeKind, joined},
    request::{BuildRequest, silent},
    session::random_id,
};
use crate::{
    docker::{DockerEngine, failure},
    model::{Failure, FailureKind, Side, escape},
    ports::Desk,
    recipe::Blueprint,
    store::FileState,
};

/// How much of the context waits to be sent, in bytes.
const WAITING: usize = 256 << 10;

impl BuildRequest<'_> {
    /// Builds, and tells `desk` how it goes.
    pub(super) async fn of_podman(
        &self,
        engine: &DockerEngine,
        desk: &Desk,
    ) -> Result<(), Failure> {
        if !self.blueprint.network {
            desk.output.line(
                "warning: the build is configured without network, but Podman lets its steps use \
                 the network",
            );
        }
        let dockerfile = self.dockerfile();
        if dockerfile.is_added {
            let line = format!("the Dockerfile is added to the context as {}", dockerfile.name);
            desk.output.line(line);
        }
        let (write, read) = tokio::io::duplex(WAITING);
        let packing = spawn_blocking({
            let (tree, epoch, desk) = (Arc::clone(&self.context), self.epoch, desk.clone());
            let added = dockerfile.is_added.then(|| self.blueprint.dockerfile.text.clone());
            let name = dockerfile.name.clone();
            let out = SyncIoBridge::new(write);
            move || pack(&tree, added.map(|text| (name, text)), epoch, out, &desk)
        });
        let built = self.told(engine, &dockerfile.name, read, desk).await;
        // Why the context was not sent says more than that it ended early.
        match packing.await {
            Ok(Err(failure)) if failure.side == Side::Source => Err(failure),
            _ => built,
        }
    }

    /// The Dockerfile where it lies in the context already, or a name for it.
    fn dockerfile(&self) -> AddedDockerfile {
        let text = self.blueprint.dockerfile.text.as_bytes();
        let is_it = |state: &FileState| {
            state.size == text.len() as u64
                && std::fs::read(&state.path).is_ok_and(|found| found == text)
        };
        let found = self.context.nodes().find(|(_, node)| match &node.kind {
            NodeKind::File(state) => is_it(state),
            _ => false,
        });
        if let Some((name, _)) = found {
            return AddedDockerfile { name: joined(name), is_added: false };
        }
        let id = random_id(self.network.random());
        AddedDockerfile { name: format!(".castoff-{}", &id[..12]), is_added: true }
    }

    async fn told(
        &self,
        engine: &DockerEngine,
        dockerfile: &str,
        context: DuplexStream,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let Blueprint { target, labels, network, cache, .. } = self.blueprint;
        let mut args: HashMap<String, String> = self.args().cloned().collect();
        let labels: HashMap<String, String> = labels.iter().cloned().collect();
        for (name, value) in self.proxies() {
            args.entry(name).or_insert(value);
        }
        let platform = self.platform.to_string();
        let mut options = BuildImageOptionsBuilder::default()
            .dockerfile(dockerfile)
            .t(self.name)
            .platform(&platform)
            .buildargs(&args)
            .labels(&labels)
            .nocache(!cache || self.afresh);
        if let Some(target) = target {
            options = options.target(target);
        }
        if self.pulls {
            options = options.pull("true");
        }
        if !network {
            options = options.networkmode("none");
        }
        let docker = engine.docker().await?;
        let body = body_try_stream(ReaderStream::new(context));
        let mut told = docker.build_image(options.build(), None, Some(body));
        let mut step = String::new();
        loop {
            let next = timeout(self.idle, told.next()).await;
            match next.map_err(|_| silent(self.idle))? {
                None => return Ok(()),
                Some(Ok(info)) => tell(&info, &mut step, desk),
                Some(Err(error)) => return Err(failed(&failure(&error), &step)),
            }
        }
    }
}

/// A Dockerfile within a context.
struct AddedDockerfile {
    name: String,
    is_added: bool,
}

/// Tells lines, and notes the step that they belong to.
fn tell(info: &BuildInfo, step: &mut String, desk: &Desk) {
    for line in info.stream.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty()) {
        if let Some((numbers, _)) = line.strip_prefix("STEP ").and_then(|rest| rest.split_once(':'))
        {
            line.clone_into(step);
            let numbers = numbers.split_once('/');
            if let Some((Ok(at), Ok(of))) = numbers.map(|(at, of)| (at.parse::<u32>(), of.parse()))
            {
                desk.meter.steps(at.saturating_sub(1), of);
            }
        }
        desk.output.line(escape(line).to_string());
    }
}

fn failed(why: &Failure, step: &str) -> Failure {
    let is_engine = why.is_transient() && why.kind != FailureKind::Server;
    if is_engine {
        return why.clone();
    }
    let failure = Failure { kind: FailureKind::Build, side: Side::Source, ..why.clone() };
    let failure =
        if step.is_empty() { failure } else { failure.context(format!("`{}`", escape(step))) };
    if failure.hint.is_some() {
        return failure;
    }
    failure.hint("see its log; fix it, or try again")
}

/// Writes a context as a tar.
fn pack(
    tree: &ContextTree,
    added: Option<(String, String)>,
    epoch: Option<u64>,
    out: impl io::Write,
    desk: &Desk,
) -> Result<(), Failure> {
    let mut tar = tar::Builder::new(out);
    let broken = |error: &io::Error| Failure::from_io(Side::Sink, "the context", error);
    for (name, node) in tree.nodes() {
        let mut header = tar::Header::new_gnu();
        header.set_mode(node.mode);
        let seconds = u64::try_from(node.modified_ns / 1_000_000_000).unwrap_or_default();
        header.set_mtime(epoch.unwrap_or(seconds));
        let path = joined(name);
        let written = match &node.kind {
            NodeKind::Folder => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_size(0);
                tar.append_data(&mut header, &path, io::empty())
            }
            NodeKind::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, &path, target)
            }
            NodeKind::File(state) => {
                header.set_size(state.size);
                desk.meter.advance(state.size);
                let file = super::context::open(state)?;
                tar.append_data(&mut header, &path, file)
            }
        };
        written.map_err(|error| broken(&error))?;
    }
    if let Some((name, text)) = added {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name, text.as_bytes()).map_err(|error| broken(&error))?;
    }
    tar.into_inner().map(drop).map_err(|error| broken(&error))
}
