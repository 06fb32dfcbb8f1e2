//! `castoff aci copy` and `castoff aci run`: what is done to a tree between
//! `startbuild` and `build`.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::ExitStatus,
};

use serde_json::json;
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use super::{
    AciContext,
    ids::{NamespaceGate, WAIT},
    stoppable,
};
use crate::{
    aci::TreeCopy,
    cli::{AciCopyArgs, AciRunArgs},
    environment::Environment,
    error::{Error, Exit},
    model::{Failure, FailureKind, Side, escape},
};

/// What is run first in the new namespaces: it makes the tree the root. Its
/// arguments are the tree, the folder to start in, what the command may do, and
/// the command.
const ENTER: &str = r#"
set -e
root=$1 workdir=$2 may=$3
shift 3
mount --rbind "$root" "$root"
hide() {
  for place
  do
    if [ -d "$place" ]
    then mount -t tmpfs -o ro,nosuid,nodev,noexec hidden "$place"
    elif [ -e "$place" ]
    then mount --bind /dev/null "$place"
    fi
  done
}
hide_of() {
  hide "$1/kcore" "$1/keys" "$1/latency_stats" "$1/timer_list" "$1/sched_debug" "$1/scsi"
}
if [ -d "$root/proc" ]
then
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  hide_of "$root/proc"
  for name in sys sysrq-trigger irq bus fs
  do
    place=$root/proc/$name
    [ -e "$place" ] || continue
    mount --rbind "$place" "$place"
    mount -o remount,bind,ro,nosuid,nodev,noexec "$place"
  done
fi
# A process that makes a namespace may mount again what it sees whole, so
# nothing is seen whole, neither here nor in the tree.
hide_of /proc
hide /sys/firmware
if [ -d "$root/dev" ]
then
  mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
  for node in null zero full random urandom tty
  do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for stream in 0:stdin 1:stdout 2:stderr
  do ln -s "/proc/self/fd/${stream%:*}" "$root/dev/${stream#*:}"
  done
