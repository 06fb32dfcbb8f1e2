//! Secrets that are asked for on the screen.

use std::{
    collections::HashMap,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::{
    secret::{Ask, ExposeSecret, Secret},
    tui::Msg,
};

/// The user at the console.
pub(super) struct Prompts {
    told: mpsc::UnboundedSender<Msg>,
    /// The number of the last question.
    last: AtomicU64,
    /// The tasks that wait for an answer, by the number of the question.
    waiting: Mutex<HashMap<u64, oneshot::Sender<Secret>>>,
}

impl Prompts {
    pub(super) fn new(told: mpsc::UnboundedSender<Msg>) -> Self {
        Self { told, last: AtomicU64::default(), waiting: Mutex::default() }
    }

    /// Answers a question; without a secret it is refused.
    pub(super) fn answer(&self, asked: u64, secret: Option<Secret>) {
        let waits = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&asked);
        if let (Some(waits), Some(secret)) = (waits, secret) {
            // A task that gave up meanwhile needs it no more.
            let _ = waits.send(secret);
        }
    }
}

impl Prompts {
    /// Asks for a secret, or for what is none.
    async fn needed(&self, question: &str, is_open: bool) -> io::Result<Secret> {
        let asked = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(asked, answer);
        let what = question.trim().to_owned();
        // Without a screen no answer comes.
        if self.told.send(Msg::Needed { asked, what, is_open }).is_err() {
            self.answer(asked, None);
        }
        answered.await.map_err(|_| io::ErrorKind::Interrupted.into())
    }
}

#[async_trait]
impl Ask for Prompts {
    async fn ask(&self, question: &str) -> io::Result<Option<Secret>> {
        self.needed(question, false).await.map(Some)
    }

    async fn ask_openly(&self, question: &str) -> io::Result<Option<String>> {
        let typed = self.needed(question, true).await?;
        Ok(Some(typed.expose_secret().trim().to_owned()))
    }
}
