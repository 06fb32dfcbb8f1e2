//! Inflating what came from outside, within bounds.

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::{
    bufread::XzDecoder,
    stream::{CONCATENATED, Stream},
};
use zstd::stream::read::Decoder as ZstdDecoder;

use super::{Compression, as_io, invalid};
use crate::model::{Failure, bytes};

/// How far a stream may inflate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// The most bytes that may come out.
    pub inflated: u64,
    /// The most bytes that may come out for each byte that went in.
    pub ratio: u64,
    /// The bytes that may come out whatever the ratio, so that a small file
    /// of zeros is no bomb.
    pub floor: u64,
}

impl Default for Caps {
    /// Bounds that no image comes near: gzip itself cannot exceed 1032 to 1.
    fn default() -> Self {
        Self { inflated: 1 << 39, ratio: 1100, floor: 256 << 20 }
    }
}

/// The largest window that zstd may ask for, as a power of two: 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;

/// The memory that xz may use: twice what its highest level needs.
const XZ_MEMORY: u64 = 128 << 20;

/// The size of the buffer before a decoder.
const BUFFER: usize = 64 << 10;

/// Reads a stream as it was before it was compressed.
///
/// It reads all of the stream: what follows the compressed data is an error.
pub struct Decoder<R: Read> {
    stream: Inflate<R>,
    name: String,
    caps: Caps,
    taken: Rc<Cell<u64>>,
    inflated: u64,
    compression: Compression,
}

type Input<R> = BufReader<Counted<Start<R>>>;

enum Inflate<R: Read> {
    Plain(Input<R>),
    Gzip(Box<MultiGzDecoder<Input<R>>>),
    Bzip2(MultiBzDecoder<Input<R>>),
    Xz(XzDecoder<Input<R>>),
    Zstd(ZstdDecoder<'static, Input<R>>),
}

/// What was read to tell the compression, and then the rest.
type Start<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

struct Counted<R> {
    inner: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Decoder<R> {
    /// Looks at the first bytes of `reader`, which errors call `name`.
    ///
    /// # Errors
    ///
    /// Fails where the first bytes cannot be read.
    pub fn new(mut reader: R, name: &str, caps: Caps) -> io::Result<Self> {
        let mut start = Vec::new();
        reader.by_ref().take(Compression::MAGIC as u64).read_to_end(&mut start)?;
        let compression = Compression::sniff(&start);
        let taken = Rc::new(Cell::new(0));
        let counted =
            Counted { inner: io::Cursor::new(start).chain(reader), taken: Rc::clone(&taken) };
        let input = BufReader::with_capacity(BUFFER, counted);
        let stream = Inflate::new(compression, input)?;
        Ok(Self { stream, name: name.to_owned(), caps, taken, inflated: 0, compression })
    }

    /// How the stream is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    fn describe(&self, error: io::Error) -> io::Error {
        // What the reader below says is the reader's matter.
        if Failure::find_in(&error).is_some() || error.raw_os_error().is_some() {
            return error;
        }
        let how = self.compression;
        let failure = if error.kind() == io::ErrorKind::UnexpectedEof {
            invalid(&self.name, format!("its {how} data is truncated"))
        } else {
            invalid(&self.name, format!("its {how} data is damaged, or other data follows it"))
                .because(error)
        };
        as_io(failure.hint("build or download the file again"))
    }

    fn check(&self) -> io::Result<()> {
        let Caps { inflated: most, ratio, floor } = self.caps;
        let bomb = |what| {
            as_io(invalid(&self.name, what).hint("if the content is right, compress it less"))
        };
        if self.inflated > most {
            return Err(bomb(format!("it inflates to more than {}", bytes(most))));
        }
        if self.inflated > floor && self.inflated / ratio > self.taken.get() {
            return Err(bomb(format!("it inflates to more than {ratio} times its size")));
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.stream.read(buffer).map_err(|error| self.describe(error))?;
        self.inflated += count as u64;
        self.check()?;
        if count == 0 && !self.stream.input().fill_buf()?.is_empty() {
            return Err(as_io(
                invalid(&self.name, format!("other data follows its {} data", self.compression))
                    .hint("build or download the file again"),
            ));
        }
        Ok(count)
    }
}

impl<R: Read> Inflate<R> {
    fn new(compression: Compression, input: Input<R>) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::Plain(input),
            Compression::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Bzip2 => Self::Bzip2(MultiBzDecoder::new(input)),
            Compression::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
                Self::Xz(XzDecoder::new_stream(input, stream))
            }
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::with_buffer(input)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Self::Zstd(decoder)
            }
        })
    }

    fn input(&mut self) -> &mut Input<R> {
        match self {
            Self::Plain(input) => input,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Bzip2(decoder) => decoder.get_mut(),
            Self::Xz(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Bzip2(decoder) => decoder.read(buffer),
            Self::Xz(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken.set(self.taken.get() + count as u64);
        Ok(count)
    }
}
