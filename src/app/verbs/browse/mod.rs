//! `castoff ls`, `castoff inspect` and `castoff diff`: look at what is
//! published.

mod inspect;
mod ls;
mod print;
mod row;
mod verify;

pub(crate) use self::print::diff_lines;

use self::print::show_diff;
use super::{changes::refuse_service, files, output::Out};
use crate::{
    app::wiring::{
        references::{LocatedReference, Reference, find},
        services::Services,
        sinks::NamedSinks,
    },
    browse::{self, tree},
    cli::{DiffArgs, LookVerb},
    error::Error,
};

/// Looks at what is published, and prints it.
pub(crate) async fn look(
    services: &Services,
    known: &NamedSinks,
    verb: LookVerb,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    match verb {
        LookVerb::Ls(args) => ls::ls(services, known, &args, out).await,
        LookVerb::Inspect(args) => inspect::inspect(services, known, &args, out).await,
        LookVerb::Verify(args) if args.service.is_some() => refuse_service(args.service.as_deref()),
        LookVerb::Verify(args) if files::are_named(std::slice::from_ref(&args.reference))? => {
            files::verify(known, &args, out).await
        }
        LookVerb::Verify(args) => verify::verify(services, known, &args, out).await,
        LookVerb::Diff(args) => diff(services, known, &args, out).await,
    }
}

/// Compares what two references name.
async fn diff(
    services: &Services,
    known: &NamedSinks,
    args: &DiffArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let mut trees = Vec::new();
    for text in [&args.before, &args.after] {
        let what = Reference::new(text, args.kind.map(Into::into), &args.trust);
        let LocatedReference { shelf, root, .. } = find(services, known, &what).await?;
        trees.push(tree(&*shelf, &root).await?);
    }
    let diff = browse::diff(&trees[0], &trees[1]);
    let shown = if out.is_json { out.document(&diff) } else { show_diff(&diff, out) };
    Ok(shown?)
}
