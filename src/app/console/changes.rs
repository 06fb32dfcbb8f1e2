//! Copies and removals that the Browse screen asks for.

use super::{performer::Shared, runner::Runner};
use crate::{
    app::{
        release::Task,
        upkeep::{self, Carried, Spot},
    },
    error::Error,
    model::{SinkName, SinkSpec, TagName},
    plan::Plan,
    tui::{
        Msg,
        model::{Carry, TagAt},
    },
};

/// Copies tags to a sink.
pub(super) fn copy(shared: &Shared, runner: &mut Runner, what: Vec<Carry>, to: SinkName) {
    let shared = shared.clone();
    runner.begin("copy", async move {
        let plan = copying(&shared, what, &to).await?;
        Task::new(&shared.world, plan).await
    });
}

/// Tells what copies of tags would do.
pub(super) fn outlook(shared: &Shared, asked: u64, what: Vec<Carry>, to: SinkName) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let outlook = async {
            let plan = copying(&shared, what, &to).await?;
            upkeep::outlook(&shared.world, &plan).await
        };
        let outlook = outlook.await.map_err(|error| error.failures);
        shared.tell(Msg::Foreseen { asked, outlook });
    });
}

async fn copying(shared: &Shared, what: Vec<Carry>, to: &SinkName) -> Result<Plan, Error> {
    let carried = |Carry { tag, name, shown }| {
        let spot = spot(shared, tag)?;
        Ok(Carried { spot, name, shown })
    };
    let what = what.into_iter().map(carried).collect::<Result<Vec<_>, Error>>()?;
    upkeep::copying(&shared.world, &shared.sinks(), &what, &spec(shared, to)?).await
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
    what.into_iter().map(|tag| spot(shared, tag)).collect()
}

fn spot(shared: &Shared, TagAt { sink, name }: TagAt) -> Result<Spot, Error> {
    let TagName { kind, repository, tag } = name;
    Ok(Spot { spec: spec(shared, &sink)?, kind, repository, tag })
}

fn spec(shared: &Shared, name: &SinkName) -> Result<SinkSpec, Error> {
    let unknown = || Error::usage(format!("no sink is named `{name}`"));
    Ok(shared.config.sink(name).ok_or_else(unknown)?.spec.clone())
}
