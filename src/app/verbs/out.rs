//! Where a command prints its data.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

use crate::{cli::GlobalArgs, streams};

/// Where a command prints its data, and in which form: on standard output, or
/// in memory, for the console.
pub(crate) struct Out<'w> {
    to: &'w mut (dyn Write + Send),
    pub(crate) is_json: bool,
}

impl<'w> Out<'w> {
    pub(crate) fn new(to: &'w mut (dyn Write + Send), global: &GlobalArgs) -> Self {
        Self { to, is_json: global.is_json() }
    }

    /// The same, for people.
    pub(crate) fn plain(to: &'w mut (dyn Write + Send)) -> Self {
        Self { to, is_json: false }
    }

    /// A whole document.
    pub(crate) fn document(&mut self, value: &impl Serialize) -> io::Result<()> {
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

/// Says something that is worth knowing and stops nothing.
pub(crate) fn warn(what: impl Display) {
    let _ = writeln!(streams::stderr(), "warning: {what}");
}

/// Tells people how it goes.
pub(crate) fn say(global: &GlobalArgs, line: &str) {
    if !global.quiet {
        // Nothing is left to tell that standard error is closed.
        let _ = writeln!(streams::stderr(), "{line}");
    }
}
