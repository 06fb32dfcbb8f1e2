//! `castoff ls`, `castoff inspect` and `castoff diff`: look at what is
//! published.

mod ls;
mod print;

use std::io::{self, Write};

use self::print::{show, show_diff};
pub(super) use self::{ls::ls, print::diff_lines};
use super::looking::{Found, Looking, find};
use crate::{
    browse::{self, About, Tree, attached, tree},
    cli::{DiffArgs, GlobalArgs, InspectArgs},
    error::{Error, Exit},
    model::{MANIFEST_LIMIT, escape},
};

/// What a reference names, with what there is about it.
#[derive(serde::Serialize)]
struct Inspected {
    #[serde(flatten)]
    tree: Tree,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attached: Vec<About>,
}

/// Shows what a reference names.
pub(super) async fn inspect(global: &GlobalArgs, args: InspectArgs) -> Result<Exit, Error> {
    if let Some(done) = server(global, &args).await? {
        return Ok(done);
    }
    let InspectArgs { reference, tag, kind, platform, raw, trust } = args;
    let Found { shelf, root, .. } = find(global, &reference, tag.as_deref(), kind, &trust).await?;
    let mut out = io::stdout().lock();
    if raw {
        out.write_all(&shelf.read(&root, MANIFEST_LIMIT).await?)?;
        return Ok(Exit::Done);
    }
    let mut tree = tree(&*shelf, &root).await?;
    if let Some(asked) = &platform {
        tree.manifests
            .retain(|branch| branch.manifest.platform.as_ref().is_some_and(|of| of.matches(asked)));
        if tree.manifests.is_empty() {
            return Err(Error::refused(format!("there is nothing for {asked}")));
        }
    }
    let attached = attached(&*shelf, &tree).await?;
    if global.is_json() {
        write_json(&Inspected { tree, attached }, &mut out)?;
    } else {
        show(&tree, &attached, &reference, &mut out)?;
    }
    Ok(Exit::Done)
}

/// Shows what a server can do, where no tag and no digest is named.
async fn server(global: &GlobalArgs, args: &InspectArgs) -> Result<Option<Exit>, Error> {
    if args.reference.contains('@') || args.tag.is_some() {
        return Ok(None);
    }
    let looking = Looking::at(global, &args.reference, args.kind, &args.trust)?;
    if looking.destination.tag.is_some() {
        return Ok(None);
    }
    if args.raw || args.platform.is_some() {
        return Err(Error::usage(format!(
            "`{}` names no tag and no digest",
            escape(&args.reference)
        ))
        .hint("write, say, docker://HOST/NAME:TAG, or …@sha256:…"));
    }
    let tried = looking.tried().await?;
    let mut out = io::stdout().lock();
    if global.is_json() {
        write_json(&tried, &mut out)?;
    } else {
        writeln!(out, "{}", looking.spec.url)?;
        for line in tried.lines() {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(Some(Exit::Done))
}

/// Compares what two references name.
pub(super) async fn diff(global: &GlobalArgs, args: &DiffArgs) -> Result<Exit, Error> {
    let mut trees = Vec::new();
    for reference in [&args.before, &args.after] {
        let Found { shelf, root, .. } =
            find(global, reference, None, args.kind, &args.trust).await?;
        trees.push(tree(&*shelf, &root).await?);
    }
    let diff = browse::diff(&trees[0], &trees[1]);
    let mut out = io::stdout().lock();
    if global.is_json() {
        write_json(&diff, &mut out)?;
    } else {
        show_diff(&diff, &mut out)?;
    }
    Ok(Exit::Done)
}

fn write_json(value: &impl serde::Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
