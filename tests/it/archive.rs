//! Compressed streams and tars.

use std::{
    io::{self, Read, Write},
    num::NonZero,
};

use castoff::{
    archive::{Caps, Compression, Decoder, Entry, GzipWriter, Links, TarReader, Workers},
    model::{Digest, Failure},
};
use proptest::prelude::*;
use tar::EntryType;

use crate::support::tars::{Tar, compress};

const ALL: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Bzip2, Compression::Xz, Compression::Zstd];

fn inflate(content: &[u8], caps: Caps) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    Decoder::new(content, "app.tar", caps)
        .and_then(|mut decoder| decoder.read_to_end(&mut out))
        .map_err(|error| shown(&error))?;
    Ok(out)
}

fn shown(error: &io::Error) -> String {
    Failure::find_in(error).expect("a failure").to_string()
}

fn gzip(content: &[u8], threads: usize) -> Vec<u8> {
    let workers = Workers::new(NonZero::new(threads).expect("not 0"));
    let mut writer = GzipWriter::new(Vec::new(), &workers);
    writer.write_all(content).expect("writing to memory");
    writer.finish().expect("writing to memory")
}

/// Bytes that are neither all the same nor all different.
fn sample(size: usize) -> Vec<u8> {
    (0..size as u64).map(|n| (n.wrapping_mul(n) >> 7).to_le_bytes()[0]).collect()
}

fn entries(tar: &[u8]) -> Result<Vec<Entry>, String> {
    let mut reader = TarReader::new(tar, "app.tar");
    std::iter::from_fn(|| reader.next_entry().transpose())
        .collect::<io::Result<_>>()
        .map_err(|error| shown(&error))
}

#[test]
fn every_compression_is_told_by_its_first_bytes() {
    for how in ALL {
        let content = compress(b"content", how);
        assert_eq!(Compression::sniff(&content), how);
        assert_eq!(inflate(&content, Caps::default()).expect("it inflates"), b"content");
    }
}

#[test]
fn the_compressor_writes_the_same_bytes_for_ever() {
    let digest = Digest::of(&gzip(&sample(3 << 20), 2));
    insta::assert_snapshot!(digest, @"sha256:6ed09b496b7b834e23b8d8044ac55e73c198d2781fe1afdd06f93c885ed218b8");
}

#[test]
fn the_compressor_writes_the_same_bytes_on_any_number_of_threads() {
    let content = sample((9 << 20) + 17);
    assert_eq!(gzip(&content, 1), gzip(&content, 4));
}

#[test]
fn an_empty_stream_is_a_gzip_as_well() {
    assert_eq!(inflate(&gzip(b"", 1), Caps::default()).expect("it inflates"), b"");
    assert!(!gzip(b"", 1).is_empty());
}

#[test]
fn a_gzip_of_several_members_is_read_to_its_end() {
    let content = [compress(b"one", Compression::Gzip), compress(b"two", Compression::Gzip)];
    assert_eq!(inflate(&content.concat(), Caps::default()).expect("it inflates"), b"onetwo");
}

#[test]
fn what_follows_compressed_data_is_an_error() {
    for how in &ALL[1..] {
        let mut content = compress(b"content", *how);
        content.extend_from_slice(b"garbage garbage garbage");
        let error = inflate(&content, Caps::default()).expect_err("garbage follows");
        assert!(error.contains("follows"), "{how}: {error}");
    }
}

