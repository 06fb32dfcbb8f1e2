//! Publishers that wait for their turn at a folder, and what is found wrong
//! there.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Program, ended, image};

/// How many publish at once.
const MANY: usize = 10;

/// Each of many publishers pushes a tag of its own to `url`, all at once.
fn all_at_once(path: &str, url: &str) {
    let programs: Vec<Program> = (0..MANY)
        .map(|place| {
            let program = Program::new();
            image(&program, &format!("image {place}"));
            program
        })
        .collect();
    let begin = |(place, program): (usize, &Program)| {
        let mut command = program.command(&["push", "-t", &format!("a:{place}"), path, url]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<Child> = programs.iter().enumerate().map(begin).collect();
    for child in running {
        let (status, told) = ended(&child.wait_with_output().unwrap());
        assert_eq!(status, Some(0), "{told}");
    }
}

#[test]
fn ten_publishers_of_ten_tags_into_one_folder_all_have_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    all_at_once("df", &format!("dir:{}", folder.path().display()));
    let list = fs::read_to_string(folder.path().join("df-dist-v1/a/index.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["tags"].as_array().unwrap().len(), MANY);
}

#[test]
fn ten_publishers_of_ten_tags_into_one_layout_all_have_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    all_at_once("docker", &format!("oci:{}", layout.display()));
    let index = fs::read(layout.join("index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), MANY);
}

#[test]
fn ten_publishers_of_ten_tags_into_one_tar_all_have_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("oci:{}", folder.path().join("layout.tar").display());
    all_at_once("docker", &url);
    let program = Program::new();
    for place in 0..MANY {
        let (status, told) = program.run(&["copy", &format!("{url}:a:{place}"), "oci:copy"]);
        assert_eq!(status, Some(0), "{told}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|of| of.unwrap()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// Begins a push that has to wait for this process, and waits until it says so.
fn waiting(
    program: &Program,
    locked: &Path,
) -> (Child, BufReader<std::process::ChildStderr>, File) {
    fs::create_dir_all(locked).unwrap();
    let lock = File::open(locked).unwrap();
    lock.lock().unwrap();
    let mut command = program.command(&["push", "-t", "a:1", "docker", "oci:layout"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let expected = format!("waiting for process {}", std::process::id());
    let mut line = String::new();
    while !line.contains(&expected) {
        line.clear();
        let read = told.read_line(&mut line).unwrap();
        assert!(read > 0, "it never waited for this process: {:?}", child.wait());
    }
    (child, told, lock)
}

#[test]
fn a_publisher_that_waits_tells_for_which_process_and_goes_on_after_it() {
    let program = Program::new();
    image(&program, "content");
    let (child, _told, lock) = waiting(&program, &program.path("layout"));
    drop(lock);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn a_publisher_that_waits_for_a_lock_can_be_stopped() {
    for locked in ["layout", "layout/blobs"] {
        let program = Program::new();
        image(&program, "content");
        let (mut child, mut told, _lock) = waiting(&program, &program.path(locked));
        let begun = Instant::now();
        let pid = Pid::from_child(&child);
        kill_process(pid, Signal::TERM).unwrap();
        let mut rest = String::new();
        while told.read_line(&mut rest).unwrap() > 0 {}
        assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{rest}");
    }
}

/// Flips a bit of the largest blob of a layout.
fn flip(blobs: &Path) -> PathBuf {
    let files = fs::read_dir(blobs).unwrap().map(|entry| entry.unwrap().path());
    let largest = files.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let file = File::options().read(true).write(true).open(&largest).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 20).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 20).unwrap();
    largest
}

#[test]
fn a_flipped_bit_in_a_layout_is_mended_by_the_next_push() {
    let program = Program::new();
    image(&program, "content");
    assert_eq!(program.push("a:1", "docker", "oci:layout").0, Some(0));
    let blob = flip(&program.path("layout/blobs/sha256"));
    let (status, told) = program.push("a:1", "docker", "oci:layout");
    assert_eq!(status, Some(0), "{told}");
    let digest = castoff::model::Digest::of(&fs::read(&blob).unwrap());
    assert_eq!(digest.hex(), blob.file_name().unwrap());
}

#[test]
fn a_flipped_bit_in_the_tar_of_a_layout_is_mended_by_the_next_push() {
    let program = Program::new();
    image(&program, "content");
    assert_eq!(program.push("a:1", "docker", "oci:layout.tar").0, Some(0));
    let whole = fs::read(program.path("layout.tar")).unwrap();
    // gzip's magic begins the only layer.
    let layer = whole.windows(3).position(|of| of == [0x1f, 0x8b, 8]).unwrap();
    let mut wrong = whole.clone();
    wrong[layer + 15] ^= 1;
    fs::write(program.path("layout.tar"), wrong).unwrap();
    let (status, told) = program.push("a:1", "docker", "oci:layout.tar");
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(fs::read(program.path("layout.tar")).unwrap(), whole);
}

#[test]
fn a_file_that_is_wrong_in_a_folder_is_written_again_by_the_next_push() {
    for wrong in ["took", "to"] {
        let program = Program::new();
        assert_eq!(program.push("f:1", "df", "dir:out").0, Some(0));
        let file = program.write("out/df-dist-v1/f/1/linux/amd64/tool", wrong);
        let (status, told) = program.push("f:1", "df", "dir:out");
        assert_eq!(status, Some(0), "{told}");
        assert_eq!(fs::read_to_string(file).unwrap(), "tool");
    }
}

#[test]
fn a_manifest_that_is_wrong_in_a_bucket_is_written_again_by_the_next_push() {
    let bucket = super::fake::Bucket::start(true, |_, _| None);
    let program = Program::new();
    image(&program, "content");
    assert_eq!(program.push("a:1", "docker", &bucket.url()).0, Some(0));
    let is_manifest = |key: &&String| key.contains("manifests/sha256");
    let key = bucket.state().objects.keys().find(is_manifest).cloned().unwrap();
    let right = bucket.text(&key).unwrap();
    let flip = |body: &mut Vec<u8>| body[10] ^= 1;
    flip(&mut bucket.state().objects.get_mut(&key).unwrap().0);
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(bucket.text(&key).unwrap(), right);
}
