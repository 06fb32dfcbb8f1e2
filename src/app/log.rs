//! The log: in a file, and safe to be shown.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::Mutex,
};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::wiring::project::user_paths;
use crate::{
    cli::GlobalArgs,
    error::Error,
    model::{Failure, Side, escape},
};

/// Sends the log to a file where that is asked for, and always while the
/// console has the screen; never to the screen.
pub(crate) fn to_file(global: &GlobalArgs, has_screen: bool) -> Result<(), Error> {
    if global.log_file.is_none() && global.log_level.is_none() && !has_screen {
        return Ok(());
    }
    let path = match &global.log_file {
        Some(path) => path.clone(),
        None => user_paths()?.log(),
    };
    let level = global.log_level.as_deref().unwrap_or(match &global.log_file {
        Some(_) => "castoff=debug,warn",
        None => "warn",
    });
    let filter = filter(level)?;
    let file = open(&path).map_err(|error| {
        Failure::from_io(Side::Local, format!("log {}", path.display()), &error)
    })?;
    let writer = Mutex::new(Escaping(file));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).init();
    Ok(())
}

/// A level, or what a level is for: `castoff=debug,warn`.
fn filter(level: &str) -> Result<EnvFilter, Error> {
    let told = |why: &dyn std::fmt::Display| {
        let what = format!("--log-level `{}`: {why}", escape(level));
        Error::usage(what).hint("write error, warn, info, debug, trace, or castoff=debug,warn")
    };
    // A word alone that is no level would be taken for a part of the program.
    if let Some(word) = level.split(',').find(|part| !part.contains(['=', '[']))
        && word.trim().parse::<LevelFilter>().is_err()
    {
        return Err(told(&format!("`{}` is not a level", escape(word))));
    }
    EnvFilter::try_new(level).map_err(|error| told(&error))
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(path)
}

/// Escapes what might do more to a terminal than be shown, but for the ends of
/// lines.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<String> = text.split('\n').map(|line| escape(line).to_string()).collect();
        self.0.write_all(lines.join("\n").as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
