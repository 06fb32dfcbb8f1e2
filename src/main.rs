//! The program: reads the command line, does it, and tells how it went.

use std::{env, io, io::Write, process::ExitCode, time::Duration};

use castoff::{app, cli::Request, environment::Environment, error::Exit, streams};
use tokio::runtime::Runtime;

/// How long threads may go on with what is not waited for any more.
const LEFT_OVER: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let request = match Request::read(env::args_os().skip(1)) {
        Ok(request) => request,
        Err(told) => return tell(&told),
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            return Exit::Internal.into();
        }
    };
    let exit = runtime.block_on(run(request));
    runtime.shutdown_timeout(LEFT_OVER);
    exit
}

async fn run(request: Request) -> ExitCode {
    let colors = request.colors();
    // It is large, and lies nowhere better than on the heap.
    match Box::pin(app::run(request, Environment::of_process())).await {
        Ok(exit) => streams::lost().map_or(exit, |why| lost(&why)).into(),
        Err(error) => {
            let _ = writeln!(streams::stderr(), "{}", error.shown(colors));
            error.exit.into()
        }
    }
}

/// Prints help, or what is wrong with the command line.
fn tell(told: &clap::Error) -> ExitCode {
    let printed = told.print().and_then(|()| io::stdout().flush());
    match printed {
        Err(error) if !told.use_stderr() && error.kind() != io::ErrorKind::BrokenPipe => {
            lost(&format!("standard output cannot be written: {error}")).into()
        }
        _ => ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(Exit::Usage as u8)),
    }
}

/// What was asked is done, and what was to be told of it is lost.
fn lost(why: &str) -> Exit {
    let _ = writeln!(io::stderr(), "error: {why}");
    let _ = writeln!(
        io::stderr(),
        "hint: only what is printed was lost; castoff runs lists what was published"
    );
    Exit::Internal
}
