//! Has the local engine fetch what is published already. That changes nothing
//! for anybody else, so it is no run.

use bollard::query_parameters::TagImageOptionsBuilder;

use super::{
    asked,
    bench::Bench,
    depends::{connect, failure, pull},
};
use crate::{
    model::{Descriptor, Failure, Platform},
    recipe::linuxkit::Package,
};

/// Fetches one platform's image, and calls it as if it had been built.
pub(super) async fn fetch(
    bench: &Bench<'_>,
    package: &Package,
    platform: &Platform,
    node: &Descriptor,
) -> Result<(), Failure> {
    let docker = connect().await?;
    let name = &package.identity.name;
    let called = format!("{}/{}@{}", name.host(), name.repository(), node.digest);
    pull(&docker, &called, name.host(), &*bench.logins()).await?;
    let tag = &package.identity.tag;
    let mut tags = vec![format!("{tag}-{}", platform.tag_suffix())];
    if asked::host().is_some_and(|host| platform.fits(&host)) {
        tags.push(tag.to_string());
    }
    for tag in tags {
        let options = TagImageOptionsBuilder::default().repo(name.as_str()).tag(&tag).build();
        let tagged = docker.tag_image(&called, Some(options)).await;
        tagged.map_err(|error| failure(&error).context(format!("naming {called} {name}:{tag}")))?;
    }
    Ok(())
}
