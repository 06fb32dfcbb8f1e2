//! A web server of one file, which can be down.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use super::process::free_ports;

/// A place where a server will be.
pub(crate) struct Web {
    port: u16,
}

/// A server that is up, until it is dropped.
pub(crate) struct Up {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Web {
    /// Nobody answers there.
    pub(crate) fn down() -> Self {
        let [port] = free_ports();
        Self { port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Answers everything with `content`.
    pub(crate) fn up(&self, content: &str) -> Up {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], self.port)));
        let listener = listener.expect("the port is still free");
        let stop = Arc::new(AtomicBool::new(false));
        let (content, until) = (content.to_owned(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::Relaxed) {
                    break;
                }
                // Who asks may have gone away.
                let _ = stream.and_then(|stream| answer(&stream, &content));
            }
        });
        Up { port: self.port, stop, thread: Some(thread) }
    }
}

fn answer(stream: &TcpStream, content: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let head = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let body = if head.starts_with("HEAD") { "" } else { content };
    let length = content.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let mut stream = stream;
    stream.write_all(format!("{head}{body}").as_bytes())
}

impl Drop for Up {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
