//! The users and groups that a namespace has: those of this machine for root,
//! the user's own and the subordinate ones for other users.

use std::{fs, io, path::Path};

use rustix::{
    fs::{CWD, FileType, Mode, mknodat},
    process::{geteuid, getgid, getuid},
};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, net::unix::pipe, process::Child};

use crate::{
    app::verbs::output::warn,
    environment::Environment,
    error::Error,
    model::{Failure, FailureKind, Side},
};

/// What runs first in the new namespace, which has no ids yet: it says so, and
/// goes on when it has. Its arguments are the folder of [`NamespaceGate`] and a command.
pub(super) const WAIT: &str = r#"
echo >"$1/made"
read -r go <"$1/go" && [ "$go" = go ] || exit 125
shift
exec "$@"
"#;

/// Where a command waits until its namespace has users and groups.
pub(super) struct NamespaceGate {
    folder: TempDir,
    made: pipe::Receiver,
    /// Open as long as the command may read from it.
    go: Option<pipe::Sender>,
}

/// A kind of id.
struct Ids {
    /// Such as `uid`.
    name: &'static str,
    own: u32,
    /// The subordinate numbers of each user.
    subordinate: &'static str,
    /// What gives them to a namespace.
    tool: &'static str,
}

impl NamespaceGate {
    pub(super) fn new() -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        for name in ["made", "go"] {
            let (path, mode) = (folder.path().join(name), Mode::RUSR | Mode::WUSR);
            mknodat(CWD, path, FileType::Fifo, mode, 0).map_err(io::Error::from)?;
        }
        let made = both_ways().open_receiver(folder.path().join("made"))?;
        Ok(Self { folder, made, go: None })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the namespace of a command its ids as soon as it is made, and lets
    /// the command go on. One that ends before has said why.
    pub(super) async fn open(
        &mut self,
        running: &mut Child,
        environment: &Environment,
    ) -> Result<(), Error> {
        let Some(process) = running.id() else { return Ok(()) };
        let mut made = [0];
        tokio::select! {
            said = self.made.read_exact(&mut made) => drop(said?),
            _ = running.wait() => return Ok(()),
        }
        for ids in kinds() {
            ids.give(process, environment).await?;
        }
        let go = both_ways().open_sender(self.folder.path().join("go"))?;
        go.writable().await?;
        go.try_write(b"go\n")?;
        self.go = Some(go);
        Ok(())
    }
}

/// So that opening a pipe waits for no other side.
fn both_ways() -> pipe::OpenOptions {
    let mut open = pipe::OpenOptions::new();
    open.read_write(true);
    open
}

fn kinds() -> [Ids; 2] {
    [
        Ids { name: "uid", own: getuid().as_raw(), subordinate: "/etc/subuid", tool: "newuidmap" },
        Ids { name: "gid", own: getgid().as_raw(), subordinate: "/etc/subgid", tool: "newgidmap" },
    ]
}

impl Ids {
    async fn give(&self, process: u32, environment: &Environment) -> Result<(), Failure> {
        if geteuid().is_root() {
            return self.write(process, &self.all()?);
        }
        let Some((first, count)) = self.range() else { return self.give_own(process) };
        let numbers = [process, 0, self.own, 1, 1, first, count].map(|number| number.to_string());
        let given = environment.command(self.tool).args(numbers).output().await;
        match given {
            Ok(output) if output.status.success() => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.give_own(process),
            Err(error) => Err(Failure::from_io(Side::Local, self.tool, &error)),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let why = crate::model::escape(said.trim()).to_string();
                Err(Failure::new(FailureKind::Forbidden, Side::Local, why).context(self.tool))
            }
        }
    }

    /// All ids of this machine, each as itself.
    fn all(&self) -> Result<String, Failure> {
        let path = format!("/proc/self/{}_map", self.name);
        let own = fs::read_to_string(&path)
            .map_err(|error| Failure::from_io(Side::Local, &path, &error))?;
        let same = own.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let (first, count) = (words.next()?, words.nth(1)?);
            Some(format!("{first} {first} {count}\n"))
        });
        Ok(same.collect())
    }

    /// Root is this process's own user there, and there is no other user.
    fn give_own(&self, process: u32) -> Result<(), Failure> {
        let (what, tool, file) = (self.name, self.tool, self.subordinate);
        warn(format_args!(
            "the command has only one {what}: for more, install {tool} (uidmap), and add a range \
             for your user to {file}"
        ));
        if self.name == "gid" {
            let path = format!("/proc/{process}/setgroups");
            fs::write(&path, "deny")
                .map_err(|error| Failure::from_io(Side::Local, path, &error))?;
        }
        self.write(process, &format!("0 {} 1\n", self.own))
    }

    fn write(&self, process: u32, map: &str) -> Result<(), Failure> {
        let path = format!("/proc/{process}/{}_map", self.name);
        fs::write(&path, map).map_err(|error| Failure::from_io(Side::Local, path, &error))
    }

    /// The first range that is this user's.
    fn range(&self) -> Option<(u32, u32)> {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = getuid().as_raw().to_string();
        let is_own = |line: &&str| line.split(':').nth(2) == Some(&user);
        let name = users.lines().find(is_own).and_then(|line| line.split(':').next());
        let ranges = fs::read_to_string(self.subordinate).ok()?;
        let range = |line: &str| {
            let mut words = line.split(':');
            let of = words.next()?;
            let is_ours = of == user || name.is_some_and(|name| name == of);
            let (first, count) = (words.next()?.parse().ok()?, words.next()?.trim().parse().ok()?);
            (is_ours && count > 0).then_some((first, count))
        };
        ranges.lines().find_map(range)
    }
}
