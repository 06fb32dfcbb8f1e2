//! What is released of an image, found in its folder.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    model::{Failure, FailureKind, Side, VeeaArch, escape},
    release_archive::archive_name,
};

/// What an image's folder says of it.
const CONFIG: &str = "config.yaml";
/// The most that is read of that, in bytes.
const CONFIG_LIMIT: u64 = 1 << 20;

/// What is asked of an image's configuration.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) app: String,
    app_info: Info,
}

#[derive(Deserialize)]
struct Info {
    version: String,
}

/// An image's folder, and what is released of it.
pub(super) struct Released {
    folder: PathBuf,
    named: Named,
}

impl Named {
    /// Reads what the image in a folder is called.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(CONFIG);
        let failed = |error: io::Error| Failure::from_io(Side::Local, path.display(), &error);
        let mut text = String::new();
        File::open(&path)
            .and_then(|file| file.take(CONFIG_LIMIT).read_to_string(&mut text))
            .map_err(failed)?;
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
            let place = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
            let what = format!("{}{place}: {}", path.display(), error.without_snippet());
            Failure::new(FailureKind::Invalid, Side::Local, what)
        })
    }
}

impl Released {
    /// The image in a folder; authorised builds or others.
    pub(super) fn of(folder: &Path, unauthorised: bool) -> Result<Self, Failure> {
        let kind = if unauthorised { "unauth" } else { "auth" };
        Ok(Self { named: Named::read(folder)?, folder: folder.join("build").join(kind) })
    }

    /// Its archives for these architectures; for none: all that there are.
    pub(super) fn archives(
        &self,
        wanted: &[VeeaArch],
    ) -> Result<Vec<(VeeaArch, PathBuf)>, Failure> {
        let there: Vec<_> = VeeaArch::ALL
            .into_iter()
            .map(|arch| (arch, self.archive(arch)))
            .filter(|(_, path)| fs::metadata(path).is_ok_and(|found| found.is_file()))
            .collect();
        let wanted = match wanted {
            [] if there.is_empty() => &VeeaArch::ALL[..1],
            [] => return Ok(there),
            wanted => wanted,
        };
        for arch in wanted {
            if !there.iter().any(|(found, _)| found == arch) {
                return Err(self.missing(*arch, &there));
            }
        }
        Ok(there.into_iter().filter(|(arch, _)| wanted.contains(arch)).collect())
    }

    fn archive(&self, arch: VeeaArch) -> PathBuf {
        let Named { app, app_info } = &self.named;
        self.folder.join(arch.word()).join(archive_name(app, arch, &app_info.version))
    }

    fn missing(&self, arch: VeeaArch, there: &[(VeeaArch, PathBuf)]) -> Failure {
        let there: Vec<&str> = there.iter().map(|(arch, _)| arch.word()).collect();
        let what = format!("ERROR! architecture not found: {arch} [{}]", there.join(", "));
        let path = self.archive(arch);
        Failure::new(FailureKind::NotFound, Side::Local, what)
            .verbatim()
            .because(format!("{} does not exist", escape(&path.display().to_string())))
            .hint("release the image first")
    }
}
