//! What a profile of the AWS tools says beyond keys, regions and endpoints,
//! which their library reads by itself.

use aws_config::profile::{ProfileSet, load};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

/// A profile, with nothing in it where the files have none or cannot be read:
/// why is told by whatever needs it.
pub(super) struct Profile(Option<ProfileSet>);

impl Profile {
    /// Reads it; without a name, the one that the AWS tools would take.
    pub(super) async fn read(name: Option<&str>) -> Self {
        let name = name.map(|name| name.to_owned().into());
        let profiles = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), name).await;
        Self(profiles.ok())
    }

    /// A value, such as `ca_bundle`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        Some(self.0.as_ref()?.get(name)?.trim()).filter(|value| !value.is_empty())
    }

    /// A value of the lines that stand indented under `s3 =`.
    pub(super) fn get_s3(&self, name: &str) -> Option<&str> {
        self.get("s3")?.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim())
        })
    }

    /// Whether the files could be read, and have no profile of a name.
    pub(super) fn lacks(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|profiles| profiles.get_profile(name).is_none())
    }

    /// Whether its keys come from signing on in a browser to a portal.
    pub(super) fn is_signed_on(&self) -> bool {
        self.get("sso_session").or_else(|| self.get("sso_start_url")).is_some()
    }
}
