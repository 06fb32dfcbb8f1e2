//! The program: reads the command line, does it, and tells how it went.

use std::{io::Write, process::ExitCode};

use castoff::{app, cli::Cli};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::of_program();
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
