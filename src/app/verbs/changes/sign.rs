//! `castoff sign`, shown before it is done and after.

use std::io::Write;

use crate::{
    app::verbs::output::Out,
    error::Error,
    model::Descriptor,
    plan::{Plan, Signee, TagTarget, Work},
    run::Run,
};

/// What would be signed.
pub(super) fn show(plan: &Plan, out: &mut Out<'_>) -> Result<(), Error> {
    for job in plan.jobs() {
        let Work::Sign { artifact, sink, signer, subjects, .. } = &job.work else { continue };
        for subject in subjects {
            let TagTarget::Content(node) = &subject.what else { continue };
            if out.is_json {
                let line = serde_json::json!({
                    "sink": sink, "what": artifact, "digest": node.digest, "size": node.size,
                    "signer": signer,
                });
                writeln!(out, "{line}")?;
            } else {
                let Descriptor { digest, size, .. } = &**node;
                writeln!(out, "{signer} would sign {digest} of {artifact}, size: {size}")?;
            }
        }
    }
    Ok(())
}

/// Tells what was signed: each name with its digest and its size in bytes.
pub(crate) fn show_signed(run: &Run, out: &mut impl Write) -> std::io::Result<()> {
    for job in run.plan().jobs().iter().filter(|job| run.is_done(job.id)) {
        let Work::Sign { sink, repository, subjects, .. } = &job.work else { continue };
        let Some(spec) = run.plan().sink(sink) else { continue };
        let name = spec.url.public_name(repository);
        for Signee { what, tags, .. } in subjects {
            let TagTarget::Content(node) = what else { continue };
            let Descriptor { digest, size, .. } = &**node;
            for tag in tags {
                writeln!(out, "{name}:{tag} digest: {digest} size: {size}")?;
            }
            if tags.is_empty() {
                writeln!(out, "{name}@{digest} size: {size}")?;
            }
        }
    }
    Ok(())
}
