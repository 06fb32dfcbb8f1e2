//! What is published is copied, untagged, collected and signed, each as a run with
//! a journal of its own.

pub(crate) mod choose;
pub(crate) mod collect;
pub(crate) mod copy;
mod placed_tag;
pub(crate) mod remove;
mod roots;
pub(crate) mod sign;
pub(crate) mod signer;

pub(crate) use self::placed_tag::PlacedTag;
use self::{
    choose::CollectionRequest,
    copy::{CopyRequest, copied},
    remove::{RemovalRequest, placed_tags, removing},
    sign::SigningRequest,
};
use crate::{
    app::wiring::{services::Services, sinks::NamedSinks},
    error::Error,
    plan::Plan,
};

/// What is to change of what is published.
#[derive(Clone, Debug)]
pub(crate) enum ChangeRequest {
    /// A tag is copied to another place.
    Copy(CopyRequest),
    /// Tags are removed.
    Remove(RemovalRequest),
    /// Old tags are removed, and what nothing needs.
    Collect(CollectionRequest),
    /// What is published is signed where it lies.
    Sign(SigningRequest),
}

/// Plans a change.
pub(crate) async fn plan(
    services: &Services,
    known: &NamedSinks,
    request: ChangeRequest,
) -> Result<Plan, Error> {
    match request {
        ChangeRequest::Copy(copy) => copied(services, known, &copy).await,
        ChangeRequest::Remove(removal) => {
            removing(services, &placed_tags(services, known, &removal).await?).await
        }
        ChangeRequest::Collect(collection) => {
            collect::choose(services, known, collection).await?.plan(known.folder.clone())
        }
        ChangeRequest::Sign(signing) => sign::plan(services, known, &signing).await,
    }
}
