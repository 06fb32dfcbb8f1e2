//! The pieces of a blob on their way.

use http::{
    HeaderValue, Method, StatusCode,
    header::{CONTENT_RANGE, CONTENT_TYPE},
};

use super::{
    scope::Scopes,
    session::{KEEPS_NOTHING, UploadSession, held},
    upload::{BlobUpload, lost_session},
};
use crate::{
    model::{Failure, FailureKind, media_type},
    net::{Budget, HttpAnswer, HttpBody},
};

/// How often a chunk is sent elsewhere at the same registry.
const REDIRECT_LIMIT: usize = 5;

impl BlobUpload<'_> {
    /// Sends what the registry does not have. A failure in the answer is one
    /// of this session; those of the line leave the session as it is.
    pub(super) async fn send_chunks(
        &self,
        session: &mut UploadSession,
        budget: &mut Budget,
    ) -> Result<Option<Failure>, Failure> {
        let (mut may_ask, mut doubted, mut redirects) = (true, false, 0);
        while session.at < self.size {
            let end = self.chunk_end(session).await;
            let answer = self.send_chunk(session, end).await?;
            match answer.status.as_u16() {
                200..=299 => {
                    if !self.note_accepted(session, &answer, end, doubted).await {
                        return Ok(Some(answer.fault(FailureKind::Protocol, KEEPS_NOTHING)));
                    }
                    budget.accepted(session.at);
                    // The token that this was sent with may expire like the last.
                    may_ask = true;
                }
                // The bytes have passed by, and are read again.
                307 | 308 if redirects < REDIRECT_LIMIT => {
                    redirects += 1;
                    let Some(url) = self.client.location(&answer).await else {
                        return Err(self.client.refused(answer).await.failure);
                    };
                    session.url = url;
                }
                413 if self.client.chunks.halve(end - session.at, session.min_length).await => {
                    self.client.refused(answer).await;
                }
                // The token was renewed, or we were wrong about the offset.
                401 | 416 if may_ask => {
                    may_ask = false;
                    doubted |= answer.status == StatusCode::RANGE_NOT_SATISFIABLE;
                    if let Some(failure) = self.ask_where(session, answer).await? {
                        return Ok(Some(failure));
                    }
                }
                400 | 404 | 410 | 416 => {
                    return Ok(Some(lost_session(self.client.refused(answer).await.failure)));
                }
                _ => return Err(self.client.refused(answer).await.of_content().failure),
            }
        }
        Ok(None)
    }

    /// Notes what the registry has after a chunk that it took. Returns false where
    /// it was `doubted` before, and keeps nothing of this one either.
    async fn note_accepted(
        &self,
        session: &mut UploadSession,
        answer: &HttpAnswer,
        end: u64,
        doubted: bool,
    ) -> bool {
        let mut at = held(answer).unwrap_or(end).min(end);
        if at <= session.at {
            if doubted {
                return false;
            }
            // Some registries mean nothing by it: what follows tells.
            (at, session.unconfirmed) = (end, true);
        }
        session.url = self.client.location(answer).await.unwrap_or(session.url.clone());
        session.at = at;
        self.client.chunks.keep();
        self.save(session).await;
        true
    }

    /// Asks how much the registry has, after an `answer` that refused a chunk.
    /// Returns why the session cannot go on, where it cannot.
    async fn ask_where(
        &self,
        session: &mut UploadSession,
        answer: HttpAnswer,
    ) -> Result<Option<Failure>, Failure> {
        let failure = self.client.refused(answer).await.failure;
        match self.ask(session.url.clone(), session.min_length).await? {
            Some(asked) => *session = asked,
            // Nothing was sent yet, so there is nothing to ask for.
            None if failure.kind == FailureKind::Unauthorized && session.at == 0 => {}
            None => return Ok(Some(failure)),
        }
        Ok(None)
    }

    async fn send_chunk(&self, session: &UploadSession, end: u64) -> Result<HttpAnswer, Failure> {
        let mut request = self
            .request(Method::PATCH, session.url.clone())
            .await?
            .header(CONTENT_TYPE, HeaderValue::from_static(media_type::OCTET_STREAM))
            .body(HttpBody::Stream(self.outgoing(session.at, end).await?));
        // A blob that goes whole needs no range, and some registries want none.
        if (session.at, end) != (0, self.size) {
            let range = HeaderValue::from_str(&format!("{}-{}", session.at, end - 1));
            request = request.header(CONTENT_RANGE, range.expect("digits and a dash"));
        }
        self.client.send(request, &Scopes::push(self.repository)).await
    }

    async fn chunk_end(&self, session: &UploadSession) -> u64 {
        let length = self.client.chunks.of(self.size).await.max(session.min_length);
        session.at.saturating_add(length).min(self.size)
    }
}
