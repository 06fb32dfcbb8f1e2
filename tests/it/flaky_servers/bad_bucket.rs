//! A bucket that refuses what is written to it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A running bucket, which ends with this value.
pub(crate) struct BadBucket {
    address: SocketAddr,
    /// The bodies of the PUTs that came in, in bytes.
    bodies: Arc<Mutex<Vec<usize>>>,
    is_over: Arc<AtomicBool>,
}

impl BadBucket {
    /// A bucket that reads each PUT and answers it with `status`.
    pub(crate) fn refusing(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (bodies, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (noted, ends) = (Arc::clone(&bodies), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                let noted = Arc::clone(&noted);
                thread::spawn(move || serve(&stream, status, &noted));
            }
        });
        Self { address, bodies, is_over }
    }

    pub(crate) fn url(&self) -> String {
        let address = self.address;
        format!("s3://rel?endpoint=http://{address}&region=x&s3ForcePathStyle=true")
    }

    pub(crate) fn bodies(&self) -> Vec<usize> {
        self.bodies.lock().expect("no test panics while it notes").clone()
    }
}

impl Drop for BadBucket {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: &TcpStream, refusal: u16, bodies: &Mutex<Vec<usize>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if !matches!(reader.read_line(&mut first), Ok(1..)) {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).is_err() {
                return;
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let (status, text) = match first.split(' ').next() {
            Some("PUT") => {
                bodies.lock().expect("no test panics while it notes").push(length);
                (refusal, "<Error><Code>X</Code><Message>always</Message></Error>".to_owned())
            }
            Some("GET") if path.contains("list-type") => (200, LIST.to_owned()),
            Some("HEAD") if path.trim_end_matches('/').matches('/').count() < 2 => {
                (200, String::new())
            }
            Some("HEAD") => (404, String::new()),
            Some("DELETE") => (204, String::new()),
            _ => (404, "<Error><Code>NoSuchKey</Code></Error>".to_owned()),
        };
        let head = format!("HTTP/1.1 {status} Test\r\ncontent-length: {}\r\n\r\n", text.len());
        if stream.write_all((head + &text).as_bytes()).is_err() {
            return;
        }
    }
}

const LIST: &str = "<ListBucketResult><Name>rel</Name><Prefix></Prefix><KeyCount>0</KeyCount>\
    <MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";
