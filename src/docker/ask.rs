//! Small questions with answers that are read leniently: engines leave fields out
//! that the API's description demands, and `bollard` refuses such an answer.

use std::sync::Arc;

use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    dial::{ANSWER, Dial, Transport},
    failure::{failure, refused},
};
use crate::model::{Failure, FailureKind, Side};

/// The most bytes of an answer.
const LIMIT: usize = 16 << 20;

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// Asks for `path`; none where the engine has no such thing.
pub(super) async fn get(dial: &Arc<Dial>, path: &str) -> Result<Option<Value>, Failure> {
    let asked = timeout(ANSWER, answer(dial, path)).await;
    let (status, body) = asked.map_err(|_| {
        let what = format!("no answer within {} s", ANSWER.as_secs());
        Failure::new(FailureKind::Timeout, Side::Sink, what)
    })??;
    if status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !status.is_success() {
        let said = serde_json::from_slice::<Refusal>(&body).map(|refusal| refusal.message);
        let said = said.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned());
        return Err(refused(status.as_u16(), said));
    }
    let unreadable = |error| Failure::from_error(FailureKind::Protocol, Side::Sink, &error);
    serde_json::from_slice(&body).map(Some).map_err(unreadable)
}

async fn answer(dial: &Arc<Dial>, path: &str) -> Result<(StatusCode, bytes::Bytes), Failure> {
    let request = Request::get(path)
        .body(bollard::body_full(bytes::Bytes::new()))
        .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Local, &error))?;
    let answer = Transport(Arc::clone(dial)).send(request).await;
    let (head, body) = answer.map_err(|error| failure(&error))?.into_parts();
    let body = Limited::new(body, LIMIT).collect().await;
    let body = body.map_err(|error| {
        Failure::find_in(&*error)
            .unwrap_or_else(|| Failure::from_error(FailureKind::Network, Side::Sink, &*error))
    })?;
    Ok((head.status, body.to_bytes()))
}