#[test]
fn compressed_data_that_is_cut_short_is_an_error() {
    for how in &ALL[1..] {
        let content = compress(&sample(5000), *how);
        let error = inflate(&content[..content.len() / 2], Caps::default());
        assert_eq!(
            error.expect_err("half is missing"),
            format!("app.tar: its {how} data is truncated")
        );
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let caps = Caps { inflated: 1 << 30, ratio: 100, floor: 1 << 20 };
    let zeros = vec![0; 4 << 20];
    for how in &ALL[1..] {
        let bomb = compress(&zeros, *how);
        let error = inflate(&bomb, caps).expect_err("it is a bomb");
        assert_eq!(error, "app.tar: it inflates to more than 100 times its size");
        let caps = Caps { inflated: 1 << 20, ..Caps::default() };
        let error = inflate(&bomb, caps).expect_err("it is too large");
        assert_eq!(error, "app.tar: it inflates to more than 1.0 MiB");
    }
}

#[test]
fn a_small_file_of_zeros_is_no_bomb() {
    let caps = Caps { ratio: 10, floor: 1 << 20, ..Caps::default() };
    let zeros = vec![0; 1 << 20];
    assert_eq!(inflate(&compress(&zeros, Compression::Gzip), caps).expect("small"), zeros);
}

#[test]
fn a_frame_that_wants_a_large_window_is_refused() {
    let frame = |window_log: u8| {
        let window = (window_log - 10) << 3;
        [0x28, 0xb5, 0x2f, 0xfd, 0, window, 1, 0, 0]
    };
    assert_eq!(inflate(&frame(27), Caps::default()).expect("an empty frame"), b"");
    let error = inflate(&frame(28), Caps::default()).expect_err("256 MiB");
    assert!(error.starts_with("app.tar: its zstd data is damaged"), "{error}");
}

#[test]
fn names_that_lead_out_of_a_tar_are_refused() {
    let refused = ["../x", "a/../../x", "/etc/passwd", "a\\b"];
    let errors: Vec<_> = refused
        .iter()
        .map(|name| entries(&Tar::default().file(name, "").finish()).expect_err("refused"))
        .collect();
    insta::assert_snapshot!(errors.join("\n"), @r"
    app.tar: its entry `../x` leads outside the archive
    app.tar: its entry `a/../../x` leads outside the archive
    app.tar: its entry `/etc/passwd` has an absolute name
    app.tar: its entry `a\b` has a NUL or a backslash in its name
    ");
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let tar = Tar::default().file("a", "1").file("./a", "2").finish();
    insta::assert_snapshot!(entries(&tar).expect_err("refused"), @"app.tar: it has two entries \
                                                                   named `a`: the last good \
                                                                   entry is `a`");
}

#[test]
fn a_tar_that_is_cut_short_is_refused() {
    let whole = Tar::default().file("a", "1").file("b", sample(2000)).unfinished();
    for end in [whole.len() - 700, 700] {
        let error = entries(&whole[..end]).expect_err("refused");
        assert!(error.contains("the tar is truncated"), "{error}");
    }
    // Some programs write no end mark.
    assert!(entries(&whole).is_ok());
}

#[test]
fn what_follows_a_tar_is_refused() {
    let mut tar = Tar::default().file("a", "1").finish();
    tar.extend_from_slice(&Tar::default().file("b", "2").finish());
    insta::assert_snapshot!(entries(&tar).expect_err("refused"), @"app.tar: other data follows \
                                                                   the end of the tar: the last \
                                                                   good entry is `a`");
}

#[test]
fn a_file_that_is_no_tar_is_refused() {
    insta::assert_snapshot!(entries(&sample(1024)).expect_err("refused"), @"app.tar: it is \
                                                                            neither a tar nor a \
                                                                            known kind of \
                                                                            compressed file");
}

#[test]
fn header_records_are_bounded() {
    let long = |kind, size| {
        let tar = Tar::default().entry(kind, "record", "", &vec![b'a'; size]);
        entries(&tar.file("a", "").finish()).expect_err("refused")
    };
    let errors = [long(EntryType::GNULongName, 70_000), long(EntryType::XHeader, 2 << 20)];
    insta::assert_snapshot!(errors.join("\n"), @r#"
    app.tar: a header record has 70000 bytes, more than 65536
    app.tar: a header record has 2097152 bytes, more than 1048576
    "#);
}

#[test]
fn a_pax_record_names_and_measures_the_entry() {
    let tar = Tar::default().pax("path", "long\nname").file("short", "12345").finish();
    assert_eq!(entries(&tar).expect("a tar")[0].name, "long\nname");
    let inner = Tar::default().file("smuggled", "").unfinished();
    let tar = Tar::default().pax("size", &inner.len().to_string()).entry(
        EntryType::Regular,
        "outer",
        "",
        b"",
    );
    let tar = [tar.unfinished(), inner, vec![0; 1024]].concat();
    let names: Vec<_> = entries(&tar).expect("a tar").into_iter().map(|e| e.name).collect();
    assert_eq!(names, ["outer"]);
}

#[test]
fn links_in_a_circle_are_refused() {
    let mut links = Links::default();
    let tar = Tar::default().symlink("a", "b").symlink("b", "a").symlink("c/d", "../e").finish();
    for entry in entries(&tar).expect("a tar") {
        links.take(&entry).expect("links within");
    }
    assert_eq!(links.resolve("c/d").expect("a link"), "e");
    insta::assert_snapshot!(links.resolve("a").expect_err("a cycle"), @"its link `a` is a cycle, \
                                                                        or follows too many \
                                                                        links");
}

#[test]
fn links_that_lead_out_are_refused() {
    for target in ["../../x", "/etc/passwd"] {
        let tar = Tar::default().symlink("a/b", target).finish();
        let entry = &entries(&tar).expect("a tar")[0];
        let failure = Links::default().take(entry).expect_err("refused");
        assert_eq!(failure.to_string(), "its link `a/b` leads outside the archive");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_compressed_inflates_to_itself(
        content in prop::collection::vec(any::<u8>(), 0..5000),
        repeat in 1_usize..600,
    ) {
        let content = content.repeat(repeat);
        let inflated = inflate(&gzip(&content, 3), Caps::default());
        prop_assert!(inflated.expect("it inflates") == content);
    }

    #[test]
    fn no_bytes_make_the_tar_reader_panic(mut content in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = entries(&content);
        let mut tar = Tar::default().file("a", "1").finish();
        content.truncate(tar.len());
        tar[..content.len()].copy_from_slice(&content);
        let _ = entries(&tar);
    }
}
