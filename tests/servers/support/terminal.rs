//! The real program in a real terminal, with an emulator that reads it.

use std::{
    io::{Read, Write},
    process::Command,
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use portable_pty::{ChildKiller, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with a program in it.
pub(crate) struct Terminal {
    pid: u32,
    killer: Box<dyn ChildKiller + Send + Sync>,
    /// Hears the program's status when it has ended.
    ended: Receiver<u32>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Shown>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open, so that the terminal outlives the program.
    _slave: Box<dyn SlavePty + Send>,
    /// How it was set before the program had it.
    before: String,
}

struct Shown {
    screen: Mutex<vt100::Parser<Clipboard>>,
    changed: Condvar,
}

/// What was put into the clipboard last.
#[derive(Default)]
struct Clipboard(String);

impl vt100::Callbacks for Clipboard {
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _kind: &[u8], data: &[u8]) {
        let text = STANDARD.decode(data).expect("it is base64");
        self.0 = String::from_utf8(text).expect("it is text");
    }
}

impl Terminal {
    /// Starts a command in a terminal of so many columns and rows.
    pub(crate) fn start(command: &Command, (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal can be had");
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value.filter(|_| name != "NO_COLOR") {
                builder.env(name, value);
            }
        }
        for (name, value) in
            [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LC_ALL", "C.UTF-8")]
        {
            if builder.get_env(name).is_none() {
                builder.env(name, value);
            }
        }
        builder.cwd(command.get_current_dir().expect("a folder"));
        let before = settings(&*pair.master);
        let mut child = pair.slave.spawn_command(builder).expect("castoff can be run");
        let (pid, killer) = (child.process_id().expect("it runs"), child.clone_killer());
        let (tell, ended) = channel();
        std::thread::spawn(move || {
            let status = child.wait().expect("it can be waited for");
            // A test that failed waits no longer.
            let _ = tell.send(status.exit_code());
        });
        let screen = vt100::Parser::new_with_callbacks(
            rows_of(rows),
            rows_of(columns),
            0,
            Clipboard::default(),
        );
        let shown = Arc::new(Shown { screen: Mutex::new(screen), changed: Condvar::new() });
        let mut output = pair.master.try_clone_reader().expect("the terminal can be read");
        let reads = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                reads.screen.lock().unwrap().process(&bytes[..count]);
                reads.changed.notify_all();
            }
        });
        let keys = pair.master.take_writer().expect("the terminal can be written");
        Self { pid, killer, ended, keys, shown, master: pair.master, _slave: pair.slave, before }
    }

    /// Presses keys, given as the bytes that a terminal sends, once a question that
    /// just opened takes them.
    pub(crate) fn press(&mut self, keys: &str) {
        self.expect_gone("keys work in a moment");
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        self.shown.screen.lock().unwrap().screen().contents()
    }

    /// What was put into the clipboard last.
    pub(crate) fn clipboard(&self) -> String {
        self.shown.screen.lock().unwrap().callbacks().0.clone()
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub(crate) fn expect(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the screen no longer shows a text.
    #[track_caller]
    pub(crate) fn expect_gone(&self, text: &str) {
        self.wait(&format!("no {text}"), |screen| !screen.contents().contains(text));
    }

    /// Waits until the terminal is as a shell has it.
    #[track_caller]
    pub(crate) fn expect_restored(&self) {
        self.wait("a terminal as it was", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let deadline = Instant::now() + PATIENCE;
        while settings(&*self.master) != self.before {
            assert!(Instant::now() < deadline, "the terminal has other settings than before");
            std::thread::yield_now();
        }
    }

    /// Waits until the program is stopped, as by Ctrl-Z.
    #[track_caller]
    pub(crate) fn expect_stopped(&self) {
        let stat = format!("/proc/{}/stat", self.pid);
        let deadline = Instant::now() + PATIENCE;
        while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
            assert!(Instant::now() < deadline, "it is not stopped");
            std::thread::yield_now();
        }
    }

    #[track_caller]
    fn wait(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let screen = self.shown.screen.lock().unwrap();
        let is_other = |screen: &mut vt100::Parser<Clipboard>| !is_so(screen.screen());
        let (screen, waited) =
            self.shown.changed.wait_timeout_while(screen, PATIENCE, is_other).unwrap();
        let text = screen.screen().contents();
        drop(screen);
        assert!(!waited.timed_out(), "the screen does not show {what}:\n{text}");
    }

    pub(crate) fn resize(&self, (columns, rows): (u16, u16)) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.shown.screen.lock().unwrap().screen_mut().set_size(rows_of(rows), rows_of(columns));
        self.master.resize(size).expect("a terminal can be resized");
    }

    /// Sends the program a signal, as `kill` names it.
    pub(crate) fn signal(&self, name: &str) {
        super::run(Command::new("kill").args(["-s", name, &self.pid.to_string()]));
    }

    /// Waits until the program ends, and returns its status.
    #[track_caller]
    pub(crate) fn end(&self) -> u32 {
        let ended = self.ended.recv_timeout(PATIENCE);
        ended.unwrap_or_else(|_| panic!("it does not end:\n{}", self.text()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.killer.kill();
    }
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has settings"))
}

fn rows_of(count: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(count).expect("a terminal has lines")
}
