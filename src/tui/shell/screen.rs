//! The terminal while castoff has it: taken, given back, and given back after a
//! panic.

use std::{
    io::{self, BufWriter, Stdout, Write, stdin, stdout},
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
use rustix::{
    process::{getpgid, getpid},
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr},
};

/// What the terminal sends for it.
const CTRL_C: u8 = 3;

/// The terminal while castoff has it.
pub(super) struct TerminalScreen {
    pub(super) terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    taken: Taken,
}

/// What of the terminal castoff takes besides the screen and the keys.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    /// The mouse.
    pub(super) mouse: bool,
    /// Ctrl-C, as a signal.
    pub(super) interrupt: bool,
}

impl TerminalScreen {
    pub(super) fn open(taken: Taken) -> io::Result<Self> {
        restore_at_panic(thread::current().id());
        // A frame goes out in one piece.
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stdout()));
        enter(taken)?;
        Ok(Self { terminal: Terminal::new(backend)?, taken })
    }

    pub(super) fn reopen(&mut self) -> io::Result<()> {
        enter(self.taken)?;
        self.forget()
    }

    pub(super) fn close(&mut self) {
        let _ = self.terminal.backend_mut().flush();
        leave();
    }

    pub(super) fn take_mouse(&mut self, on: bool) {
        self.taken.mouse = on;
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

impl Drop for TerminalScreen {
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

fn enter(Taken { mouse, interrupt }: Taken) -> io::Result<()> {
    enable_raw_mode()?;
    if interrupt {
        signal_interrupts()?;
    }
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
}

/// Has the terminal tell of Ctrl-C by a signal. An escape sequence without its end
/// would hold it back with all other keys, since what reads them waits for more.
/// Such a signal goes to the whole group of processes: the script or the `make`
/// that began castoff in its own group would be ended by it.
fn signal_interrupts() -> io::Result<()> {
    if Some(getpid()) != getpgid(None).ok() {
        return Ok(());
    }
    let terminal = stdin();
    let mut modes = tcgetattr(&terminal)?;
    // Keys that were pressed before are not lost.
    modes.local_modes |= LocalModes::ISIG | LocalModes::NOFLSH;
    modes.special_codes[SpecialCodeIndex::VINTR] = CTRL_C;
    for unused in [SpecialCodeIndex::VQUIT, SpecialCodeIndex::VSUSP] {
        modes.special_codes[unused] = libc::_POSIX_VDISABLE;
    }
    Ok(tcsetattr(&terminal, OptionalActions::Now, &modes)?)
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
