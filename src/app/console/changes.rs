//! Copies and removals that the Browse screen asks for.

use super::{performer::Shared, runner::Runner};
use crate::{
    app::{
        release::Task,
        upkeep::{self, Spot},
    },
    error::Error,
    model::{SinkName, SinkSpec, TagName},
    tui::{Msg, model::TagAt},
};

/// Copies tags to a sink.
pub(super) fn copy(shared: &Shared, runner: &mut Runner, what: Vec<TagAt>, to: SinkName) {
    let shared = shared.clone();
    runner.begin("copy", async move {
        let (what, to) = (spots(&shared, what)?, spec(&shared, &to)?);
        let plan = upkeep::copying(&shared.world, &shared.config, &what, &to).await?;
        Task::new(&shared.world, plan).await
    });
}

/// Removes tags.
pub(super) fn remove(shared: &Shared, runner: &mut Runner, what: Vec<TagAt>) {
    let shared = shared.clone();
    runner.begin("delete", async move {
        let what = spots(&shared, what)?;
        Task::new(&shared.world, upkeep::removing(&shared.world, &what).await?).await
    });
}

/// Tells what the removal of tags entails.
pub(super) fn consequences(shared: &Shared, asked: u64, what: Vec<TagAt>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let entails = async {
            let what = spots(&shared, what)?;
            upkeep::consequences(&shared.world, &what).await
        };
        let entails = entails.await.map_err(|error| error.failures);
        shared.tell(Msg::Entailed { asked, entails });
    });
}

fn spots(shared: &Shared, what: Vec<TagAt>) -> Result<Vec<Spot>, Error> {
    let spot = |TagAt { sink, name }: TagAt| {
        let TagName { kind, repository, tag } = name;
        Ok(Spot { spec: spec(shared, &sink)?, kind, repository, tag })
    };
    what.into_iter().map(spot).collect()
}

fn spec(shared: &Shared, name: &SinkName) -> Result<SinkSpec, Error> {
    let unknown = || Error::usage(format!("no sink is named `{name}`"));
    Ok(shared.config.sink(name).ok_or_else(unknown)?.spec.clone())
}
