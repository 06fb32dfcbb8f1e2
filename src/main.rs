//! The program: reads the command line, does it, and tells how it went.

use std::{io::Write, process::ExitCode, time::Duration};

use castoff::{app, cli::Cli};
use tokio::runtime::Runtime;

/// How long threads may go on with what is not waited for any more.
const LEFT_OVER: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::of_program();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let exit = runtime.block_on(run(cli));
    runtime.shutdown_timeout(LEFT_OVER);
    exit
}

async fn run(cli: Cli) -> ExitCode {
    let colors = cli.colors();
    // It is large, and lies nowhere better than on the heap.
    match Box::pin(app::run(cli)).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            // Nobody is left to tell that standard error is closed.
            let _ = writeln!(std::io::stderr(), "{}", error.shown(colors));
            error.exit.into()
        }
    }
}
