//! The terminal: the only part of the console that touches it.
//!
//! Whatever happens, the terminal is left as it was found: at the end, at a
//! panic, at a signal, and while the process is suspended.

mod screen;

use std::{io, time::Duration};

use crossterm::{
    event::{Event, EventStream, KeyEventKind},
    terminal::size,
};
use futures_util::StreamExt;
use jiff::Timestamp;
use ratatui::layout::Size;
use tokio::{
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, sleep_until},
};

use self::screen::{Taken, TerminalScreen};
use super::{effect::Effect, model::Model, msg::Msg, update, view};
use crate::keymap::Action;

/// At most 30 frames a second.
const FRAME: Duration = Duration::from_millis(34);
/// How often what changes with the time alone is drawn.
const TURN: Duration = Duration::from_millis(250);
/// How long a run may take to end when castoff is told to.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many messages are taken in before a frame is drawn.
const BATCH: usize = 4096;

/// Shows `model` until the user leaves. Effects that are not the terminal's go
/// to `effects`, and what comes of them is heard on `messages`.
///
/// # Errors
///
/// Fails where the terminal cannot be had.
pub async fn run(
    model: Model,
    effects: mpsc::UnboundedSender<Effect>,
    messages: mpsc::UnboundedReceiver<Msg>,
) -> io::Result<End> {
    let signals = Signals::new()?;
    // Another key may be set for it, and Ctrl-C for something else.
    let mut interrupts = model.around.keys.keys(Action::Interrupt).iter();
    let interrupt = interrupts.any(|key| key.to_string() == "Ctrl-c");
    let screen = TerminalScreen::open(Taken { mouse: model.around.mouse, interrupt })?;
    let mut shell =
        Shell { model, screen, effects, is_dirty: true, deadline: None, end: End::Left };
    shell.hear_size();
    let begin = update::begin(&mut shell.model);
    shell.perform(begin);
    shell.attend(messages, signals).await;
    Ok(shell.end)
}

/// How the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The user left.
    Left,
    /// A signal ended it, or the terminal went away.
    Terminated,
    /// What performs its effects is gone, so that it could do nothing any more.
    Deserted,
}

struct Shell {
    model: Model,
    screen: TerminalScreen,
    effects: mpsc::UnboundedSender<Effect>,
    is_dirty: bool,
    /// When it ends even if a run does not.
    deadline: Option<Instant>,
    end: End,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    suspend: Signal,
    wake: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            suspend: signal(SignalKind::from_raw(libc::SIGTSTP))?,
            wake: signal(SignalKind::from_raw(libc::SIGCONT))?,
        })
    }
}

/// Reads the terminal on a thread of its own: where the terminal went away,
/// crossterm never returns from a read, and the console is to end all the same.
fn read_events() -> mpsc::Receiver<io::Result<Event>> {
    let (told, events) = mpsc::channel(BATCH);
    let runtime = Handle::current();
    spawn_blocking(move || {
        runtime.block_on(async {
            let mut events = EventStream::new();
            loop {
                let event = tokio::select! {
                    event = events.next() => event,
                    () = told.closed() => return,
                };
                let Some(event) = event else { return };
                if told.send(event).await.is_err() {
                    return;
                }
            }
        });
    });
    events
}

/// Whether the console goes on.
type GoesOn = bool;

