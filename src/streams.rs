//! Standard output and standard error, which may be full, or closed by their
//! reader.
//!
//! What is done does not depend on what can be told of it: writing here never
//! fails. A reader that left, as `head` does, is no failure at all; anything
//! else is remembered, and [`lost`] tells it at the end.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::{escape, safe_json};

static OUT: Mutex<State> = Mutex::new(State::new());
static ERR: Mutex<State> = Mutex::new(State::new());

/// One of the two streams.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    is_err: bool,
    /// Whether bytes are written as they are, but to a terminal.
    is_raw: bool,
}

#[derive(Debug)]
struct State {
    is_closed: bool,
    lost: Option<io::Error>,
    /// Whether all that is written is JSON.
    is_json: bool,
    /// The beginning of a character.
    held: Vec<u8>,
}

/// Standard output.
#[must_use]
pub fn stdout() -> Stream {
    Stream { is_err: false, is_raw: false }
}

/// Standard output, for bytes that are meant as they are.
#[must_use]
pub fn raw_stdout() -> Stream {
    Stream { is_err: false, is_raw: true }
}

/// Standard error.
#[must_use]
pub fn stderr() -> Stream {
    Stream { is_err: true, is_raw: false }
}

/// From now on, all that goes to standard output is JSON, in which characters
/// that a terminal might obey are escaped.
pub fn speak_json() {
    state(false).is_json = true;
}

/// Whether the reader of standard output left.
#[must_use]
pub fn is_closed() -> bool {
    state(false).is_closed
}

/// Writes what waits, and tells why something could not be written, if
/// anything.
#[must_use]
pub fn lost() -> Option<String> {
    for mut stream in [stdout(), stderr()] {
        let _ = stream.flush();
    }
    let told = |is_err, name: &str| {
        state(is_err).lost.as_ref().map(|error| format!("{name} cannot be written: {error}"))
    };
    told(false, "standard output").or_else(|| told(true, "standard error"))
}

fn state(is_err: bool) -> MutexGuard<'static, State> {
    let state = if is_err { &ERR } else { &OUT };
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    const fn new() -> Self {
        Self { is_closed: false, lost: None, is_json: false, held: Vec::new() }
    }

    fn note(&mut self, done: io::Result<()>) {
        match done {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.is_closed = true,
            Err(error) => {
                self.lost.get_or_insert(error);
            }
        }
    }

    /// The same as JSON that is safe to show. A character that is not whole
    /// yet is held back.
    fn safe(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.held) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.held.len(),
        };
        let rest = self.held.split_off(whole);
        let text = std::mem::replace(&mut self.held, rest);
        safe_json(&String::from_utf8_lossy(&text)).into_owned().into_bytes()
    }
}

impl Stream {
    /// Writes what is meant for a file or a pipe to a terminal, which must not
    /// obey it.
    fn show(self, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<String> = text.split('\n').map(|line| escape(line).to_string()).collect();
        let safe = lines.join("\n");
        if safe.as_bytes() != bytes {
            writeln!(
                io::stderr(),
                "warning: control characters are shown escaped; in a file or a pipe the output \
                 is unchanged"
            )?;
        }
        self.to().write_all(safe.as_bytes())
    }

    fn to(self) -> Box<dyn Write> {
        if self.is_err { Box::new(io::stderr()) } else { Box::new(io::stdout()) }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = state(self.is_err);
        if state.is_closed || state.lost.is_some() {
            return Ok(bytes.len());
        }
        let done = match (self.is_raw, state.is_json) {
            (true, _) if io::stdout().is_terminal() => self.show(bytes),
            (false, true) => {
                let safe = state.safe(bytes);
                self.to().write_all(&safe)
            }
            _ => self.to().write_all(bytes),
        };
        state.note(done);
        Ok(bytes.len())
    }

    /// In one piece, which nothing else can come between.
    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        self.write_all(text.to_string().as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.to().flush();
        state(self.is_err).note(done);
        Ok(())
    }
}
