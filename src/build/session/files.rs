//! Sends the context, and the Dockerfile beside it.
//!
//! BuildKit's file transfer (`fsutil`): we list the files, entry by entry
//! in the order of names, and an empty entry last; BuildKit asks for the
//! content of those that it does not have, by their place in that order; an
//! empty piece of data ends a file, and a word from each side ends it all.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    pin::Pin,
    sync::Arc,
};

use bollard_buildkit_proto::{
    fsutil::types::{Packet, Stat, packet::PacketType},
    moby::filesync::packet::file_sync_server::FileSync,
};
use futures_util::{
    Stream,
    stream::{self, Empty},
};
use tokio::{sync::mpsc, task};
use tonic::{Request, Response, Status, Streaming, async_trait, metadata::MetadataMap};

use super::Offer;
use crate::{
    build::context::{Name, Node, NodeKind, joined},
    model::{Failure, Side},
    store::FileState,
};

/// What BuildKit calls the context.
pub(in crate::build) const CONTEXT: &str = "context";
/// What BuildKit calls the folder of the Dockerfile, and the file in it.
pub(in crate::build) const DOCKERFILE: &str = "dockerfile";
const DOCKERFILE_NAME: &str = "Dockerfile";

/// How much is sent at once, in bytes.
const PIECE: usize = 64 << 10;
/// How many packets wait to be sent.
const WAITING: usize = 64;

/// Go's bits for kinds of files (`io/fs.FileMode`).
const GO_FOLDER: u32 = 1 << 31;
const GO_LINK: u32 = 1 << 27;
const GO_BITS: [(u32, u32); 3] = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];

pub(super) struct Files(pub(super) Offer);

/// Where the content of an entry is.
enum Body {
    OfFile(FileState),
    Text(String),
}

/// One transfer.
struct Transfer {
    offer: Offer,
    bodies: HashMap<u32, Body>,
    packets: mpsc::Sender<Result<Packet, Status>>,
}

type PacketStream = Pin<Box<dyn Stream<Item = Result<Packet, Status>> + Send>>;

#[async_trait]
impl FileSync for Files {
    type DiffCopyStream = PacketStream;
    type TarStreamStream = Empty<Result<Packet, Status>>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<Packet>>,
    ) -> Result<Response<PacketStream>, Status> {
        let folder = text(request.metadata(), "dir-name").unwrap_or_default();
        let only = texts(request.metadata(), "include-patterns");
        let only = if only.is_empty() { texts(request.metadata(), "followpaths") } else { only };
        let (packets, sent) = mpsc::channel(WAITING);
        let transfer = Transfer { offer: self.0.clone(), bodies: HashMap::new(), packets };
        let asked = request.into_inner();
        let answering = match folder.as_str() {
            CONTEXT | DOCKERFILE => transfer.run(folder == DOCKERFILE, only, asked),
            _ => return Err(Status::not_found(format!("there is no folder `{folder}`"))),
        };
        tokio::spawn(answering);
        let sent = stream::unfold(sent, async |mut sent| Some((sent.recv().await?, sent)));
        Ok(Response::new(Box::pin(sent)))
    }

    async fn tar_stream(
        &self,
        _: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("tar_stream"))
    }
}

fn texts(metadata: &MetadataMap, name: &str) -> Vec<String> {
    let values = metadata.get_all(name).iter();
    values.filter_map(|text| text.to_str().ok()).map(str::to_owned).collect()
}

fn text(metadata: &MetadataMap, name: &str) -> Option<String> {
    Some(metadata.get(name)?.to_str().ok()?.to_owned())
}

