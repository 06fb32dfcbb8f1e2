//! `castoff sign`: what is published is signed where it is.

use super::{placed_tag::sinks, signer::SignerChoice};
use crate::{
    app::wiring::{
        references::{Found, Reference, find},
        services::Services,
        sinks::{NamedSinks, RegistryTrust},
    },
    browse::tree,
    error::Error,
    model::{ArtifactKind, Entry, FailureKind, Published, SignerKind, SignerSpec, Signing},
    plan::{self, Plan, Signee, TagTarget},
    ports::{Shelf, Subject},
    sign::sums,
};

/// What is signed, and the signer, as a user gives them.
#[derive(Clone, Debug)]
pub(crate) struct SigningRequest {
    /// References.
    pub(crate) references: Vec<String>,
    /// The name and tag, where a reference names only the place.
    pub(crate) tag: Option<String>,
    /// Whether each platform's manifest is signed too.
    pub(crate) platforms: bool,
    /// The signer.
    pub(crate) signer: SignerChoice,
    /// How registries are trusted.
    pub(crate) trust: RegistryTrust,
}

/// Plans what is asked for.
pub(crate) async fn plan(
    services: &Services,
    known: &NamedSinks,
    request: &SigningRequest,
) -> Result<Plan, Error> {
    let mut all = Vec::new();
    for text in &request.references {
        let (beside, is_both) = (request.tag.as_deref(), true);
        let what = Reference { beside, is_both, ..Reference::new(text, None, &request.trust) };
        all.push(find(services, known, &what).await?);
    }
    let of_files = all.iter().any(|found| found.kind == ArtifactKind::Files);
    let kind = if of_files { ArtifactKind::Files } else { ArtifactKind::Image };
    let signer = request.signer.find(known, kind)?;
    let mut signings = Vec::new();
    for found in all {
        let subjects = subjects(&found, &signer, request).await?;
        let Found { spec, kind, repository, tag, root, shelf } = found;
        let what = Published { at: Entry::given(spec), kind, repository, tag, root };
        refuse_other_sums(&what, &*shelf).await?;
        signings.push(plan::Signing { what, subjects });
    }
    let specs = sinks(signings.iter().filter_map(|signing| signing.what.at.spec().cloned()));
    Ok(plan::signing(known.folder.clone(), &signings, signer, specs)?)
}

/// What is signed of what was found; fails where it cannot be.
async fn subjects(
    found: &Found,
    signer: &SignerSpec,
    request: &SigningRequest,
) -> Result<Vec<Signee>, Error> {
    let Found { spec, kind, tag, root, .. } = found;
    if !signer.kind().signs_at(*kind, &spec.url) {
        let what = format!("{} cannot sign the {kind} at {}", signer.kind(), spec.url);
        return Err(Error::usage(what));
    }
    if tag.is_none() && signer.kind() != SignerKind::Cosign {
        let what = format!("{} signs tags, and this is a digest", signer.kind());
        return Err(Error::usage(what));
    }
    let what = TagTarget::Content(Box::new(root.clone()));
    let mut subjects = vec![Signee::new(what, tag.iter().cloned().collect())];
    if *kind == ArtifactKind::Image {
        subjects.extend(platforms(found, signer, request).await?);
    }
    Ok(subjects)
}

/// The manifests of the platforms, where they are signed too.
async fn platforms(
    found: &Found,
    signer: &SignerSpec,
    request: &SigningRequest,
) -> Result<Vec<Signee>, Error> {
    let all = request.platforms || matches!(signer.with, Signing::Cosign { platforms: true, .. });
    if !all || !found.root.is_index() {
        return Ok(Vec::new());
    }
    let branches = tree(&*found.shelf, &found.root).await?.manifests.into_iter();
    let named = |node| TagTarget::Content(Box::new(node));
    Ok(branches.map(|of| Signee::new(named(of.manifest), Vec::new())).collect())
}

/// Fails where sums of files lie beside them that are not theirs: the files are
/// others than were meant, and with other sums in that place nothing would tell.
pub(super) async fn refuse_other_sums(from: &Published, shelf: &dyn Shelf) -> Result<(), Error> {
    // Images have none.
    if from.kind != ArtifactKind::Files {
        return Ok(());
    }
    let name = from.place()?.url.public_name(&from.repository);
    let tags = from.tag.iter().cloned().collect();
    let subject = Subject { node: from.root.clone(), name, tags };
    match sums::published(&subject, shelf).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(()),
        Err(failure) => Err(failure.hint("release the files again to write both").into()),
    }
}
