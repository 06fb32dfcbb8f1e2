//! Repositories elsewhere, and the logins for them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::model::escape;

/// What a URL may begin with: the programs for these only read what they are told.
const SCHEMES: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// A user and a password. Its `Debug` does not show the password.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, or a token that stands for one.
    pub password: SecretString,
}

/// A repository elsewhere.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Without a password.
    url: String,
    web: Option<Url>,
    login: Option<Login>,
}

impl Login {
    /// Takes the user and the password out of a URL that has both.
    pub fn take_from(url: &mut Url) -> Option<Self> {
        let decoded = |text: &str| {
            let text = format!("_={}", text.replace('+', "%2B"));
            url::form_urlencoded::parse(text.as_bytes()).next().map(|(_, text)| text.into_owned())
        };
        let user = decoded(url.username()).filter(|user| !user.is_empty());
        let password = url.password().and_then(decoded);
        // These fail only where there is no host, and so nothing to be taken.
        let _ = (url.set_username(""), url.set_password(None));
        Some(Self { user: user?, password: password?.into() })
    }
}

impl Remote {
    /// Reads a URL, or what `ssh` is given: `[USER@]HOST:PATH`.
    ///
    /// # Errors
    ///
    /// Tells why it names no repository.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('-') || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("it is not the URL of a repository".into());
        }
        let Some((scheme, rest)) = text.split_once("://") else { return over_ssh(text) };
        if !SCHEMES.contains(&scheme) {
            let known = SCHEMES.join(", ");
            return Err(format!("`{}:` is not known; use one of {known}", escape(scheme)));
        }
        if rest.starts_with('-') {
            return Err("it is not the URL of a repository".into());
        }
        let Ok(mut url) = Url::parse(text) else { return Err("it is not a URL".into()) };
        if !matches!(scheme, "http" | "https") {
            return match url.password() {
                None => Ok(Self { url: text.to_owned(), web: None, login: None }),
                Some(_) => Err(format!("{scheme} uses no password")),
            };
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("remove everything after `?` or `#`".into());
        }
        let login = Login::take_from(&mut url);
        Ok(Self { url: url.to_string(), web: Some(url), login })
    }

    /// The same, with this login.
    #[must_use]
    pub fn with(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    /// Its URL, where it is on the web; without a user and a password.
    #[must_use]
    pub fn web(&self) -> Option<Url> {
        self.web.clone()
    }

    /// The login for it.
    #[must_use]
    pub fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// Its URL, without a user and a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A text that `git` said, in which the password does not stand.
    pub(super) fn without_password(&self, said: &str) -> String {
        match &self.login {
            Some(login) if !login.password.expose_secret().is_empty() => {
                said.replace(login.password.expose_secret(), "****")
            }
            _ => said.to_owned(),
        }
    }
}

fn over_ssh(text: &str) -> Result<Remote, String> {
    let fail = || Err("write https://HOST/PATH, ssh://HOST/PATH or file:///PATH".to_owned());
    let Some((destination, path)) = text.split_once(':') else { return fail() };
    let host = destination.rsplit('@').next().unwrap_or_default();
    // `PROGRAM::…` would have git run a program.
    let is_program = path.is_empty() || path.starts_with(':');
    if host.is_empty() || host.starts_with('-') || destination.contains('/') || is_program {
        return fail();
    }
    Ok(Remote { url: text.to_owned(), web: None, login: None })
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.url).fmt(f)
    }
}
