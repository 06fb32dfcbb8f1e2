//! How large a piece of a blob goes in one request.
//!
//! What a host was seen to want is remembered beside the open uploads: smaller
//! chunks where it, or a proxy before it, refuses large ones, and where it
//! keeps nothing of a chunk that was cut, so that no more is sent again.

use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use tokio::sync::OnceCell;

use super::sessions::Sessions;

/// What is sent at once, and so at most sent again.
const CHUNK: u64 = 64 << 20;
/// The same where the host keeps nothing of a chunk that was cut: sending this
/// much again takes about as long as the requests of a hundred more chunks.
const CUT: u64 = 8 << 20;
/// Into how many chunks of the first size a blob is cut at most.
const CHUNKS_LIMIT: u64 = 100;
/// The smallest chunk: many proxies refuse more than 1 MiB unless told otherwise.
const SMALLEST: u64 = 512 << 10;

/// How large the chunks of one host are.
pub(super) struct ChunkSize {
    sessions: Arc<dyn Sessions>,
    key: String,
    /// In bytes; what was known of the host is read when it is first asked.
    most: OnceCell<AtomicU64>,
    /// How many chunks were cut since one was kept.
    cut: AtomicU32,
}

impl ChunkSize {
    /// The chunks of `host`, as they were the last time.
    pub(super) fn new(host: &str, sessions: Arc<dyn Sessions>) -> Self {
        let key = format!("chunks of {host}");
        Self { sessions, key, most: OnceCell::new(), cut: AtomicU32::new(0) }
    }

    async fn most(&self) -> &AtomicU64 {
        let known = async || {
            let known = self.sessions.get(&self.key).await.and_then(|most| most.parse().ok());
            known.map_or(CHUNK, |most: u64| most.clamp(SMALLEST, CHUNK)).into()
        };
        self.most.get_or_init(known).await
    }

    /// The length of a chunk.
    pub(super) async fn length(&self) -> u64 {
        self.most().await.load(Ordering::Relaxed)
    }

    /// The length of a chunk of a blob of `size` bytes.
    pub(super) async fn of(&self, size: u64) -> u64 {
        match self.length().await {
            CHUNK => CHUNK.max(size.div_ceil(CHUNKS_LIMIT)),
            less => less,
        }
    }

    /// Hears that `length` bytes were too many for one request. Returns whether
    /// fewer may be sent, which `least` forbids.
    pub(super) async fn halve(&self, length: u64, least: u64) -> bool {
        let half = (length / 2).max(least).max(SMALLEST);
        let may = half < length;
        if may {
            self.remember(half).await;
        }
        may
    }

    /// Hears that the host keeps nothing of a chunk that was cut. Where each is,
    /// a proxy may refuse its size without a word that arrives.
    pub(super) async fn lose(&self) {
        let is_first = self.cut.fetch_add(1, Ordering::Relaxed) == 0;
        let less = if is_first { CUT } else { (self.length().await / 2).max(SMALLEST) };
        self.remember(less.min(CUT)).await;
    }

    /// Hears that a chunk was kept.
    pub(super) fn keep(&self) {
        self.cut.store(0, Ordering::Relaxed);
    }

    async fn remember(&self, most: u64) {
        if self.most().await.fetch_min(most, Ordering::Relaxed) > most {
            self.sessions.put(&self.key, &most.to_string()).await;
        }
    }
}
