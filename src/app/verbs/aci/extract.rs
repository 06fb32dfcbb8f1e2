//! `castoff aci extract` and `castoff aci startbuild`.

use std::path::PathBuf;

use serde_json::json;

use super::{AciContext, shown, stoppable};
use crate::{
    aci::{ExtractFolder, Extracted, How, ImageKey, ImageStore, extract, start_build},
    error::{Error, Exit},
    model::Failure,
};

impl AciContext {
    pub(super) async fn extract(
        &self,
        image: &str,
        folder: Option<PathBuf>,
        exact: bool,
    ) -> Result<Exit, Error> {
        let to = folder.map_or_else(|| ExtractFolder::In(self.workdir.clone()), ExtractFolder::At);
        self.write(image, to, exact, extract).await
    }

    pub(super) async fn start_build(&self, image: &str, exact: bool) -> Result<Exit, Error> {
        self.write(image, ExtractFolder::In(self.workdir.clone()), exact, start_build).await
    }

    async fn write(
        &self,
        image: &str,
        to: ExtractFolder,
        exact: bool,
        work: fn(&ImageStore, &ImageKey, &How) -> Result<Extracted, Failure>,
    ) -> Result<Exit, Error> {
        let key = self.find(image)?;
        let (store, found) = (self.store.clone(), key.clone());
        let written =
            stoppable(move |halt| work(&store, &found, &How { to, exact, halt: halt.clone() }));
        let Some(Extracted { folder, losses }) = written.await? else {
            return Ok(Exit::Stopped);
        };
        if !losses.is_none() {
            self.say(format_args!("{losses} could not be restored: only root can"));
        }
        let json = json!({
            "folder": folder, "hash": key.as_str(),
            "owners": losses.owners, "devices": losses.devices, "xattrs": losses.xattrs,
        });
        self.print(shown(&folder), &json)?;
        Ok(Exit::Done)
    }
}
