//! The program: reads the command line, does it, and tells how it went.

use std::{io, io::Write, process::ExitCode};

use castoff::{app, cli::Cli, error::Exit, streams};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::of_program() {
        Ok(cli) => cli,
        Err(told) => return tell(&told),
    };
    let colors = cli.colors();
    // It is large, and lies nowhere better than on the heap.
    match Box::pin(app::run(cli)).await {
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
        "hint: what was asked is done; castoff runs tells of what was published"
    );
    Exit::Internal
}
