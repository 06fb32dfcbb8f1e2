//! Large files: memory stays small.

use std::{fs::File, process::Command};

use super::Bench;
use crate::support::{Ended, output};

/// The file's size in bytes: many times the memory that is allowed.
const SIZE: u64 = 200 << 20;
/// The memory that is allowed, in KiB.
const PEAK: u64 = 64 << 10;

/// Runs castoff, and returns the most memory that it used, in KiB, as the
/// kernel tells when it has ended.
fn peak(bench: &Bench, arguments: &[&str]) -> u64 {
    let castoff = bench.castoff.command(arguments);
    let mut timed = Command::new("time");
    timed.args(["-f", "%M", "-o", "memory"]).arg(castoff.get_program()).args(castoff.get_args());
    timed.current_dir(bench.castoff.path("")).env_clear();
    timed.envs(castoff.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ended::from(output(&mut timed)).expect(0);
    String::from_utf8(bench.read("memory")).unwrap().trim().parse().unwrap()
}

#[test]
fn a_large_file_is_signed_and_checked_in_little_memory() {
    let bench = Bench::new();
    File::create(bench.castoff.path("large")).unwrap().set_len(SIZE).unwrap();
    bench.made(
        "openssl",
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "leaf.key"],
    );
    bench.made(
        "openssl",
        &[
            "req", "-x509", "-key", "leaf.key", "-out", "leaf.pem", "-subj", "/CN=leaf", "-days",
            "9",
        ],
    );
    let sign = ["sign", "large", "--key", "leaf.key", "--certificate", "leaf.pem"];
    let verify = ["verify", "large", "--certificate", "leaf.pem", "--signature"];
    for arguments in [
        sign.to_vec(),
        [&sign[..], &["--attached"]].concat(),
        [&verify[..], &["large.p7s"]].concat(),
        [&verify[..], &["large.p7m"]].concat(),
    ] {
        let most = peak(&bench, &arguments);
        assert!(most > 0 && most < PEAK, "{most} KiB for {arguments:?}");
    }
}
