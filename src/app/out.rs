//! Where a command prints its data.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::GlobalArgs;

/// Where a command prints its data, and in which form: on standard output, or
/// in memory, for the console.
pub(super) struct Out<'w> {
    to: &'w mut (dyn Write + Send),
    pub(super) is_json: bool,
}

impl<'w> Out<'w> {
    pub(super) fn new(to: &'w mut (dyn Write + Send), global: &GlobalArgs) -> Self {
        Self { to, is_json: global.is_json() }
    }

    /// The same, for people.
    pub(super) fn plain(to: &'w mut (dyn Write + Send)) -> Self {
        Self { to, is_json: false }
    }

    /// A whole document.
    pub(super) fn document(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.to, value)?;
        writeln!(self)
    }
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
