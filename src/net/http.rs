//! The client: what it trusts, where it follows, and how long it waits.

use std::{sync::Arc, time::Duration};

use http::{StatusCode, header::LOCATION};
use tokio::time::timeout;

use super::{
    address::{is_loopback, origin, redirect_target},
    answer::HttpAnswer,
    gate::{HostGate, Permit},
    hearing,
    options::ClientOptions,
    patience::{Budget, Patience},
    refusal::asked_wait,
    request::OutgoingRequest,
    reqwest_transport::ReqwestTransport,
    secrets::RequestSecrets,
    timeouts::{silence, whole},
    transport::{Lost, Moved, Reply, Transport},
};
use crate::model::{Effort, Failure, FailureKind, Side};

/// How many redirects are followed.
const REDIRECT_LIMIT: usize = 5;
/// How many times longer than usual a patient request waits.
const PATIENCE: u32 = 10;

/// A client that keeps the policy.
#[derive(Debug)]
pub struct Http {
    transport: Arc<dyn Transport>,
    options: ClientOptions,
}

impl Http {
    /// A client with these options.
    ///
    /// # Errors
    ///
    /// Fails where the file of certificates cannot be read or has none, and
    /// where the system has no certificates.
    pub fn new(options: &ClientOptions) -> Result<Self, Failure> {
        let transport = match options.network.transport() {
            Some(transport) => transport,
            None => Arc::new(ReqwestTransport::new(options)?),
        };
        Ok(Self { transport, options: options.clone() })
    }

