//! `castoff inspect`: what a reference names, or what a server can do.

use std::io::Write;

use super::{print::show, row::passing};
use crate::{
    app::{
        verbs::output::Out,
        wiring::{
            references::{LocatedReference, Looking, Reference, find},
            services::Services,
            sinks::NamedSinks,
        },
    },
    browse::{AttachedManifest, Branch, Odd, PublishedTree, attached, outline},
    cli::InspectArgs,
    error::Error,
    model::{Failure, FailureKind, MANIFEST_LIMIT, escape},
};

/// What a reference names, with its referrers.
#[derive(serde::Serialize)]
struct Inspected {
    #[serde(flatten)]
    tree: PublishedTree,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attached: Vec<AttachedManifest>,
}

/// Shows what a reference names, or what a server can do where it names no tag
/// and no digest.
pub(super) async fn inspect(
    services: &Services,
    known: &NamedSinks,
    args: &InspectArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let InspectArgs { reference, tag, kind, platform, raw, trust } = args;
    let what = Reference {
        beside: tag.as_deref(),
        ..Reference::new(reference, kind.map(Into::into), trust)
    };
    if !reference.contains('@') && tag.is_none() {
        let looking = Looking::of(services, known, &what)?;
        if looking.destination.tag.is_none() {
            looking.refuse_absent()?;
            if let Some(repository) = &looking.destination.repository {
                looking.refuse_unknown(repository)?;
            }
            return server(&looking, args, out).await;
        }
    }
    let LocatedReference { shelf, root, .. } = find(services, known, &what).await?;
    if *raw {
        return Ok(out.write_all(&shelf.read(&root, MANIFEST_LIMIT).await?)?);
    }
    let mut tree = outline(&*shelf, &root).await?;
    if let Some(asked) = platform {
        let has: Vec<String> = tree.manifests.iter().map(Branch::platform).collect();
        tree.manifests
            .retain(|branch| branch.manifest.platform.as_ref().is_some_and(|of| of.matches(asked)));
        if tree.manifests.is_empty() {
            return Err(Error::refused(format!("{} has no manifest for {asked}", root.digest))
                .hint(format!("it has {}", has.join(", "))));
        }
    }
    let attached = attached(&*shelf, &tree).await?;
    let unread = unread(&tree);
    if out.is_json {
        out.document(&Inspected { tree, attached })?;
    } else {
        show(&tree, &attached, reference, out)?;
    }
    unread
}

/// What was shown as it is, and may be another thing when it is read again, or
/// is not what its digest says.
fn unread(tree: &PublishedTree) -> Result<(), Error> {
    let unread = |odd: &Odd| odd.why.clone().filter(Failure::is_transient);
    let wrong = |odd: &Odd| odd.why.clone().filter(|why| why.kind == FailureKind::Integrity);
    if let Some(wrong) = tree.odd.iter().find_map(wrong) {
        return Err(wrong.into());
    }
    passing(tree.odd.iter().filter_map(unread).collect())
}

/// Shows what a server can do.
async fn server(looking: &Looking, args: &InspectArgs, out: &mut Out<'_>) -> Result<(), Error> {
    if args.raw || args.platform.is_some() {
        let what = format!("`{}` has neither a tag nor a digest", escape(&args.reference));
        return Err(Error::usage(what).hint("write it as docker://HOST/NAME:TAG or …@sha256:…"));
    }
    let tried = looking.tried().await?;
    if out.is_json {
        out.document(&tried)?;
    } else {
        writeln!(out, "{}", looking.spec.url)?;
        for line in tried.lines() {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}
