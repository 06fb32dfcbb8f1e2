//! A user and their password, where both may be typed.

use std::sync::PoisonError;

use super::{Secret, Secrets, missing};
use crate::model::{Failure, FailureKind, SecretSource, Side};

/// The questions to the user, each with a colon behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questions {
    /// Which password it is, such as `the password of veea`.
    pub what: String,
    /// For the user's name.
    pub user: String,
    /// For the password.
    pub password: String,
}

impl Secrets {
    /// A user and the password that the first of `sources` has. A user that
    /// types a password is asked for the user name first, and means `usual` by typing
    /// nothing; from any other source, it is that of `usual`, without a prompt.
    ///
    /// # Errors
    ///
    /// As [`Self::find`], and where there is no user.
    pub async fn find_login(
        &self,
        questions: &Questions,
        usual: Option<&str>,
        sources: &[SecretSource],
    ) -> Result<(String, Secret), Failure> {
        let what = &questions.what;
        let known = self.known().get(sources).cloned();
        if let Some(password) = known {
            let typed = self.typed(sources);
            return Ok((typed.map_or_else(|| of(what, usual), Ok)?, password));
        }
        let mut said = Vec::new();
        for source in sources {
            let found = match source {
                SecretSource::Prompt => self.type_login(questions, usual).await,
                _ => self.ask_one(what, source).await.map(|found| found.map(|it| (None, it))),
            };
            match found {
                Ok(Some((typed, password))) => {
                    let user = typed.clone().map_or_else(|| of(what, usual), Ok)?;
                    self.remember(sources, typed, &password);
                    return Ok((user, password));
                }
                Ok(None) => said.push(format!("{source}: none found")),
                Err(failure) if failure.kind == FailureKind::Invalid => return Err(failure),
                Err(failure) => said.push(format!("{source}: {failure}")),
            }
        }
        Err(missing(what, sources, said))
    }

    /// Asks for both.
    async fn type_login(
        &self,
        questions: &Questions,
        usual: Option<&str>,
    ) -> Result<Option<(Option<String>, Secret)>, Failure> {
        let Some(typed) = self.prompt_openly(&questions.user).await? else { return Ok(None) };
        let user = if typed.is_empty() { of(&questions.what, usual)? } else { typed };
        let password = self.prompt(&questions.password).await?;
        Ok(password.map(|password| (Some(user), password)))
    }

    fn typed(&self, sources: &[SecretSource]) -> Option<String> {
        self.found.users.lock().unwrap_or_else(PoisonError::into_inner).get(sources).cloned()
    }

    fn remember(&self, sources: &[SecretSource], typed: Option<String>, password: &Secret) {
        self.known().insert(sources.to_vec(), password.clone());
        let mut users = self.found.users.lock().unwrap_or_else(PoisonError::into_inner);
        match typed {
            Some(user) => drop(users.insert(sources.to_vec(), user)),
            None => drop(users.remove(sources)),
        }
    }
}

fn of(what: &str, usual: Option<&str>) -> Result<String, Failure> {
    usual.map(str::to_owned).ok_or_else(|| {
        Failure::new(FailureKind::Invalid, Side::Local, "no user is known for it")
            .context(what)
            .hint("add `user = \"…\"` to the signer in castoff.toml")
    })
}