    /// How often what fails is tried again.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.options.patience
    }

    /// Does `work`, which reads a small document at `place` whole.
    ///
    /// # Errors
    ///
    /// Fails where that takes longer than a document may.
    pub async fn whole<T>(&self, place: &str, work: impl Future<Output = T>) -> Result<T, Failure> {
        whole(self.options.idle_timeout, place, work).await
    }

    /// Sends a request, and follows where it is redirected to: one that only
    /// reads anywhere, others on the same server. Any status is an answer; one
    /// that may pass is asked for again until the request's budget is used up,
    /// unless its body has passed by.
    ///
    /// # Errors
    ///
    /// Fails where no answer came, the way is not to be trusted, or the body
    /// could not be read.
    pub async fn send(&self, mut request: OutgoingRequest) -> Result<HttpAnswer, Failure> {
        let mut budget = Budget::new(self.options.patience);
        let mut is_repeated = false;
        loop {
            let again = request.again();
            let sent = self.try_once(request).await;
            let sent = sent.map(|answer| HttpAnswer { is_repeated, ..answer });
            let Some(again) = again else { return sent };
            request = again;
            let answer = match sent {
                Err(failure) => {
                    // An earlier try may have done it.
                    let undone = failure.undone && !is_repeated;
                    let failure = Failure { undone, ..failure };
                    is_repeated |= !failure.unreached;
                    budget.wait(failure).await?;
                    continue;
                }
                Ok(answer) => answer,
            };
            let refused = answer.refused();
            if !refused.is_transient() {
                let limit = request.limit().filter(|_| answer.status.is_success());
                let Some(limit) = limit else { return Ok(answer) };
                match Box::pin(answer.whole(limit)).await {
                    Err(failure) => budget.wait(failure).await?,
                    whole => return whole,
                }
                continue;
            }
            let Some(wait) = budget.next_wait(&refused) else {
                return Ok(HttpAnswer { effort: Effort::Spent, ..answer });
            };
            is_repeated |= !refused.undone;
            // What is read to its end leaves a connection that can be used.
            answer.refusal().await;
            budget.pause(&refused, wait).await;
        }
    }

    /// The same, once.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn try_once(&self, mut request: OutgoingRequest) -> Result<HttpAnswer, Failure> {
        let mut secrets = RequestSecrets::default();
        for hop in 0..=REDIRECT_LIMIT {
            let next = request.again();
            secrets = secrets.and(RequestSecrets::of(&request, hop > 0));
            let answer = self.send_once(request).await?;
            let answer = HttpAnswer { secrets: secrets.clone(), ..answer };
            let Some((again, location)) = next.zip(location_of(&answer)) else {
                return Ok(answer);
            };
            // What redirects has done nothing.
            let target = match redirect_target(&answer.url, &location) {
                Ok(target) if again.follows(answer.status, &target) => target,
                Err(why) if again.is_read() => {
                    return Err(answer.fault(FailureKind::Protocol, why).undone());
                }
                Ok(_) | Err(_) => return Ok(answer),
            };
            request = again.redirected(target);
        }
        let why = format!("it redirects more than {REDIRECT_LIMIT} times");
        Err(Failure::new(FailureKind::Protocol, Side::Sink, why).context(request.line()).undone())
    }

    async fn send_once(&self, request: OutgoingRequest) -> Result<HttpAnswer, Failure> {
        self.check_scheme(&request)?;
        let (line, url, is_hidden) =
            (request.line(), request.url.clone(), request.has_secret_url());
        let idle = self.options.idle_timeout;
        let wait = if request.is_patient() { idle * PATIENCE } else { idle };
        let gate = self.options.network.gate(&origin(&url));
        let permit = gate.enter().await;
        let Reply { status, headers, body } = self.dispatch(request, wait, &gate, &permit).await?;
        permit.answered();
        let now = self.options.network.clock().now();
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let random = self.options.patience.random;
                // Those that wait for the same end do not all come at once.
                let spread = |wait: Duration| wait + random.up_to(wait / 10);
                permit.throttled(asked_wait(&headers, now).map(spread));
            }
            _ => permit.clean(),
        }
        tracing::debug!(%line, status = status.as_u16(), "answered");
        // What holds an answer may ask the same host again before it reads it,
        // and would wait for itself: a place is held until the answer begins.
        drop(permit);
        let (effort, is_repeated) = (Effort::Once, false);
        let (secrets, read) = (RequestSecrets::default(), None);
        Ok(HttpAnswer {
            status,
            headers,
            proxy: self.options.network.proxies().name(&url),
            url,
            line,
            pieces: body,
            came_at: now,
            idle,
            read,
            effort,
            is_hidden,
            is_repeated,
            secrets,
        })
    }

    /// Sends a request on a connection that was kept, if there is one. Where
    /// the host had closed it, the request goes once more at once, on a new
    /// one (RFC 9112, section 9.3.1).
    async fn dispatch(
        &self,
        request: OutgoingRequest,
        wait: Duration,
        gate: &HostGate,
        permit: &Permit,
    ) -> Result<Reply, Failure> {
        let again = request.again();
        // What cannot be sent again must not meet a connection that is closed.
        let is_new = again.is_none() || gate.is_stale();
        match (self.dispatch_once(request, wait, is_new).await, again) {
            (Err(Lost { is_stale: true, .. }), Some(again)) if gate.has_answered() && !is_new => {
                permit.stale();
                self.dispatch_once(again, wait, true).await
            }
            (sent, _) => sent,
        }
        .map_err(|lost| {
            if !lost.is_unreached {
                permit.reached();
            }
            // A server that was there and is not may be about to come back.
            lost.before(gate.was_reached())
        })
    }

    async fn dispatch_once(
        &self,
        request: OutgoingRequest,
        wait: Duration,
        is_new: bool,
    ) -> Result<Reply, Lost> {
        let line = request.line();
        let moved = Moved::default();
        let sending = self.transport.exchange(request, is_new, &moved);
        let idle = self.options.idle_timeout;
        let told = || {
            let (silent, most) = (idle.as_secs(), wait.as_secs());
            hearing::tell(format!("{line}: no answer for {silent} s; waiting at most {most} s"));
        };
        match unless_idle(sending, &moved, (idle, wait), told).await {
            Some(sent) => sent.map_err(|lost| {
                let failure = lost.failure.context(&line);
                Lost { failure, ..lost }
            }),
            None => Err(silence(&line, wait).into()),
        }
    }

    /// Plain HTTP stays on this machine unless it was asked for.
    fn check_scheme(&self, request: &OutgoingRequest) -> Result<(), Failure> {
        if request.url.scheme() == "https" || self.options.insecure || is_loopback(&request.url) {
            return Ok(());
        }
        let why = "plain HTTP would send everything unencrypted";
        Err(Failure::new(FailureKind::Protocol, Side::Sink, why)
            .context(request.line())
            .hint("allow it with `insecure = true`"))
    }
}

fn location_of(answer: &HttpAnswer) -> Option<String> {
    let redirects = matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    redirects.then(|| answer.header(&LOCATION).map(str::to_owned)).flatten()
}

/// The work's result; none where for `limit` neither it nor `moved` went on.
/// `told` is called once where there is silence for `idle`, which is no longer.
async fn unless_idle<T>(
    work: impl Future<Output = T>,
    moved: &Moved,
    (idle, limit): (Duration, Duration),
    told: impl Fn(),
) -> Option<T> {
    tokio::pin!(work);
    let mut silent = Duration::ZERO;
    loop {
        let seen = moved.count();
        match timeout(idle, &mut work).await {
            Ok(result) => return Some(result),
            Err(_) if moved.count() != seen => silent = Duration::ZERO,
            Err(_) => {
                let is_first = silent.is_zero();
                silent += idle;
                if silent >= limit {
                    return None;
                }
                if is_first {
                    told();
                }
            }
        }
    }
}