impl Shell {
    async fn attend(&mut self, mut messages: mpsc::UnboundedReceiver<Msg>, mut signals: Signals) {
        let (mut events, effects) = (read_events(), self.effects.clone());
        let mut next_frame = Instant::now();
        loop {
            if self.is_dirty && next_frame <= Instant::now() {
                next_frame = Instant::now() + FRAME;
                if !self.draw() {
                    return;
                }
            }
            let wake = self.wake(next_frame);
            let goes_on = tokio::select! {
                biased;
                Some(msg) = messages.recv() => self.hear_all(msg, &mut messages),
                event = events.recv() => self.on_event(event),
                _ = signals.interrupt.recv() => self.hear(Msg::Interrupt),
                _ = signals.terminate.recv() => self.terminate(),
                _ = signals.hangup.recv() => self.terminate(),
                _ = signals.suspend.recv() => self.suspend(),
                _ = signals.wake.recv() => self.reopen(),
                () = effects.closed() => self.desert(),
                () = sleep_until(wake) => self.on_time(),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// When to look at the clock again.
    fn wake(&self, next_frame: Instant) -> Instant {
        let now = Instant::now();
        let idle = Duration::from_hours(1);
        let next = match () {
            () if self.is_dirty => next_frame,
            () if self.model.is_moving() => now + TURN,
            () => now + idle,
        };
        self.deadline.map_or(next, |deadline| next.min(deadline))
    }

    fn on_time(&mut self) -> GoesOn {
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return false;
        }
        self.is_dirty = true;
        true
    }

    fn hear_all(&mut self, first: Msg, messages: &mut mpsc::UnboundedReceiver<Msg>) -> GoesOn {
        let mut goes_on = self.hear(first);
        for _ in 0..BATCH {
            let Ok(msg) = messages.try_recv() else { break };
            goes_on &= self.hear(msg);
        }
        goes_on
    }

    fn hear(&mut self, msg: Msg) -> GoesOn {
        update::update(&mut self.model, Msg::Tick(now()));
        let effects = update::update(&mut self.model, msg);
        self.is_dirty = true;
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> GoesOn {
        let mut goes_on = true;
        for effect in effects {
            match effect {
                Effect::Quit => goes_on = false,
                Effect::Mouse(on) => self.screen.take_mouse(on),
                Effect::Clip(text) => screen::clip(&text),
                Effect::Redraw => goes_on &= self.screen.forget().is_ok(),
                Effect::Suspend => goes_on &= self.suspend(),
                effect => goes_on &= self.effects.send(effect).is_ok() || self.desert(),
            }
        }
        goes_on
    }

    fn on_event(&mut self, event: Option<io::Result<Event>>) -> GoesOn {
        match event {
            Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                self.hear(Msg::Key(key))
            }
            Some(Ok(Event::Mouse(mouse))) => self.hear(Msg::Mouse(mouse)),
            Some(Ok(Event::Paste(text))) => self.hear(Msg::Paste(text)),
            Some(Ok(Event::Resize(columns, rows))) => self.hear(Msg::Resize(columns, rows)),
            Some(Ok(_)) => true,
            // The terminal is gone.
            Some(Err(_)) | None => self.terminate(),
        }
    }

    /// Ends a console that would answer nothing.
    fn desert(&mut self) -> GoesOn {
        self.end = End::Deserted;
        false
    }

    /// A second time does not wait.
    fn terminate(&mut self) -> GoesOn {
        self.end = End::Terminated;
        if self.deadline.replace(Instant::now() + PATIENCE).is_some() {
            return false;
        }
        self.hear(Msg::Terminate)
    }

    /// Stops the process, with the terminal as it was, until the shell wakes it.
    fn suspend(&mut self) -> GoesOn {
        self.screen.close();
        let pid = rustix::process::getpid();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::STOP);
        self.reopen()
    }

    fn reopen(&mut self) -> GoesOn {
        if self.screen.reopen().is_err() {
            return self.terminate();
        }
        self.is_dirty = true;
        true
    }

    /// Events tell of a new size too, but not always of the last of several.
    fn hear_size(&mut self) {
        let (columns, rows) = size().unwrap_or((80, 24));
        if self.model.around.size != Size::new(columns, rows) {
            self.hear(Msg::Resize(columns, rows));
        }
    }

    fn draw(&mut self) -> GoesOn {
        update::update(&mut self.model, Msg::Tick(now()));
        self.hear_size();
        let Ok(drawn) = self.screen.terminal.draw(|frame| view(&self.model, frame)) else {
            return self.terminate();
        };
        // Of another size than a moment before, the frame is empty.
        self.is_dirty = drawn.area.as_size() != self.model.around.size;
        true
    }
}

/// What the time is: the shell is where the console meets the machine.
#[expect(clippy::disallowed_methods, reason = "this is the adapter")]
fn now() -> Timestamp {
    Timestamp::now()
}