fi
if [ -d "$root/sys" ]
then
  mount --rbind /sys "$root/sys"
  while read -r _ _ _ _ place _
  do
    place=$(printf %b "$place")
    case $place in
      "$root/sys" | "$root/sys"/*) mount -o remount,bind,ro,nosuid,nodev,noexec "$place" ;;
    esac
  done </proc/self/mountinfo
fi
if [ -n "$CASTOFF_NETWORK" ]
then
  for file in resolv.conf hosts
  do
    inside=$root/etc/$file
    if [ -h "$inside" ]
    then
      link=$(readlink "$inside")
      case $link in
        /*) inside=$root$link ;;
        *) inside=$(realpath -ms "$root/etc/$link") ;;
      esac
    fi
    case $inside in
      "$root/run"/*)
        # Written only into a file system of its own: links lead elsewhere.
        if [ ! -f "$inside" ] && [ -d "$root/run" ] && [ ! -h "$root/run" ]
        then
          mount -t tmpfs -o mode=755,nosuid,nodev run "$root/run"
          mkdir -p "${inside%/*}"
          : >"$inside"
        fi ;;
    esac
    [ ! -f "$inside" ] || [ ! -f "/etc/$file" ] || mount --bind "/etc/$file" "$inside"
  done
fi
unset CASTOFF_NETWORK
# In the place of the machine's root: a root below that could be left for it.
# The table that it would note the move in is not the user's.
cd "$root"
mount --no-mtab --move . /
exec setpriv --bounding-set "$may" -- unshare --root=. --wd="$workdir" -- "$@"
"#;

/// What a command may do beside what all may: what Docker lets a container do,
/// which is what managers of packages need.
const MAY: &str = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,\
                   +net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";

/// A file of the tree that stands where one of the machine's is put, and goes
/// again: what was there for the network alone does not belong to the image.
struct Placeholder(PathBuf);

impl Placeholder {
    /// Files that names are resolved with, where the tree has none.
    fn of(rootfs: &Path) -> Vec<Self> {
        let etc = rootfs.join("etc");
        let is_folder = etc.symlink_metadata().is_ok_and(|of| of.is_dir());
        let paths = ["resolv.conf", "hosts"].map(|name| etc.join(name)).into_iter();
        let made = paths.filter(|path| is_folder && std::fs::File::create_new(path).is_ok());
        made.map(Self).collect()
    }
}

impl Drop for Placeholder {
    fn drop(&mut self) {
        if self.0.symlink_metadata().is_ok_and(|of| of.is_file() && of.len() == 0) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

impl AciContext {
    pub(super) async fn copy(&self, args: AciCopyArgs) -> Result<Exit, Error> {
        let AciCopyArgs { unpack, chown, mut paths } = args;
        let last = paths.pop().unwrap_or_default();
        let (folder, to) = destination(&last)?;
        let sources: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        let count = sources.len();
        let copied = stoppable(move |halt| {
            let copy = TreeCopy { sources, to, unpack, owner: chown, halt: halt.clone() };
            copy.into_tree(&folder.join("rootfs"))
        });
        let Some(losses) = copied.await? else { return Ok(Exit::Stopped) };
        // Of an ordinary user's, all belongs to root in the image anyway.
        if !losses.is_none() && rustix::process::geteuid().is_root() {
            self.say(format_args!("{losses} could not be set"));
        }
        if self.is_json {
            self.print("", &json!({ "copied": count, "to": last }))?;
        }
        Ok(Exit::Done)
    }

    pub(super) async fn run(&self, args: AciRunArgs) -> Result<Exit, Error> {
        let rootfs = args.folder.join("rootfs");
        let rootfs = rootfs
            .canonicalize()
            .map_err(|error| Failure::from_io(Side::Local, rootfs.display(), &error))?;
        let status = entered(&rootfs, &args, &self.environment).await?;
        if status.success() {
            return Ok(Exit::Done);
        }
        let what = format!("`{}` ended with {status}", escape(&args.command.join(" ")));
        let failure = Failure::new(FailureKind::Build, Side::Local, what);
        Err(Error { exit: Exit::Partial, failures: vec![failure] })
    }
}

/// `DIR:DEST`.
fn destination(text: &str) -> Result<(PathBuf, String), Error> {
    match text.rsplit_once(':') {
        Some((folder, to)) if !folder.is_empty() && to.starts_with('/') => {
            Ok((folder.into(), to.to_owned()))
        }
        _ => Err(Error::usage(format!("`{}` is not a path in a tree", escape(text)))
            .hint("write DIR:/PATH, with the folder that startbuild printed")),
    }
}

/// Runs a command in a tree, as root of a namespace of its own. It sees none
/// of castoff's variables.
async fn entered(
    rootfs: &Path,
    args: &AciRunArgs,
    ours: &Environment,
) -> Result<ExitStatus, Error> {
    let mut gate = NamespaceGate::new()?;
    let _placeholders = if args.network { Placeholder::of(rootfs) } else { Vec::new() };
    let mut command = ours.command("unshare");
    command.args(["--user", "--", "/bin/sh", "-c", WAIT, "sh"]).arg(gate.path());
    command.args(["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork"]);
    command.args(["--kill-child", "--propagation", "private"]);
    if !args.network {
        command.arg("--net");
    }
    command.args(["--", "/bin/sh", "-c", ENTER, "sh"]).arg(rootfs).arg(&args.chdir);
    command.arg(MAY).args(&args.command);
    command.env_clear();
    environment(&mut command, args, ours);
    // Signals of the terminal reach the command by itself.
    let _ignored = [SignalKind::interrupt(), SignalKind::quit()].map(signal);
    let mut running = command.kill_on_drop(true).spawn().map_err(|error| missing(&error))?;
    gate.open(&mut running, ours).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = running.wait() => Ok(ended?),
        _ = terminate.recv() => {
            running.start_kill()?;
            Ok(running.wait().await?)
        }
    }
}

fn environment(command: &mut Command, args: &AciRunArgs, ours: &Environment) {
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("HOME", "/root");
    if let Some(terminal) = ours.raw("TERM") {
        command.env("TERM", terminal);
    }
    for (name, value) in args.env.iter().filter_map(|pair| pair.split_once('=')) {
        command.env(OsStr::new(name), value);
    }
    if args.network {
        command.env("CASTOFF_NETWORK", "1");
    }
}

fn missing(error: &std::io::Error) -> Error {
    let failure = Failure::from_io(Side::Local, "unshare", error);
    failure.hint("install util-linux, which contains unshare, mount and setpriv").into()
}
