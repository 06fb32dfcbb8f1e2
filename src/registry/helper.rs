//! A program that keeps passwords, by the protocol of
//! docker-credential-helpers: the host on its standard input, and an object on
//! its standard output.

use std::{io, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

use super::credentials::Credential;
use crate::{
    child::{self, Bounds, Printed},
    environment::Environment,
    model::{Failure, FailureKind, Side, lenient},
};

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much it may print, in bytes: tokens of some services are long.
const LIMIT: u64 = 1 << 20;
/// What every helper prints where it has nothing.
const NOTHING: &str = "credentials not found";

/// What it answers. Docker reads the names in any case.
#[derive(Deserialize)]
struct HelperAnswer {
    #[serde(
        default,
        rename = "Username",
        alias = "username",
        alias = "UserName",
        deserialize_with = "lenient::or_usual"
    )]
    user: String,
    #[serde(rename = "Secret", alias = "secret")]
    secret: String,
}

/// What the helper of this name has for `key`; none where it has nothing.
pub(super) async fn get(
    name: &str,
    key: &str,
    environment: &Environment,
) -> Result<Option<Credential>, Failure> {
    let program = format!("docker-credential-{name}");
    let mut command = environment.command(&program);
    command.arg("get");
    let bounds = Bounds { patience: PATIENCE, limit: LIMIT };
    let printed = child::run(command, key.as_bytes(), bounds).await;
    let answered = printed.map_err(|error| unanswered(&error)).and_then(|it| answer(&it));
    answered.map_err(|failure| failure.context(format!("the credential helper `{program}`")))
}

fn answer(Printed { status, out, err }: &Printed) -> Result<Option<Credential>, Failure> {
    if status.success() {
        // What it printed is not repeated: there may be a password in it.
        let answer: HelperAnswer = serde_json::from_slice(out)
            .map_err(|_| failed("its output is not the answer of a credential helper"))?;
        return Ok(Some(Credential::of(&answer.user, &SecretString::from(answer.secret))));
    }
    let [out, err] = [out, err].map(|bytes| String::from_utf8_lossy(bytes));
    if [&out, &err].iter().any(|text| text.contains(NOTHING)) {
        return Ok(None);
    }
    Err(failed(&format!("{status}: {}", complaint(&out, &err))))
}

/// What it says of why it failed: helpers say it on either side.
fn complaint<'t>(out: &'t str, err: &'t str) -> &'t str {
    let first = |text: &'t str| text.lines().map(str::trim).find(|line| !line.is_empty());
    let is_answer = out.contains("Secret");
    first(err).or_else(|| first(out).filter(|_| !is_answer)).unwrap_or("it says nothing")
}

fn unanswered(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::TimedOut => {
            failed(&format!("no answer for {} s; it was stopped", PATIENCE.as_secs()))
                .hint("the credential helper may be waiting for input")
        }
        io::ErrorKind::NotFound => failed("the program does not exist")
            .hint("install it, or remove it from Docker's configuration"),
        _ => failed(&error.to_string()),
    }
}

fn failed(why: &str) -> Failure {
    Failure::new(FailureKind::Unauthorized, Side::Local, why)
}
