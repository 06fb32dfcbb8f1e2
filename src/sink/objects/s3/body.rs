//! The bodies of uploads.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use futures_util::TryStreamExt;
use http_body::Frame;
use http_body_util::StreamBody;
use sync_wrapper::SyncStream;
use tokio_util::io::ReaderStream;

use crate::{
    model::Failure,
    ports::{Content, Meter},
};

/// How much is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// How much of a body was told of, however often it was sent.
#[derive(Default)]
pub(super) struct SentBytes(Arc<AtomicU64>);

/// Counts the bytes of a body that is sent once more.
pub(super) struct Counting {
    at: u64,
    told: Arc<AtomicU64>,
    meter: Meter,
}

impl SentBytes {
    /// Counts a body from its start.
    pub(super) fn of(&self, meter: &Meter) -> Counting {
        Counting { at: 0, told: Arc::clone(&self.0), meter: meter.clone() }
    }
}

impl Counting {
    fn advance(&mut self, bytes: u64) {
        self.at += bytes;
        let told = self.told.fetch_max(self.at, Ordering::Relaxed);
        self.meter.advance(self.at.saturating_sub(told));
    }
}

/// Content as the body of a request. It cannot be sent twice: an attempt that
/// fails is made again from its start.
pub(super) async fn body(
    content: &Arc<dyn Content>,
    range: Range<u64>,
    mut meter: Counting,
) -> Result<ByteStream, Failure> {
    let reader = content.read(range).await?;
    let frames = ReaderStream::with_capacity(reader, CHUNK).map_ok(move |bytes| {
        meter.advance(bytes.len() as u64);
        Frame::data(bytes)
    });
    let body = StreamBody::new(SyncStream::new(frames));
    Ok(ByteStream::new(SdkBody::from_body_1_x(body)))
}
