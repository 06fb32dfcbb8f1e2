//! Large layers: memory stays small, and a slow sink holds nobody back.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use castoff::model::Hasher;
use tokio::sync::Notify;

use crate::support::{Castoff, DockerRegistry, Fault, FaultProxy, Rule};

/// The layer's size in bytes: many times the memory that is allowed.
const LAYER: u64 = 192 << 20;
/// The memory that is allowed, in KiB. About 30 MiB of it are the code of a
/// program that is not optimised.
const PEAK: u64 = 88 << 10;

/// Writes an archive with one layer that compresses to about its half.
fn write_archive(path: &Path, gzip: bool) {
    let file = File::create(path).unwrap();
    let sink: Box<dyn Write> = if gzip {
        let mut packer =
            Command::new("gzip").arg("-1").stdin(Stdio::piped()).stdout(file).spawn().unwrap();
        Box::new(Piped { input: packer.stdin.take(), packer })
    } else {
        Box::new(file)
    };
    let mut header = tar::Header::new_ustar();
    header.set_path("data").unwrap();
    header.set_size(LAYER);
    header.set_mode(0o644);
    header.set_cksum();
    let mut hasher = Hasher::default();
    let mut layer = header.as_bytes().chain(Noise::default().take(LAYER)).chain(&[0_u8; 1024][..]);
    let mut chunk = vec![0; 1 << 20];
    loop {
        match layer.read(&mut chunk).unwrap() {
            0 => break,
            count => hasher.update(&chunk[..count]),
        }
    }
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": { "type": "layers", "diff_ids": [hasher.finish()] },
    });
    let manifest =
        serde_json::json!([{ "Config": "c.json", "RepoTags": ["a:1"], "Layers": ["x/layer.tar"] }]);
    let mut archive = tar::Builder::new(sink);
    for (name, content) in [("c.json", config.to_string()), ("manifest.json", manifest.to_string())]
    {
        append(&mut archive, name, content.len() as u64, content.as_bytes());
    }
    let layer = header.as_bytes().chain(Noise::default().take(LAYER)).chain(&[0_u8; 1024][..]);
    append(&mut archive, "x/layer.tar", 512 + LAYER + 1024, layer);
    archive.into_inner().unwrap().flush().unwrap();
}

fn append(archive: &mut tar::Builder<Box<dyn Write>>, name: &str, size: u64, content: impl Read) {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    archive.append_data(&mut header, name, content).unwrap();
}

/// A program that packs what it is given, and has ended when this is flushed.
struct Piped {
    input: Option<std::process::ChildStdin>,
    packer: std::process::Child,
}

impl Write for Piped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.input.as_mut().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        drop(self.input.take());
        assert!(self.packer.wait()?.success());
        Ok(())
    }
}

/// Bytes of which every other is noise.
#[derive(Default)]
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for byte in buffer.iter_mut() {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = if self.0 >> 63 == 0 { 0 } else { self.0.to_be_bytes()[2] };
        }
        Ok(buffer.len())
    }
}

/// The most memory that a process has used so far, in KiB.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Publishes to a folder and to a registry that is held until the folder has
/// everything; returns the most memory that was used.
async fn publish_beside_a_slow_sink(gzip: bool) -> u64 {
    let castoff = Castoff::new();
    std::fs::create_dir(castoff.path("in")).unwrap();
    write_archive(
        &castoff.path(if gzip { "in/linux.amd64.tar.gz" } else { "in/linux.amd64.tar" }),
        gzip,
    );
    let registry = DockerRegistry::start();
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    let proxy =
        FaultProxy::start(registry.address(), vec![Rule::on("PATCH", "/v2/", hold).times(1)]).await;
    let url = format!("docker://{}/big", proxy.address());
    let mut command = castoff.command(&["push", "--json", "-t", "big:1", "in", &url, "oci:shelf"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = tokio::task::spawn_blocking(move || {
        let (mut most, mut joined) = (0, false);
        for line in lines {
            let event: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            most = most.max(peak(id).unwrap_or_default());
            // The folder's index is there while the registry still waits.
            let done = event["event"]["type"] == "job_finished" && event["event"]["job"] == 6;
            if done && !joined {
                joined = true;
                go.notify_one();
            }
        }
        most
    });
    came.notified().await;
    let most = reader.await.unwrap();
    assert!(child.wait().unwrap().success());
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_layer_needs_little_memory_and_a_slow_sink_holds_no_other_back() {
    for gzip in [false, true] {
        let most = publish_beside_a_slow_sink(gzip).await;
        assert!(most > 0 && most < PEAK, "{most} KiB with gzip: {gzip}");
    }
}
