//! `castoff secret set`: typed by the user, or from standard input; never
//! from an argument, which others on this machine can read.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use crate::{
    app::wiring::secret_names::{self, Purpose},
    cli::GlobalArgs,
    error::{Error, Exit},
    model::escape,
    secret::{ExposeSecret, Keyring, Secret, Terminal},
    streams,
};

/// The longest secret, in bytes.
const LIMIT: u64 = 64 << 10;

pub(super) async fn set(
    global: &GlobalArgs,
    keyring: &Keyring,
    name: &str,
    given: &[String],
) -> Result<Exit, Error> {
    if !given.is_empty() {
        let what = "a secret is never an argument: other users of this machine can read \
                    arguments";
        return Err(Error::usage(what)
            .hint("leave it out to be prompted for it, or pipe it to this command"));
    }
    let name = secret_names::checked(name)?;
    let purpose = secret_names::purpose(&name);
    let value = {
        let name = name.clone();
        tokio::task::spawn_blocking(move || read(&name, purpose)).await
    };
    let value = value.map_err(|_| Error::refused("the input cannot be read"))??;
    check(&name, &value)?;
    let kept = keyring.set(&name, value).await?;
    if !global.quiet {
        writeln!(streams::stderr(), "stored `{}` in {}", escape(&name), kept.name())?;
    }
    Ok(Exit::Done)
}

/// What such a name may hold.
pub(crate) fn check(name: &str, value: &Secret) -> Result<(), Error> {
    let value = value.expose_secret();
    let is_pair = || {
        value.split_once(':').is_some_and(|(first, second)| !first.is_empty() && !second.is_empty())
    };
    match secret_names::purpose(name) {
        _ if value.is_empty() => Err(Error::usage("the secret is empty")),
        Purpose::Login if !is_pair() => {
            Err(Error::usage("write the secret of a registry as USER:PASSWORD"))
        }
        Purpose::Keys if !is_pair() => {
            Err(Error::usage("write the secret of a bucket as ACCESS_KEY_ID:SECRET_ACCESS_KEY"))
        }
        _ => Ok(()),
    }
}

fn read(name: &str, purpose: Purpose) -> Result<Secret, Error> {
    if !io::stdin().is_terminal() {
        return piped(io::stdin().lock());
    }
    match purpose {
        Purpose::Plain => twice(name),
        Purpose::Login => pair("user", "password"),
        Purpose::Keys => pair("access key id", "secret access key"),
    }
}

/// All that there is, without the end of the line.
fn piped(input: impl Read) -> Result<Secret, Error> {
    let mut text = String::with_capacity(usize::try_from(LIMIT + 1).unwrap_or_default());
    input.take(LIMIT + 1).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::usage("the secret is not UTF-8 text"),
        _ => error.into(),
    })?;
    let mut whole = Secret::from(text);
    let text = whole.expose_secret();
    if text.len() as u64 > LIMIT {
        return Err(Error::usage(format!("the secret has more than {LIMIT} bytes")));
    }
    let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    if let Some(line) = line {
        whole = Secret::from(line);
    }
    Ok(whole)
}

fn pair(first: &str, second: &str) -> Result<Secret, Error> {
    write!(streams::stderr(), "{first}: ")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let second = twice(second)?;
    Ok(Secret::from(format!("{}:{}", line.trim(), second.expose_secret())))
}

/// A secret that is typed twice, so that it is what was meant.
pub(crate) fn twice(what: &str) -> Result<Secret, Error> {
    let typed = |question: &str| -> Result<Secret, Error> {
        let typed = Terminal.ask_now(question).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => Error::refused("nothing was typed, so nothing is stored"),
            _ => error.into(),
        })?;
        typed.ok_or_else(|| Error::usage("the secret is empty"))
    };
    let (first, second) = (typed(what)?, typed("the same again")?);
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Error::usage("the two entries differ: nothing is stored"))
    }
}
