//! Archives that are not what they say.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    process::Stdio,
};

use castoff::{archive::Compression, model::Digest};
use insta::assert_snapshot;

use super::{World, image};
use crate::support::{
    images::{Form, Image},
    tars::{Tar, compress, layer},
};

#[test]
fn an_empty_folder_is_refused() {
    assert_snapshot!(World::new().refuse(), @r"
    4
    error: artifact `app`
      1: …/images
      2: it contains no archive
    hint: the folder must contain only archives, FILE.tar[.gz|.bz2|.xz|.zst], such as linux.amd64.tar.gz
    ");
}

#[test]
fn an_archive_of_which_neither_name_nor_content_says_a_platform_is_refused() {
    let world = World::new();
    world.write("images/linux.tar.gz", "");
    assert_snapshot!(world.refuse(), @r"
    4
    error: artifact `app`
      1: …/images/linux.tar.gz
      2: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again
    ");
}

#[test]
fn an_archive_for_another_architecture_is_refused() {
    let world = World::new();
    world.write("images/linux.arm64.tar", image().save(Form::Legacy, true));
    assert_snapshot!(world.refuse(), @r"
    4
    error: prepare app linux/arm64
      1: …/images/linux.arm64.tar
      2: it is named linux/arm64, but its image is for linux/amd64
    hint: rename it for linux/amd64, or build the image for linux/arm64
    ");
}

#[test]
fn a_truncated_archive_is_refused() {
    let whole = image().save(Form::Docker25, true);
    assert_snapshot!(World::with(&whole[..whole.len() / 2]).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: the tar is truncated
      3: the last good entry is `layer1/VERSION`
    hint: build or download the file again
    ");
}

#[test]
fn a_truncated_compressed_archive_is_refused() {
    let whole = compress(&image().save(Form::Legacy, true), Compression::Gzip);
    assert_snapshot!(World::with(&whole[..whole.len() / 2]).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: its gzip data is truncated
    hint: build or download the file again
    ");
}

#[test]
fn an_archive_that_is_none_is_refused() {
    assert_snapshot!(World::with("what is this?".repeat(100)).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again
    ");
}

#[test]
fn a_corrupt_compressed_archive_is_refused() {
    let mut archive = compress(&image().save(Form::Legacy, true), Compression::Gzip);
    let middle = archive.len() / 2;
    archive[middle] ^= 0xff;
    let told = World::with(archive).refuse();
    assert!(told.starts_with("4\n"), "{told}");
    assert!(told.contains("images/linux.amd64.tar"), "{told}");
}

#[test]
fn two_lists_of_images_in_one_archive_are_refused() {
    let whole = image().save(Form::Legacy, true);
    let tar = Tar::default().file("manifest.json", "[]").unfinished();
    assert_snapshot!(World::with([tar, whole].concat()).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: it has two entries named `manifest.json`
      3: the last good entry is `manifest.json`
    hint: build or download the file again
    ");
}

#[test]
fn a_layer_that_is_not_what_the_configuration_says_is_refused() {
    let broken = image().with_layers(|layer| [layer, &[0; 512]].concat());
    assert_snapshot!(World::with(broken.save(Form::Legacy, true)).refuse(), @r"
    6
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: its layer 0 is sha256:ec275336cc015e6a983f7f56da15e7d396d2bfd59a2cdb5a845d54a4449dc8c4, but its configuration says sha256:351911922d55c45399c43f9635671ddbd906152e38ff44b8b9e5b2ec22cc9b7a
    hint: build or download the archive again
    ");
}

#[test]
fn fewer_diff_ids_than_layers_are_refused() {
    let mut image = image();
    image.diff_ids.pop();
    assert_snapshot!(World::with(image.save(Form::Legacy, true)).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: its configuration lists 1 layer, but `manifest.json` lists 2
    hint: build the image again; its parts do not belong together
    ");
}

#[test]
fn a_path_out_of_the_archive_is_refused() {
    let tar = Tar::default().file("../../etc/passwd", "root").unfinished();
    let whole = image().save(Form::Legacy, true);
    assert_snapshot!(World::with([tar, whole].concat()).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: its entry `../../etc/passwd` leads outside the archive
    hint: build or download the file again
    ");
}

#[test]
fn a_link_out_of_the_archive_is_refused() {
    let config = image().config();
    let hex = Digest::of(&config).hex().to_owned();
    let manifest =
        format!("[{{\"Config\":\"{hex}.json\",\"Layers\":[\"a/layer.tar\",\"b/layer.tar\"]}}]");
    let tar = Tar::default()
        .file("manifest.json", manifest)
        .file(&format!("{hex}.json"), &config)
        .symlink("a/layer.tar", "../../../etc/passwd")
        .file("b/layer.tar", layer("world", "two"));
    assert_snapshot!(World::with(tar.finish()).refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: its link `a/layer.tar` leads outside the archive
    ");
}

/// An archive that becomes much larger than it is.
fn bomb() -> Vec<u8> {
    let zeros = Image::new("linux/amd64", &[vec![0; 8 << 20]]);
    compress(&zeros.save(Form::Legacy, true), Compression::Gzip)
}

#[test]
fn an_archive_that_inflates_beyond_the_ratio_is_refused() {
    // What is small when it is inflated may be as dense as it likes.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&huge()).unwrap();
    io::copy(&mut io::repeat(0).take(300 << 20), &mut gzip).unwrap();
    let world = World::with(gzip.finish().unwrap());
    world.configure("inflate_ratio = 50");
    assert_snapshot!(world.refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: it inflates to more than 50 times its size
    hint: if the content is right, compress it less
    ");
}

#[test]
fn an_archive_that_inflates_beyond_the_limit_is_refused() {
    let world = World::with(bomb());
    world.configure("inflate_limit = \"4 MiB\"");
    assert_snapshot!(world.refuse(), @r"
    4
    error: prepare app linux/amd64
      1: …/images/linux.amd64.tar
      2: it inflates to more than 4.0 MiB
    hint: if the content is right, compress it less
    ");
}

#[test]
fn a_source_that_changes_while_it_is_read_is_refused() {
    let world = World::new();
    // A layer of a gigabyte that takes no room.
    let path = world.write("images/linux.amd64.tar", huge());
    let mut archive = File::options().append(true).open(path).unwrap();
    archive.set_len(1 << 30).unwrap();
    let mut command = world.command(env!("CARGO_BIN_EXE_castoff"), &["--batch", "--json"]);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("\"progress\"")), "it is being read");
    archive.write_all(b"more").unwrap();
    let told: Vec<String> = lines.filter(|line| line.contains("\"failed\"")).collect();
    let output = process.wait_with_output().unwrap();
    let ended = world.ended(&output);
    assert!(world.refused(&ended).starts_with('4'), "{told:?}");
    assert!(told[0].contains("images/linux.amd64.tar"), "{told:?}");
    assert!(told[0].contains("it changed after castoff read it"), "{told:?}");
}

/// The beginning of an archive with a layer that does not fit into it.
fn huge() -> Vec<u8> {
    let mut tar = Tar::default().file("a/layer.tar", "").unfinished();
    let mut header = tar::Header::from_byte_slice(&tar).clone();
    header.set_size(2 << 30);
    header.set_cksum();
    tar.copy_from_slice(header.as_bytes());
    tar
}
