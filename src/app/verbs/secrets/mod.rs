//! `castoff secret`, and what is looked up in the keyring for others.

mod set;
mod standing;

use std::io::{self, Write};

use crate::{
    app::wiring::{credentials::keyring, project::Workplace, secret_names},
    cli::{GlobalArgs, SecretVerb},
    error::{Error, Exit},
    model::{Failure, FailureKind, SecretStanding, Side, escape},
    secret::Keyring,
    streams,
};

pub(crate) use self::{
    set::{check, twice},
    standing::{Standings, standings},
};

pub(crate) async fn secret(
    at: &Workplace,
    global: &GlobalArgs,
    verb: SecretVerb,
) -> Result<Exit, Error> {
    let keyring = keyring(&at.environment)?;
    match verb {
        SecretVerb::Set { name, value } => set::set(global, &keyring, &name, &value).await,
        SecretVerb::Ls => ls(at, global, &keyring).await,
        SecretVerb::Rm { name } => rm(global, &keyring, &name).await,
    }
}

async fn rm(global: &GlobalArgs, keyring: &Keyring, name: &str) -> Result<Exit, Error> {
    let name = secret_names::checked(name)?;
    if !keyring.remove(&name).await? {
        let what = format!("the keyring has no secret `{name}`");
        let failure = Failure::new(FailureKind::NotFound, Side::Local, what);
        return Err(failure.hint("castoff secret ls lists its secrets").into());
    }
    if !global.quiet {
        writeln!(streams::stderr(), "removed `{}` from the keyring", escape(&name))?;
    }
    Ok(Exit::Done)
}

/// Lists what is known, also where the keyring cannot be asked.
async fn ls(at: &Workplace, global: &GlobalArgs, keyring: &Keyring) -> Result<Exit, Error> {
    let known = at.known()?;
    let found = standings(keyring, &at.environment, Some(&known.config));
    let Standings { rows, keyring } = found.await;
    let mut out = streams::stdout();
    if global.is_json() {
        for row in &rows {
            writeln!(out, "{}", serde_json::json!(row))?;
        }
    } else {
        print(&rows, &mut out)?;
    }
    let kind = keyring?;
    if !global.quiet {
        writeln!(streams::stderr(), "secrets are stored in {}", kind.name())?;
    }
    Ok(Exit::Done)
}

/// The configuration, where there is one.
fn print(rows: &[SecretStanding], out: &mut impl Write) -> io::Result<()> {
    let shown = |text: &str| escape(text).to_string();
    let lines: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            let source = row.source.as_deref().unwrap_or("nowhere");
            [shown(&row.name), has(row).to_owned(), shown(source), shown(&row.needed_by)]
        })
        .collect();
    let widest = |column: usize, title: &str| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.chain([title.len()]).max().unwrap_or_default()
    };
    let (name, source) = (widest(0, "NAME"), widest(2, "FROM"));
    writeln!(out, "{:<name$}  {:<7}  {:<source$}  FOR", "NAME", "KEYRING", "FROM")?;
    for [a, b, c, d] in &lines {
        let line = format!("{a:<name$}  {b:<7}  {c:<source$}  {d}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Whether the keyring has it, in a word.
fn has(row: &SecretStanding) -> &'static str {
    match row.in_keyring {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}
