//! `castoff sign --generate-key`: a key pair in the form of cosign.

use std::{
    fs,
    io::{IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::{
    app::{
        ops::changes::signer::{passphrase, stem},
        verbs::secrets::twice,
        wiring::project::Workplace,
    },
    cli::GlobalArgs,
    error::{Error, Exit},
    model::{Failure, SecretSource, Side},
    secret::ExposeSecret,
    sign::{KeyError, PrivateKey, SignatureForm},
    streams,
};

/// Makes a key pair, and writes it where nothing is.
pub(super) async fn generate(
    at: &Workplace,
    global: &GlobalArgs,
    path: &Path,
) -> Result<Exit, Error> {
    let services = at.services()?;
    let ending = |ending: &str| PathBuf::from(format!("{}.{ending}", path.display()));
    let (private, public) = (ending("key"), ending("pub"));
    if let Some(there) = [&private, &public].into_iter().find(|path| path.exists()) {
        return Err(Error::refused(format!("{} exists", there.display()))
            .hint("castoff does not overwrite keys; give another name"));
    }
    let secrets = services.secrets(services.known.folder.clone());
    let what = format!("new passphrase of {}", private.display());
    let mut sources = passphrase(&stem(&private));
    sources.retain(|source| *source != SecretSource::Prompt);
    let passphrase = match secrets.find(&what, &sources).await {
        Ok(found) => found,
        Err(_) if std::io::stdin().is_terminal() => {
            let typed = tokio::task::spawn_blocking(move || twice(&what)).await;
            typed.map_err(|_| Error::refused("the input cannot be read"))??
        }
        Err(failure) => return Err(failure.into()),
    };
    let failed = |error: KeyError| Error::from(error.at(private.display()));
    let der = PrivateKey::generate().map_err(failed)?;
    let sealed = PrivateKey::seal(&der, passphrase.expose_secret().as_bytes()).map_err(failed)?;
    let key = PrivateKey::from_pkcs8(&der, SignatureForm::Asn1).map_err(failed)?;
    write_new(&private, 0o600, sealed.as_bytes())?;
    write_new(&public, 0o644, key.public().to_pem().as_bytes())?;
    if !global.quiet {
        let (private, public) = (private.display(), public.display());
        writeln!(streams::stderr(), "wrote {private}, which is encrypted, and {public}")?;
    }
    Ok(Exit::Done)
}

fn write_new(path: &Path, mode: u32, content: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::from_io(Side::Local, path.display(), &error);
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)
}
