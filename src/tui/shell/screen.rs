//! The terminal while castoff has it: taken, given back, and given back after a
//! panic.

use std::{
    io::{self, BufWriter, Stdout, Write, stdout},
    panic,
    thread::{self, ThreadId},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};

/// The terminal while castoff has it.
pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
}

impl Screen {
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        restore_at_panic(thread::current().id());
        // A frame goes out in one piece.
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stdout()));
        enter(mouse)?;
        Ok(Self { terminal: Terminal::new(backend)?, mouse })
    }

    pub(super) fn reopen(&mut self) -> io::Result<()> {
        enter(self.mouse)?;
        self.forget()
    }

    pub(super) fn close(&mut self) {
        let _ = self.terminal.backend_mut().flush();
        leave();
    }

    pub(super) fn take_mouse(&mut self, on: bool) {
        self.mouse = on;
        // A terminal without a mouse ignores it.
        let _ = if on {
            execute!(stdout(), EnableMouseCapture)
        } else {
            execute!(stdout(), DisableMouseCapture)
        };
    }

    /// Draws the next frame whole. `Terminal::clear` would ask the terminal
    /// where its cursor is, and the answer would be taken for keys.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.close();
    }
}

/// Puts a text into the clipboard, by OSC 52. A terminal that does not know
/// that ignores it, and none answers.
pub(super) fn clip(text: &str) {
    let _ = write!(stdout(), "\x1b]52;c;{}\x1b\\", STANDARD.encode(text));
    let _ = stdout().flush();
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
}

/// Leaves the terminal as it was. What fails here cannot be mended.
fn leave() {
    let _ =
        execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Gives the terminal back before a panic of this thread is told. A job that
/// panics fails alone, and must not write over the screen: it goes to the log.
fn restore_at_panic(ui: ThreadId) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == ui {
            leave();
            before(info);
        } else {
            tracing::error!(%info, "a job panicked");
        }
    }));
}
