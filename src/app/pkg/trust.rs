//! Content trust: a package is built on what is signed only.

use std::collections::BTreeMap;

use crate::{
    app::signers::wrong,
    model::{Digest, Failure},
    recipe::{Blueprint, linuxkit::tags_built_on},
    sign::notary::Notary,
};

/// The digests, as the notary server has them, of the tags that stages are
/// built on.
pub(super) async fn pins(
    notary: &Notary,
    blueprint: &Blueprint,
) -> Result<BTreeMap<String, Digest>, Failure> {
    let mut pins = BTreeMap::new();
    for (image, tag, place) in tags_built_on(blueprint)? {
        let called = format!("{}:{tag}", image.name());
        if pins.contains_key(&called) {
            continue;
        }
        let signed = notary.look_up(&image.name(), &tag).await.map_err(|failure| {
            wrong(failure)
                .context(format!("{called} is not signed"))
                .context(place)
                .hint("build on a signed image, or give -disable-content-trust")
        })?;
        pins.insert(called, signed.digest);
    }
    Ok(pins)
}
