//! Requests that a transport of the test's own carries.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use castoff::{
    model::{Failure, FailureKind, Side},
    net::{
        ClientOptions, Clock, Http, Lost, Moved, Network, OutgoingRequest, Pieces, Reply, Transport,
    },
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::RETRY_AFTER};
use jiff::Timestamp;

use crate::support::network::network;

/// An answer: its status, `Retry-After` and body; or why none came.
type Answer = Result<(u16, &'static str, &'static str), FailureKind>;

/// Answers as it was told, in order.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Scripted {
    async fn exchange(&self, request: OutgoingRequest, _: bool, _: &Moved) -> Result<Reply, Lost> {
        self.asked.lock().unwrap().push(request.line());
        let answer = self.answers.lock().unwrap().pop_front().expect("one more request");
        let (status, after, body) =
            answer.map_err(|kind| Failure::new(kind, Side::Sink, "the script says so"))?;
        let mut headers = HeaderMap::new();
        if !after.is_empty() {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(after));
        }
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Reply { status, headers, body: Pieces::whole(Bytes::from_static(body.as_bytes())) })
    }
}

fn scripted(answers: impl IntoIterator<Item = Answer>) -> (Arc<Scripted>, Network) {
    let answers = Mutex::new(answers.into_iter().collect());
    let transport = Arc::new(Scripted { answers, ..Scripted::default() });
    (Arc::clone(&transport), network().over(transport))
}

async fn get(network: Network) -> (Result<Vec<u8>, Failure>, Duration) {
    let http = Http::new(&ClientOptions::on(network)).unwrap();
    let begun = tokio::time::Instant::now();
    let request = OutgoingRequest::new(Method::GET, "https://one.test/v2/".parse().unwrap());
    let read = async { Ok(http.send(request.document(100)).await?.bytes(100).await?.to_vec()) };
    (read.await, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_passing_is_asked_for_again_over_the_same_transport() {
    let (transport, network) =
        scripted([Err(FailureKind::Network), Ok((503, "", "")), Ok((200, "", "here"))]);
    assert_eq!(get(network).await.0.unwrap(), b"here");
    assert_eq!(*transport.asked.lock().unwrap(), ["GET https://one.test/v2/"; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_date_to_come_back_at_is_read_by_the_clock_that_was_handed_in() {
    let (_, network) =
        scripted([Ok((429, "Thu, 01 Jan 1970 00:00:10 GMT", "")), Ok((200, "", "here"))]);
    let network = network.at(Clock::telling(|| Timestamp::UNIX_EPOCH));
    let (read, took) = get(network).await;
    assert_eq!(read.unwrap(), b"here");
    assert!(took >= Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn one_network_does_not_wait_for_what_another_was_told() {
    let (_, told) = scripted([Ok((429, "60", "")), Ok((200, "", "here"))]);
    let (_, other) = scripted([Ok((200, "", "here"))]);
    let (told, other) = tokio::join!(get(told), get(other));
    assert!(told.1 >= Duration::from_mins(1), "{:?}", told.1);
    assert!(other.1 < Duration::from_secs(1), "{:?}", other.1);
}
