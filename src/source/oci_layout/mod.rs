//! OCI image layouts: a folder, with blobs that are used in place, or a
//! tar, which is taken into the store in one pass.

mod blobs;
mod files;
mod folder;
mod pick;
mod refusal;
mod resolve;
mod resolved;
mod tarred;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use tokio::sync::Mutex;

pub use self::pick::split;
use self::tarred::TarLayout;
pub(super) use self::{
    resolve::resolve_documents,
    resolved::{Found, Resolved},
    tarred::{documents, spool},
};
use super::{
    documents::Documents,
    work::{blocking, named},
};
use crate::{
    archive::Caps,
    model::{Failure, Origin, ReleasePlatform},
    ports::{Desk, Made, Maker, Surveyed, wrong_maker},
    store::{FileState, Store},
};

/// Makes images of a layout: they are kept as they are.
#[derive(Clone, Debug)]
pub struct OciLayout {
    store: Arc<Store>,
    caps: Caps,
    /// Held while a tar is taken in, so that the next platform finds its
    /// content there and does not read the tar again.
    taking: Arc<Mutex<()>>,
}

impl OciLayout {
    /// Puts what it makes into `store`.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self::with_caps(store, Caps::default())
    }

    /// The same, with other bounds for what a tar inflates to.
    #[must_use]
    pub fn with_caps(store: Arc<Store>, caps: Caps) -> Self {
        Self { store, caps, taking: Arc::default() }
    }
}

impl OciLayout {
    fn tar<'a>(&'a self, path: &'a Path, name: Option<&'a str>) -> TarLayout<'a> {
        TarLayout { store: &self.store, caps: self.caps, path, name }
    }

    /// What an archive is for that was looked through.
    pub(super) fn look(
        &self,
        state: &FileState,
        name: Option<&str>,
        documents: &Documents,
    ) -> Result<Surveyed, Failure> {
        tarred::look(&self.store, state, name, documents)
    }
}

fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

#[async_trait]
impl Maker for OciLayout {
    fn takes(&self, from: &Origin) -> bool {
        matches!(from, Origin::Layout(_))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Layout(path) = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |work| {
            let (path, name) = split(&path);
            let surveyed = if is_folder(&path) {
                folder::survey(&this.store, &path, name.as_deref())
            } else {
                this.tar(&path, name.as_deref()).survey(work)
            };
            surveyed.map_err(|failure| named(&path, failure))
        })
        .await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure> {
        let Origin::Layout(path) = from.clone() else { return Err(wrong_maker()) };
        let (this, platform) = (self.clone(), platform.clone());
        let _taking = self.taking.lock().await;
        blocking(desk, move |work| {
            let (path, name) = split(&path);
            let made = if is_folder(&path) {
                folder::make(&this.store, &path, name.as_deref(), &platform, work)
            } else {
                this.tar(&path, name.as_deref()).make(&platform, force, work)
            };
            made.map_err(|failure| named(&path, failure))
        })
        .await
    }
}
