//! Images that are written as files, and signatures beside them.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::NamedTempFile;

use crate::{
    app::{
        verbs::files,
        wiring::{file_signers, services::Services},
    },
    archive::{GzipWriter, Workers},
    error::Error,
    model::{Failure, FailureKind, SecretSource, Side, SignerName, SignerSpec, Signing},
    sign::{
        file::{About, FileSigner, FileVerified, FileVerifier},
        openpgp::OpenPgpVerifier,
        read_key,
    },
};

/// What a signature ends in.
const SIGNATURE: &str = "asc";

/// A file that is about to be written: whole, or not at all.
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) overwrite: bool,
    /// Its signers.
    pub(super) signer: Option<Arc<dyn FileSigner>>,
}

impl Target {
    /// Fails where something is in the way.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if !self.overwrite && fs::symlink_metadata(&self.path).is_ok() {
            return Err(self.is_there());
        }
        Ok(())
    }

    /// The folder that it lies in.
    pub(super) fn folder(&self) -> &Path {
        let above = self.path.parent().filter(|above| !above.as_os_str().is_empty());
        above.unwrap_or(Path::new("."))
    }

    /// Gzips what `write` writes. Returns its result, and the length of the
    /// file in bytes.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, Failure>,
    ) -> Result<(T, u64), Failure> {
        self.check()?;
        let failed = |error: io::Error| Failure::from_io(Side::Local, self.path.display(), &error);
        let temp = self.temp().map_err(failed)?;
        let out = BufWriter::with_capacity(256 << 10, temp.as_file());
        let mut gzip = GzipWriter::new(out, Workers::shared());
        let written = write(&mut gzip)?;
        let file = gzip.finish().and_then(|out| out.into_inner().map_err(Into::into));
        let size = file.and_then(File::metadata).map_err(failed)?.len();
        let signature =
            self.signer.as_ref().map(|signer| self.sign(&**signer, &temp)).transpose()?;
        let kept = if self.overwrite {
            temp.persist(&self.path)
        } else {
            temp.persist_noclobber(&self.path)
        };
        kept.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => self.is_there(),
            _ => failed(error.error),
        })?;
        if let Some(signature) = signature {
            let path = signature_of(&self.path);
            signature.persist(path).map_err(|error| failed(error.error))?;
        }
        Ok((written, size))
    }

    fn sign(
        &self,
        signer: &dyn FileSigner,
        image: &NamedTempFile,
    ) -> Result<NamedTempFile, Failure> {
        let failed = |error: io::Error| Failure::from_io(Side::Local, self.path.display(), &error);
        let mut signature = self.temp().map_err(failed)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let about = About { name, at: crate::app::wiring::clock::now() };
        signer.sign(&mut image.reopen().map_err(failed)?, &about, signature.as_file_mut())?;
        Ok(signature)
    }

    fn temp(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(".castoff-")
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(self.folder())
    }

    fn is_there(&self) -> Failure {
        let what = "target file exists (try --overwrite)";
        Failure::new(FailureKind::Invalid, Side::Local, what).context(self.path.display())
    }
}

/// Opens a private key of `OpenPGP`.
pub(super) async fn signer(services: &Services, key: &Path) -> Result<Arc<dyn FileSigner>, Error> {
    let name = key.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let here = services.known.folder.clone();
    let spec = SignerSpec {
        passphrase: SecretSource::usual(&name),
        name: SignerName(name),
        with: Signing::OpenPgp { key: here.join(key) },
    };
    Ok(file_signers::signer(services, &spec, &services.secrets(here)).await?)
}

/// Checks the signature of an image; it lies beside it unless it is said where.
pub(super) fn verify(
    image: &Path,
    key: &Path,
    signature: Option<&Path>,
) -> Result<FileVerified, Failure> {
    let path = signature.map_or_else(|| signature_of(image), Path::to_owned);
    let open = |path: &Path| {
        File::open(path).map_err(|error| {
            let failure = Failure::from_io(Side::Source, path.display(), &error);
            // What is not signed is as wrong as what is signed wrongly.
            Failure { kind: FailureKind::Integrity, ..failure }
        })
    };
    let verifier =
        OpenPgpVerifier::new(&read_key(key)?).map_err(|error| error.at(key.display()))?;
    let checked =
        verifier.verify(&mut open(&path)?, &mut open(image)?, crate::app::wiring::clock::now());
    checked.map_err(|failure| failure.context(path.display()))
}

fn signature_of(image: &Path) -> PathBuf {
    files::beside(image, SIGNATURE)
}