impl Transfer {
    /// Lists the files, and then sends what is asked for.
    async fn run(mut self, is_dockerfile: bool, only: Vec<String>, mut asked: Streaming<Packet>) {
        let entries = if is_dockerfile { self.dockerfile() } else { self.context(&only) };
        for entry in entries {
            if self.send(PacketType::PacketStat, 0, Some(entry), Vec::new()).await.is_none() {
                return;
            }
        }
        self.send(PacketType::PacketStat, 0, None, Vec::new()).await;
        while let Ok(Some(packet)) = asked.message().await {
            let goes_on = match packet.r#type() {
                PacketType::PacketReq => self.file(packet.id).await,
                PacketType::PacketFin => {
                    self.send(PacketType::PacketFin, 0, None, Vec::new()).await;
                    None
                }
                _ => None,
            };
            if goes_on.is_none() {
                return;
            }
        }
    }

    /// The Dockerfile alone in its folder, whatever it is called elsewhere.
    fn dockerfile(&mut self) -> Vec<Stat> {
        let text = self.offer.dockerfile.clone();
        let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
        self.bodies.insert(0, Body::Text(text));
        vec![Stat { path: DOCKERFILE_NAME.to_owned(), mode: 0o644, size, ..Stat::default() }]
    }

    /// What the context has, or of that only what is asked for.
    fn context(&mut self, only: &[String]) -> Vec<Stat> {
        let tree = Arc::clone(&self.offer.context);
        let is_asked = |path: &str| only.is_empty() || only.iter().any(|only| touches(path, only));
        // What a link leads to would be asked for as well, by another name.
        let is_link = |(name, node): (&Name, &Node)| {
            matches!(node.kind, NodeKind::Link(_)) && is_asked(&joined(name))
        };
        let wants_all = tree.nodes().any(is_link);
        let mut entries = Vec::new();
        for (name, node) in tree.nodes() {
            let path = joined(name);
            if !wants_all && !is_asked(&path) {
                continue;
            }
            let epoch = self.offer.epoch.and_then(|epoch| i64::try_from(epoch).ok());
            let mod_time = epoch.map_or(node.modified_ns, |at| at.saturating_mul(1_000_000_000));
            let mut stat = Stat { path, mode: go_mode(node.mode), mod_time, ..Stat::default() };
            match &node.kind {
                NodeKind::Folder => stat.mode |= GO_FOLDER,
                NodeKind::Link(target) => {
                    stat.mode |= GO_LINK;
                    stat.linkname.clone_from(target);
                }
                NodeKind::File(state) => {
                    stat.size = i64::try_from(state.size).unwrap_or(i64::MAX);
                    let place = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                    self.bodies.insert(place, Body::OfFile(state.clone()));
                }
            }
            entries.push(stat);
        }
        entries
    }

    /// Sends one file.
    async fn file(&mut self, id: u32) -> Option<()> {
        let body = self.bodies.remove(&id)?;
        let packets = self.packets.clone();
        let desk = self.offer.desk.clone();
        let sent = task::spawn_blocking(move || {
            let mut send = |piece: &[u8]| {
                desk.meter.advance(piece.len() as u64);
                let packet = packet(PacketType::PacketData, id, None, piece.to_vec());
                packets.blocking_send(Ok(packet)).map_err(|_| io::ErrorKind::BrokenPipe.into())
            };
            match body {
                Body::Text(text) => send(text.as_bytes()).map_err(|error: io::Error| {
                    Failure::from_io(Side::Local, "the Dockerfile", &error)
                }),
                Body::OfFile(state) => read(&state, &mut send),
            }
        });
        match sent.await {
            Ok(Ok(())) => self.send(PacketType::PacketData, id, None, Vec::new()).await,
            Ok(Err(failure)) => {
                let said = failure.to_string().into_bytes();
                self.offer.failed.note(failure);
                self.send(PacketType::PacketErr, id, None, said).await?;
                None
            }
            Err(_) => None,
        }
    }

    async fn send(
        &self,
        kind: PacketType,
        id: u32,
        stat: Option<Stat>,
        data: Vec<u8>,
    ) -> Option<()> {
        self.packets.send(Ok(packet(kind, id, stat, data))).await.ok()
    }
}

fn packet(kind: PacketType, id: u32, stat: Option<Stat>, data: Vec<u8>) -> Packet {
    Packet { r#type: kind.into(), stat, id, data }
}

/// Reads a file piece by piece, and fails where it is not what was listed.
fn read(state: &FileState, send: &mut impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Failure> {
    let mut read = || -> io::Result<()> {
        let mut file = File::open(&state.path)?;
        state.expect_same(&FileState::of_open(&state.path, &file)?)?;
        let mut buffer = vec![0; PIECE];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => send(&buffer[..count])?,
            }
        }
        Ok(state.expect_same(&FileState::of_open(&state.path, &file)?)?)
    };
    read().map_err(|error| Failure::from_io(Side::Source, state.path.display(), &error))
}

/// Whether a path is one that is asked for, or leads to it, or lies in it.
fn touches(path: &str, only: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    only.contains(['*', '?', '[']) || within(path, only) || within(only, path)
}

fn go_mode(mode: u32) -> u32 {
    let special = GO_BITS.iter().filter(|(unix, _)| mode & unix != 0).map(|(_, go)| go);
    special.fold(mode & 0o777, |mode, bit| mode | bit)
}
