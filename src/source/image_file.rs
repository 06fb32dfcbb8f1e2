//! A layout, or one archive in whatever form tools write it: `docker save`,
//! podman, nix, buildx or nerdctl.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{
    DockerArchive, OciLayout,
    docker_archive::{agree, is_docker},
    documents::Documents,
    oci_layout::{documents, split},
    work::{AttemptWork, blocking, failed, named},
};
use crate::{
    archive::Caps,
    model::{Failure, Origin, ReleasePlatform},
    ports::{Desk, MadePlatform, Maker, Surveyed, wrong_maker},
    store::{FileState, Store},
};

/// Makes images of a layout or of one archive.
#[derive(Clone, Debug)]
pub struct LayoutOrArchive {
    layout: OciLayout,
    archive: DockerArchive,
    caps: Caps,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A file that was looked at, the name that was asked for, and whether it is
/// Docker's.
type Seen = (FileState, Option<String>, bool);

impl LayoutOrArchive {
    /// Puts what it makes into `store`; what is read inflates within `caps`.
    #[must_use]
    pub fn with_caps(store: Arc<Store>, caps: Caps) -> Self {
        Self {
            layout: OciLayout::with_caps(Arc::clone(&store), caps),
            archive: DockerArchive::with_caps(store, caps),
            caps,
            seen: Arc::default(),
        }
    }

    fn look(
        &self,
        path: &Path,
        name: Option<&str>,
        work: &AttemptWork,
    ) -> Result<Surveyed, Failure> {
        let state = FileState::of(path)?;
        let (documents, is_docker) = self.documents(path, &state, name, work)?;
        let mut found = if is_docker || documents.get("index.json").is_none() {
            self.archive.look_into(&state, name, &documents)
        } else {
            self.layout.look(&state, name, &documents)
        }?;
        found.left_out.extend(agree(path, &found.platforms)?);
        Ok(found)
    }

    fn documents(
        &self,
        path: &Path,
        state: &FileState,
        name: Option<&str>,
        work: &AttemptWork,
    ) -> Result<(Documents, bool), Failure> {
        let documents = documents(self.caps, path, work).map_err(|error| failed(path, &error))?;
        let is_docker = is_docker(&documents, name);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push((state.clone(), name.map(str::to_owned), is_docker));
        Ok((documents, is_docker))
    }

    /// Whether a file is one of Docker's archives, which is looked at once.
    fn is_docker(
        &self,
        path: &Path,
        name: Option<&str>,
        work: &AttemptWork,
    ) -> Result<bool, Failure> {
        let state = FileState::of(path)?;
        let known = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let is_it = |(of, called, _): &&(FileState, Option<String>, bool)| {
                *of == state && called.as_deref() == name
            };
            seen.iter().find(is_it).map(|(.., is_docker)| *is_docker)
        };
        known.map_or_else(|| Ok(self.documents(path, &state, name, work)?.1), Ok)
    }
}

#[async_trait]
impl Maker for LayoutOrArchive {
    fn takes(&self, from: &Origin) -> bool {
        matches!(from, Origin::Layout(_))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Layout(whole) = from else { return Err(wrong_maker()) };
        let (path, name) = split(whole);
        if !path.is_file() {
            return self.layout.survey(from).await;
        }
        let this = self.clone();
        blocking(&Desk::default(), move |work| {
            this.look(&path, name.as_deref(), work).map_err(|failure| named(&path, failure))
        })
        .await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<MadePlatform, Failure> {
        let Origin::Layout(whole) = from else { return Err(wrong_maker()) };
        let (path, name) = split(whole);
        let (this, of) = (self.clone(), platform.clone());
        let docker = blocking(desk, move |work| {
            let name = name.as_deref();
            if !path.is_file() || !this.is_docker(&path, name, work)? {
                return Ok(None);
            }
            let [source] = &of.sources[..] else { return Err(wrong_maker()) };
            this.archive.make_one(&of.platform, source, name, force, work).map(Some)
        });
        match docker.await? {
            Some(made) => Ok(made),
            None => self.layout.make(from, platform, force, desk).await,
        }
    }
}
