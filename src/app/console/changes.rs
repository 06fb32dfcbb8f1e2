//! What the Browse screen asks before copies and removals.

use std::sync::Arc;

use super::shared::Shared;
use crate::{
    app::ops::changes::{
        PlacedTag,
        copy::{self, Carried},
        remove,
    },
    error::Error,
    model::{SinkName, SinkSpec, TagName},
    plan::Plan,
    tui::{
        Msg,
        model::{Carry, Proposal, TagAt},
    },
};

/// Tells what copies of tags would do.
pub(super) fn outlook(shared: &Shared, asked: u64, what: Vec<Carry>, to: SinkName) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let outlook = async {
            let plan = copying(&shared, what, &to).await?;
            copy::proposed(&shared.services, plan).await
        };
        let outlook = outlook.await.map(proposal).map_err(|error: Error| error.failures);
        shared.tell(Msg::Foreseen { asked, outlook });
    });
}

async fn copying(shared: &Shared, what: Vec<Carry>, to: &SinkName) -> Result<Plan, Error> {
    let carried = |Carry { tag, name }| Ok(Carried { placed: placed(shared, tag)?, name });
    let what = what.into_iter().map(carried).collect::<Result<Vec<_>, Error>>()?;
    copy::copying(&shared.services, &shared.services.known, &what, &spec(shared, to)?).await
}

/// Tells what the removal of tags entails.
pub(super) fn consequences(shared: &Shared, asked: u64, what: Vec<TagAt>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let entails = async {
            let what = what.into_iter().map(|tag| placed(&shared, tag));
            let what = what.collect::<Result<Vec<PlacedTag>, Error>>()?;
            remove::proposed(&shared.services, &what).await
        };
        let entails = entails.await.map(proposal).map_err(|error| error.failures);
        shared.tell(Msg::Entailed { asked, entails });
    });
}

/// What is shown, with the plan that is carried out once it is agreed to.
pub(super) fn proposal<T>((shown, plan): (T, Plan)) -> Proposal<T> {
    Proposal { shown, plan: Arc::new(plan) }
}

fn placed(shared: &Shared, TagAt { sink, name }: TagAt) -> Result<PlacedTag, Error> {
    let TagName { kind, repository, tag } = name;
    Ok(PlacedTag { spec: spec(shared, &sink)?, kind, repository, tag })
}

fn spec(shared: &Shared, name: &SinkName) -> Result<SinkSpec, Error> {
    let unknown = || Error::usage(format!("there is no sink named `{name}`"));
    Ok(shared.config.sink(name).ok_or_else(unknown)?.spec.clone())
}
