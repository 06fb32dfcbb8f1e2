//! Steps on the way to a platform's content.

use castoff::{
    plan::{Plan, plan},
    run::{Bytes, EventKind, Outcome, Run},
    tui::Msg,
};

use super::{at, forbidden, views::looks};
use crate::veea::plan::of_directory;

#[test]
fn each_step_has_a_column_of_its_own() {
    looks("run_steps", |console| {
        let plan = plan(&of_directory(), false).unwrap();
        let run = Run::new("20261121-101502-ab12".into(), plan.clone());
        console.tell(Msg::Began { run: Box::new(run), events: Vec::new() });
        for event in super::of_plan(&plan, happened(&plan)) {
            console.tell(Msg::Happened(Box::new(event), None));
        }
        console.tell(Msg::Tick(at(30)));
        console.press("down right right");
    });
}

/// One platform was signed, and the other is being built.
fn happened(plan: &Plan) -> Vec<EventKind> {
    let job = |name: &str| {
        let found = plan.jobs().iter().find(|job| job.work.to_string() == name);
        found.unwrap_or_else(|| panic!("no job is called {name}")).id
    };
    let started = |name: &str| EventKind::AttemptStarted { job: job(name), attempt: 1 };
    let done = |name: &str, reused| {
        let outcome = Outcome::Done { made: [].into(), reused, bytes: Bytes::default() };
        EventKind::JobFinished { job: job(name), outcome }
    };
    let mut kinds = Vec::new();
    for (name, reused) in [
        ("preflight hub", false),
        ("preflight shelf", false),
        ("generate vh_dbus linux/arm/v7", false),
        ("generate vh_dbus linux/arm64", true),
        ("compile vh_dbus linux/arm/v7", false),
        ("save vh_dbus linux/arm/v7", false),
    ] {
        kinds.extend([started(name), done(name, reused)]);
    }
    kinds.extend([started("compile vh_dbus linux/arm64"), started("sign vh_dbus linux/arm/v7")]);
    let outcome = Outcome::Failed { failure: forbidden() };
    kinds.push(EventKind::JobFinished { job: job("sign vh_dbus linux/arm/v7"), outcome });
    kinds
}
