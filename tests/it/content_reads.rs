//! How often content is read where it lies at a sink.

use std::{fs, process::Stdio, sync::Arc, time::Duration};

use castoff::{
    model::{Descriptor, media_type::OCTET_STREAM},
    net::Random,
    ports::{JobOutput, SinkRepository as _, Swap},
    sink::{
        layout::LayoutSink,
        objects::{FolderObjects, Objects as _},
    },
};

use crate::support::project::Project;

/// The length of the file, in bytes.
const SIZE: u64 = 20_000_000;

/// How many bytes the program reads of everything.
fn read_by(project: &Project, arguments: &[&str]) -> u64 {
    let mut command = project.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let of = |what: &str| fs::read_to_string(format!("/proc/{}/{what}", child.id())).unwrap();
    // What it counted can be asked for until it is waited for.
    while !of("stat").rsplit(')').next().unwrap().trim_start().starts_with('Z') {
        std::thread::sleep(Duration::from_millis(5));
    }
    let counts = of("io");
    let read = counts.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
    let read = read.parse().unwrap();
    assert!(child.wait().unwrap().success());
    read
}

#[test]
fn an_unchanged_push_reads_a_file_at_its_sink_once() {
    let project = Project::new();
    let content: Vec<u8> = (0..SIZE).map(|at| u8::try_from(at % 251).unwrap()).collect();
    project.write("tree/linux/amd64/big.bin", content);
    let push = ["push", "tree", "dir:out", "-t", "big:1"];
    project.run(&push).expect(0);
    let read = read_by(&project, &push);
    assert!((SIZE..SIZE + SIZE / 4).contains(&read), "{read} bytes were read");
}

#[tokio::test]
async fn a_file_that_changed_where_it_lies_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, objects) =
        (folder.path().join("file"), FolderObjects::new(folder.path().into(), Random::Fixed(0)));
    for content in ["one", "two", "six"] {
        fs::write(&path, content).unwrap();
        let node = Descriptor::of(OCTET_STREAM, content.as_bytes());
        // At once, and when it has rested.
        assert!(objects.holds("file", &node).await.unwrap(), "{content}");
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert!(objects.holds("file", &node).await.unwrap(), "{content}");
    }
}

#[tokio::test]
async fn a_tag_moves_from_what_was_expected_and_from_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let sink =
        LayoutSink::new(folder.path().join("layout"), "app".parse().unwrap(), Random::Fixed(0));
    let (sink, output) = (Arc::new(sink), JobOutput::default());
    let node = |content: &[u8]| Descriptor::of("application/vnd.oci.image.index.v1+json", content);
    let (one, two) = (node(b"one"), node(b"two"));
    let tag: castoff::model::Tag = "1".parse().unwrap();
    let mut moves = Arc::clone(&sink).begin(Vec::new());
    moves.swap(Swap::onto_nothing(&tag, &one), &output).await.unwrap();
    let failure = moves.swap(Swap::onto_nothing(&tag, &two), &output).await.unwrap_err();
    assert_eq!(failure.kind, castoff::model::FailureKind::Conflict);
    assert_eq!(sink.resolve(&tag).await.unwrap().map(|now| now.digest), Some(one.digest));
}
