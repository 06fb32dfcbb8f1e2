//! A secret that somebody types.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use super::Secret;
use crate::model::{Failure, FailureKind, Side, escape};

/// Somebody who can be asked.
pub trait Ask: Send + Sync {
    /// Asks for a secret; none where nobody is there, or where they type
    /// nothing. Blocks.
    ///
    /// # Errors
    ///
    /// Fails as [`io::ErrorKind::Interrupted`] where they want no more.
    fn ask(&self, question: &str) -> io::Result<Option<Secret>>;
}

/// Whoever sits at the terminal. What they type is not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal;

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Ask for Terminal {
    fn ask(&self, question: &str) -> io::Result<Option<Secret>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let typed = rpassword::prompt_password(format!("{}: ", escape(question)))?;
        Ok(Some(Secret::from(typed)).filter(|typed| !is_empty(typed)))
    }
}

impl Ask for Nobody {
    fn ask(&self, _: &str) -> io::Result<Option<Secret>> {
        Ok(None)
    }
}

fn is_empty(secret: &Secret) -> bool {
    secrecy::ExposeSecret::expose_secret(secret).is_empty()
}

/// Asks on a thread that may block.
pub(super) async fn ask(ask: &Arc<dyn Ask>, what: &str) -> Result<Option<Secret>, Failure> {
    let (ask, what) = (Arc::clone(ask), what.to_owned());
    let asked = tokio::task::spawn_blocking(move || ask.ask(&what)).await;
    let fail = |error: &(dyn std::error::Error + 'static)| {
        Failure::from_error(FailureKind::NotFound, Side::Local, error)
    };
    asked.map_err(|error| fail(&error))?.map_err(|error| fail(&error))
}
