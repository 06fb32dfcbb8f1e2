//! A secret that a user types.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use async_trait::async_trait;
use crossterm::{
    event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    terminal::{disable_raw_mode, enable_raw_mode},
};
use rustix::process::{Signal, getpid, kill_process};
use tui_input::{Input, backend::crossterm::EventHandler};

use super::Secret;
use crate::model::escape;

/// The longest line that is typed, in bytes.
const LINE_LIMIT: u64 = 4096;

/// A prompt for secrets.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Asks for a secret; none without a user, or where they type
    /// nothing. Waits as long as they take.
    ///
    /// # Errors
    ///
    /// Fails as [`io::ErrorKind::Interrupted`] where they want no more.
    async fn ask(&self, question: &str) -> io::Result<Option<Secret>>;

    /// Asks for what is no secret, and shows it as it is typed; none where
    /// no user is there, an empty text where they type nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::ask`].
    async fn ask_openly(&self, question: &str) -> io::Result<Option<String>>;
}

/// The user at the terminal. What they type is not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal;

/// No prompt: there is no user to ask.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Terminal {
    /// The same as [`Ask::ask`], and blocks.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn ask_now(self, question: &str) -> io::Result<Option<Secret>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let typed = type_unseen(question)?;
        Ok((!typed.is_empty()).then(|| Secret::from(typed)))
    }
}

#[async_trait]
impl Ask for Terminal {
    async fn ask(&self, question: &str) -> io::Result<Option<Secret>> {
        let (terminal, question) = (*self, question.to_owned());
        tokio::task::spawn_blocking(move || terminal.ask_now(&question)).await?
    }

    async fn ask_openly(&self, question: &str) -> io::Result<Option<String>> {
        let question = question.to_owned();
        tokio::task::spawn_blocking(move || {
            if !io::stdin().is_terminal() {
                return Ok(None);
            }
            type_seen(&question).map(Some)
        })
        .await?
    }
}

#[async_trait]
impl Ask for Nobody {
    async fn ask(&self, _: &str) -> io::Result<Option<Secret>> {
        Ok(None)
    }

    async fn ask_openly(&self, _: &str) -> io::Result<Option<String>> {
        Ok(None)
    }
}

/// The terminal shows nothing that is typed while this lives.
struct Unseen;

impl Unseen {
    fn begin() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // There is nothing else to be tried.
        drop(disable_raw_mode());
    }
}

fn type_unseen(question: &str) -> io::Result<String> {
    // Before the question, since some type as soon as they see it.
    let unseen = Unseen::begin()?;
    write!(io::stderr(), "{}: ", escape(question))?;
    let typed = line();
    drop(unseen);
    writeln!(io::stderr())?;
    match typed? {
        Typed::Line(line) => Ok(line),
        Typed::NoMore => Err(io::ErrorKind::Interrupted.into()),
        Typed::Stop => {
            // The signal that the terminal would have sent.
            kill_process(getpid(), Signal::INT)?;
            Err(io::ErrorKind::Interrupted.into())
        }
    }
}

/// A line as the terminal lets it be edited.
fn type_seen(question: &str) -> io::Result<String> {
    write!(io::stderr(), "{}: ", escape(question))?;
    io::stderr().flush()?;
    let mut line = String::new();
    let count = io::stdin().lock().take(LINE_LIMIT).read_line(&mut line)?;
    // The end of the input: they want no more.
    if count == 0 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(line.trim().to_owned()) }
}

/// How the typing of a line ends.
enum Typed {
    Line(String),
    NoMore,
    Stop,
}

/// Reads keys until a line ends.
fn line() -> io::Result<Typed> {
    let mut input = Input::default();
    loop {
        let event = event::read()?;
        let Event::Key(KeyEvent { code, modifiers, kind, .. }) = event else { continue };
        let with_control = modifiers.contains(KeyModifiers::CONTROL);
        match code {
            _ if kind == KeyEventKind::Release => {}
            KeyCode::Enter => return Ok(Typed::Line(input.value_and_reset())),
            KeyCode::Char('j') if with_control => return Ok(Typed::Line(input.value_and_reset())),
            KeyCode::Esc => return Ok(Typed::NoMore),
            KeyCode::Char('d') if with_control => return Ok(Typed::NoMore),
            KeyCode::Char('c') if with_control => return Ok(Typed::Stop),
            _ => drop(input.handle_event(&event)),
        }
    }
}
