//! Secrets that are tried out: what was typed and is wrong is asked for again.

use super::{Secret, Secrets};
use crate::model::{Failure, Hint, Remedy, SecretSource, Unopened};

/// How often one may type a secret.
const TRIES: u32 = 3;

impl Secrets {
    /// Opens something with the secret that the first of `sources` has; `what`
    /// says to people which one is meant. What was typed and is wrong is asked
    /// for again, a few times.
    ///
    /// # Errors
    ///
    /// As [`Self::find`], and where it does not open, with where the secret
    /// came from.
    pub async fn open<K, F: Future<Output = Result<K, Unopened>>>(
        &self,
        what: &str,
        sources: &[SecretSource],
        open: impl Fn(Secret) -> F,
    ) -> Result<K, Failure> {
        let (mut question, mut typed) = (what.to_owned(), 0);
        loop {
            let (secret, source) = self.find_from(what, &question, sources).await?;
            let opened = open(secret).await;
            if opened.is_err() {
                self.forget(sources);
            }
            let wrong = match opened {
                Ok(opened) => return Ok(opened),
                Err(Unopened::Other(failure)) => return Err(failure),
                Err(Unopened::Wrong(failure)) => failure,
            };
            match source {
                // It was remembered, and is looked for anew.
                None => {}
                Some(SecretSource::Prompt) if typed + 1 < TRIES => {
                    typed += 1;
                    let left = TRIES - typed;
                    let tries = if left == 1 { "try" } else { "tries" };
                    question = format!("{what} (wrong; {left} {tries} left)");
                }
                Some(source) => return Err(wrong.hint(origin(source))),
            }
        }
    }
}

/// Where a wrong secret came from, and what to do about it.
fn origin(source: &SecretSource) -> Hint {
    match source {
        SecretSource::Prompt => "it was typed here".into(),
        SecretSource::Keyring(name) => {
            Remedy::ReplaceSecret { name: name.clone(), source: source.clone() }.into()
        }
        source => format!("it came from {source}").into(),
    }
}
