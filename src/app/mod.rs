//! The composition root: builds everything, and does what was asked.

mod command_line;
mod console;
mod log;
mod ops;
mod verbs;
mod wiring;

use std::sync::Arc;

use self::verbs::output::warn;
use crate::{
    cli::{Request, RequestedAction},
    environment::Environment,
    error::{Error, Exit},
    model::escape,
    net::{self, Hearing, RunMemory},
};

/// Does what was asked, in an environment.
///
/// # Errors
///
/// Fails when nothing was begun; how a run ended is an [`Exit`].
pub async fn run(request: Request, environment: Environment) -> Result<Exit, Error> {
    let is_console = matches!(request.action, RequestedAction::Console(_));
    log::to_file(&request.options, is_console)?;
    // What a run waits for is told by its events, and by nothing on a screen.
    let tell = move |line: String| {
        if !is_console {
            warn(escape(&line));
        }
    };
    let hearing = Hearing { tell: Arc::new(tell), memory: RunMemory::default() };
    Box::pin(net::heard(hearing, command_line::perform(request, environment))).await
}
