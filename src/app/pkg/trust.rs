//! Content trust: a package is built on what is signed only.

use crate::{
    app::signers::wrong,
    model::{Failure, FailureKind, ImageReference, ParseImageReferenceError, Side},
    recipe::{
        Blueprint, Dockerfile,
        dockerfile::{External, replaced, stages},
    },
    sign::notary::Notary,
};

/// Puts digests, as the notary server has them, in place of the tags that
/// stages are built on. What has a digest already is left as it is.
#[expect(dead_code, reason = "the builder takes it")]
pub(super) async fn pinned(notary: &Notary, blueprint: Blueprint) -> Result<Blueprint, Failure> {
    let Dockerfile { from: name, text } = &blueprint.dockerfile;
    let stages = stages(text, name)?;
    let mut spans = Vec::new();
    for external in stages.external(&blueprint.args) {
        let at = |failure: Failure| failure.context(format!("{name}:{}", external.from.line));
        let image = image(&external).map_err(at)?;
        if image.digest.is_some() {
            continue;
        }
        let tag = image.tag_or_latest();
        let signed = notary.look_up(&image.name(), &tag).await.map_err(|failure| {
            at(wrong(failure).context(format!("{}:{tag} is not signed", image.name())))
                .hint("build on a signed image, or give -disable-content-trust")
        })?;
        spans.push((external.from.span.clone(), format!("{}@{}", image.name(), signed.digest)));
    }
    let text = replaced(text, &spans);
    let dockerfile = Dockerfile { text, from: name.clone() };
    Ok(Blueprint { dockerfile, ..blueprint })
}

fn image(external: &External<'_>) -> Result<ImageReference, Failure> {
    let text = external.image.as_ref().ok_or_else(|| {
        let what = format!("`{}` has a variable without a value", external.from.image);
        Failure::new(FailureKind::Invalid, Side::Source, what)
            .hint("give it a default with ARG before the first FROM")
    })?;
    text.parse().map_err(|error: ParseImageReferenceError| {
        Failure::from_error(FailureKind::Invalid, Side::Source, &error)
    })
}
