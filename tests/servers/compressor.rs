//! The compressor on another architecture: its bytes are part of digests, so
//! they must be the same everywhere.

use std::{io::Write, path::PathBuf, process::Command};

use castoff::archive::{GzipWriter, Workers};

use crate::support::{output, run};

/// Compresses standard input as castoff does: each MiB a gzip member of its
/// own. What differs between machines is in the library that it calls.
const PROGRAM: &str = r"
#include <stdio.h>
#include <stdlib.h>
#include <libdeflate.h>

int main(void) {
    size_t block = 1 << 20, bound, length, count;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
    unsigned char *in = malloc(block), *out;
    bound = libdeflate_gzip_compress_bound(compressor, block);
    out = malloc(bound);
    while ((count = fread(in, 1, block, stdin)) > 0) {
        length = libdeflate_gzip_compress(compressor, in, count, out, bound);
        if (length == 0 || fwrite(out, 1, length, stdout) != length) return 1;
    }
    return 0;
}
";

/// The library's sources, as cargo has them.
fn sources() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform"]);
    cargo.arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH));
    let metadata = run(cargo.current_dir(env!("CARGO_MANIFEST_DIR")));
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let library = packages.iter().find(|package| package["name"] == "libdeflate-sys").unwrap();
    PathBuf::from(library["manifest_path"].as_str().unwrap()).with_file_name("libdeflate")
}

/// Text, zeros and noise, the same every time.
fn sample() -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let mut sample = Vec::new();
    while sample.len() < 3 << 20 {
        sample.extend((0..40_000).map(|_| b'a' + noise() % 7));
        sample.resize(sample.len() + 30_000, 0);
        sample.extend((0..10_000).map(|_| noise()));
    }
    sample
}

#[test]
fn the_compressor_makes_the_same_bytes_on_arm64() {
    let folder = tempfile::tempdir().unwrap();
    let (program, input) = (folder.path().join("compress"), folder.path().join("input"));
    std::fs::write(folder.path().join("main.c"), PROGRAM).unwrap();
    std::fs::write(&input, sample()).unwrap();
    let library = sources();
    let mut units: Vec<PathBuf> = Vec::new();
    for below in ["lib", "lib/arm"] {
        let entries =
            std::fs::read_dir(library.join(below)).unwrap().map(|entry| entry.unwrap().path());
        units.extend(
            entries.filter(|path| path.extension().is_some_and(|extension| extension == "c")),
        );
    }
    let mut compiler = Command::new("aarch64-linux-gnu-gcc");
    compiler.args(["-O2", "-static", "-o"]).arg(&program).arg("-I").arg(&library);
    run(compiler.arg(folder.path().join("main.c")).args(units));
    let mut there = Command::new("qemu-aarch64-static");
    let there = output(there.arg(&program).stdin(std::fs::File::open(&input).unwrap()));
    assert!(there.status.success());

    let mut here = GzipWriter::new(Vec::new(), Workers::shared());
    here.write_all(&sample()).unwrap();
    assert!(here.finish().unwrap() == there.stdout);
}
