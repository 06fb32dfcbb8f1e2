//! Gzip on all cores, with the same bytes on any number of them.
//!
//! The input is cut into blocks of a fixed size, and each becomes a gzip
//! member of its own (RFC 1952, 2.2 allows several). So a block's bytes depend
//! on the block only, and not on the thread or the time. The member header
//! of libdeflate has no time and no operating system in it.

use std::{
    collections::VecDeque,
    io::{self, Write},
    num::NonZero,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
};

use libdeflater::{CompressionLvl, Compressor};

/// What compresses, and how: the same text promises the same bytes. It is part
/// of the key under which a compressed layer is remembered.
pub const COMPRESSOR: &str = "libdeflate-1.26.1/gzip/level-1/block-1MiB";

/// Twice as fast as the next one, and its output is 6 % larger.
const LEVEL: i32 = 1;
const BLOCK: usize = 1 << 20;

/// Threads that compress blocks. They end when the last clone is dropped.
#[derive(Clone)]
pub struct Workers {
    queue: Sender<Job>,
    threads: usize,
}

struct Job {
    block: Vec<u8>,
    done: SyncSender<Vec<u8>>,
}

/// Compresses what is written to it, in blocks, on [`Workers`].
///
/// At most two blocks for each thread are in memory. Only [`Self::finish`]
/// completes the stream; one that is dropped stays cut short.
pub struct GzipWriter<W: Write> {
    inner: W,
    workers: Workers,
    block: Vec<u8>,
    /// Blocks at work, in order.
    pending: VecDeque<Receiver<Vec<u8>>>,
    any: bool,
}

impl Workers {
    /// Starts `threads` threads.
    #[must_use]
    pub fn new(threads: NonZero<usize>) -> Self {
        let (queue, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || compress_all(&jobs));
        }
        Self { queue, threads: threads.get() }
    }

    /// The process's own, one for each core.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Workers> = OnceLock::new();
        SHARED.get_or_init(|| {
            Self::new(thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN))
        })
    }

    fn start(&self, block: Vec<u8>) -> Receiver<Vec<u8>> {
        let (done, result) = sync_channel(1);
        // A queue without threads drops the job, and the receiver says so.
        let _ = self.queue.send(Job { block, done });
        result
    }
}

fn compress_all(jobs: &Mutex<Receiver<Job>>) {
    let level = CompressionLvl::new(LEVEL).expect("the level is one of libdeflate's");
    let mut compressor = Compressor::new(level);
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { block, done }) = job else { return };
        // The task that waited may have given up.
        let _ = done.send(member(&mut compressor, &block));
    }
}

fn member(compressor: &mut Compressor, block: &[u8]) -> Vec<u8> {
    let mut out = vec![0; compressor.gzip_compress_bound(block.len())];
    let size =
        compressor.gzip_compress(block, &mut out).expect("the bound is enough for any input");
    out.truncate(size);
    out
}

impl<W: Write> GzipWriter<W> {
    /// Compresses into `inner`.
    pub fn new(inner: W, workers: &Workers) -> Self {
        Self {
            inner,
            workers: workers.clone(),
            block: Vec::new(),
            pending: VecDeque::new(),
            any: false,
        }
    }

    /// Writes what is left and returns the inner writer.
    ///
    /// # Errors
    ///
    /// Fails where the inner writer does.
    pub fn finish(mut self) -> io::Result<W> {
        // A stream of no members would be no gzip at all.
        if !self.block.is_empty() || !self.any {
            self.start_block();
        }
        while !self.pending.is_empty() {
            self.write_first()?;
        }
        Ok(self.inner)
    }

    fn start_block(&mut self) {
        self.any = true;
        self.pending.push_back(self.workers.start(std::mem::take(&mut self.block)));
    }

    fn write_first(&mut self) -> io::Result<()> {
        let Some(first) = self.pending.pop_front() else { return Ok(()) };
        let member = first.recv().map_err(|_| io::Error::other("a compressing thread died"))?;
        self.inner.write_all(&member)
    }
}

impl<W: Write> Write for GzipWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.capacity() == 0 {
            self.block.reserve_exact(BLOCK);
        }
        let count = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        if self.block.len() == BLOCK {
            while self.pending.len() >= 2 * self.workers.threads {
                self.write_first()?;
            }
            self.start_block();
        }
        Ok(count)
    }

    /// Does nothing: a block is complete or waits for more.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
