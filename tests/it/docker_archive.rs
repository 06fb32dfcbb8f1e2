//! Archives of every age and form.

use std::fs;

use castoff::{
    archive::{Caps, Compression},
    model::{Digest, Failure, FailureKind, Origin, Side, media_type},
    ports::{Desk, Maker},
    source::DockerArchive,
};

use crate::support::{
    Lab,
    images::{FORMS, Form, Image, Layout},
    make,
    tars::{Tar, compress, layer},
};

fn image() -> Image {
    let (first, second) = (layer("a", "first"), layer("b", &"second".repeat(1000)));
    Image::new("linux/amd64", &[first.clone(), second, first])
}

fn maker(lab: &Lab) -> DockerArchive {
    DockerArchive::new(lab.store.clone())
}

fn from(lab: &Lab) -> Origin {
    Origin::Archives(lab.path("in"))
}

async fn survey_failure(lab: &Lab) -> String {
    lab.shown(&maker(lab).survey(&from(lab)).await.expect_err("refused"))
}

async fn make_failure(lab: &Lab) -> Failure {
    let failure = make(&maker(lab), &from(lab)).await.expect_err("refused");
    assert_eq!(lab.temporary(), 0);
    failure
}

async fn refusal(name: &str, content: impl AsRef<[u8]>) -> String {
    let lab = Lab::new();
    lab.write(&format!("in/{name}"), content);
    let failure = make_failure(&lab).await;
    assert_eq!(failure.side, Side::Source);
    lab.shown(&failure)
}

#[tokio::test]
async fn all_forms_of_an_image_become_the_same_manifest() {
    let outer = [
        Compression::None,
        Compression::Gzip,
        Compression::Bzip2,
        Compression::Xz,
        Compression::Zstd,
    ];
    let mut digests = Vec::new();
    for form in FORMS {
        for manifest_first in [false, true] {
            for how in outer {
                let lab = Lab::new();
                let archive = compress(&image().save(form, manifest_first), how);
                lab.write("in/linux.amd64.tar.gz", archive);
                let made = make(&maker(&lab), &from(&lab)).await.expect("an image");
                assert!(lab.store.complete(&made.root).expect("a store"));
                let manifest = lab.manifest(&made.root);
                assert_eq!(manifest.config.digest, Digest::of(&image().config()));
                assert_eq!(manifest.layers.len(), 3);
                digests.push(made.root.digest);
            }
        }
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[tokio::test]
async fn layers_that_are_compressed_well_keep_their_bytes() {
    for (how, media_type) in
        [(Compression::Gzip, media_type::LAYER_GZIP), (Compression::Zstd, media_type::LAYER_ZSTD)]
    {
        for form in [Form::Legacy, Form::Docker25] {
            let lab = Lab::new();
            let image = image().with_layers(|layer| compress(layer, how));
            lab.write("in/linux.amd64.tar", image.save(form, false));
            let made = make(&maker(&lab), &from(&lab)).await.expect("an image");
            for (layer, content) in lab.manifest(&made.root).layers.iter().zip(&image.layers) {
                assert_eq!(layer.digest, Digest::of(content));
                assert_eq!(layer.media_type.as_str(), media_type);
            }
        }
    }
}

#[tokio::test]
async fn layers_that_images_cannot_hold_are_compressed_anew() {
    for how in [Compression::Xz, Compression::Bzip2] {
        let lab = Lab::new();
        let image = image().with_layers(|layer| compress(layer, how));
        lab.write("in/linux.amd64.tar", image.save(Form::Docker25, true));
        let made = make(&maker(&lab), &from(&lab)).await.expect("an image");
        assert_eq!(lab.manifest(&made.root).layers[0].media_type.as_str(), media_type::LAYER_GZIP);
    }
}

#[tokio::test]
async fn an_image_is_made_once() {
    let lab = Lab::new();
    lab.write("in/linux.amd64.tar", image().save(Form::Legacy, false));
    let first = make(&maker(&lab), &from(&lab)).await.expect("an image");
    assert!(!first.reused);
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    assert_eq!(surveyed.platforms[0].prepared.as_ref(), Some(&first.root));
    let again = make(&maker(&lab), &from(&lab)).await.expect("an image");
    assert!(again.reused && again.root == first.root);
}

#[tokio::test]
async fn force_makes_an_image_again() {
    let lab = Lab::new();
    lab.write("in/linux.amd64.tar", image().save(Form::Legacy, false));
    let first = make(&maker(&lab), &from(&lab)).await.expect("an image");
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    let desk = Desk::default();
    let again =
        maker(&lab).make(&from(&lab), &surveyed.platforms[0], true, &desk).await.expect("an image");
    assert!(!again.reused && again.root == first.root);
    assert!(desk.output.take().iter().any(|line| line.contains("compressed ")));
}

#[tokio::test]
async fn a_layer_is_compressed_once() {
    for form in FORMS {
        let lab = Lab::new();
        lab.write("in/linux.amd64.tar", image().save(form, false));
        make(&maker(&lab), &from(&lab)).await.expect("an image");
        // The same layers in another file.
        lab.write("in/linux.amd64.tar", image().save(form, true));
        let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
        let desk = Desk::default();
        maker(&lab).make(&from(&lab), &surveyed.platforms[0], false, &desk).await.expect("one");
        let lines = desk.output.take();
        let layers: Vec<_> = lines.iter().filter(|line| !line.starts_with('/')).collect();
        assert!(layers.iter().all(|line| line.ends_with("compressed before")), "{lines:?}");
        let (done, total) = desk.meter.read();
        assert_eq!(done, total);
    }
}

#[tokio::test]
async fn a_layer_that_changed_under_its_name_is_read_again() {
    let lab = Lab::new();
    let image = |content: &str| Image::new("linux/amd64", &[layer("a", content)]);
    lab.write("in/linux.amd64.tar", image("one").save(Form::Legacy, false));
    make(&maker(&lab), &from(&lab)).await.expect("an image");
    lab.write("in/linux.amd64.tar", image("two").save(Form::Legacy, false));
    let made = make(&maker(&lab), &from(&lab)).await.expect("an image");
    assert_eq!(lab.config(&made.root).rootfs.diff_ids, image("two").diff_ids);
    assert!(lab.store.complete(&made.root).expect("a store"));
}

#[tokio::test]
async fn a_name_without_variant_takes_the_one_inside() {
    let lab = Lab::new();
    let image = Image::new("linux/arm/v7", &[layer("a", "x")]);
    lab.write("in/linux.arm.tar", image.save(Form::Podman, false));
    let made = make(&maker(&lab), &from(&lab)).await.expect("an image");
    assert_eq!(made.root.platform.expect("a platform").to_string(), "linux/arm/v7");
}

#[tokio::test]
async fn arm64_is_arm64_v8() {
    let lab = Lab::new();
    let image = Image::new("linux/arm64", &[layer("a", "x")]);
    lab.write("in/linux.arm64.v8.tar", image.save(Form::Podman, false));
    make(&maker(&lab), &from(&lab)).await.expect("an image");
}

#[tokio::test]
async fn platforms_are_in_order_and_links_to_archives_are_followed() {
    let lab = Lab::new();
    for platform in ["linux.arm.v7", "linux.386", "linux.amd64"] {
        let file = lab.write(&format!("nix/{platform}"), image().save(Form::Legacy, false));
        lab.link(file, &format!("in/{platform}.tar.gz"));
    }
    lab.write("in/.hidden", "");
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    let platforms: Vec<_> =
        surveyed.platforms.iter().map(|found| found.platform.to_string()).collect();
    assert_eq!(platforms, ["linux/386", "linux/amd64", "linux/arm/v7"]);
}

#[tokio::test]
async fn bad_names_are_refused() {
    let mut shown = Vec::new();
    for names in [
        &[][..],
        &["linux.tar.gz"],
        &["linux.amd46.tar"],
        &["linx.amd64.tar"],
        &["linux.amd64.zip"],
        &["linux.amd64.tar", "linux.amd64.tar.gz"],
        &["linux.arm64.tar", "linux.arm64.v8.tar"],
        &["linux.arm.v7.x.tar"],
        &["linux.amd64.tar/x"],
    ] {
        let lab = Lab::new();
        fs::create_dir(lab.path("in")).expect("a folder");
        for name in names {
            lab.write(&format!("in/{name}"), "");
        }
        shown.push(survey_failure(&lab).await);
    }
    let lab = Lab::new();
    lab.link("gone", "in/linux.amd64.tar");
    shown.push(survey_failure(&lab).await);
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in: it contains no archive
    hint: the folder must contain only archives, FILE.tar[.gz|.bz2|.xz|.zst], such as linux.amd64.tar.gz

    …/in/linux.tar.gz: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again

    …/in/linux.amd46.tar: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again

    …/in/linx.amd64.tar: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again

    …/in/linux.amd64.zip: its name is not that of an archive
    hint: the folder must contain only archives, FILE.tar[.gz|.bz2|.xz|.zst], such as linux.amd64.tar.gz

    …/in/linux.amd64.tar.gz: it is for linux/amd64, and so is …/in/linux.amd64.tar
    hint: remove one of them

    …/in/linux.arm64.v8.tar: it is for linux/arm64/v8, and so is …/in/linux.arm64.tar
    hint: remove one of them

    …/in/linux.arm.v7.x.tar: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again

    …/in/linux.amd64.tar: it is not a file
    hint: the folder must contain only archives

    …/in/linux.amd64.tar: it is a link to `gone`, which does not exist
    hint: build the target again, or remove the link
    ");
}

#[tokio::test]
async fn an_image_for_another_platform_is_refused() {
    let archive = image().save(Form::Legacy, false);
    let v6 = Image::new("linux/arm/v6", &[layer("a", "x")]).save(Form::Legacy, false);
    let shown = [refusal("linux.arm64.tar", archive).await, refusal("linux.arm.v7.tar", v6).await];
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in/linux.arm64.tar: it is named linux/arm64, but its image is for linux/amd64
    hint: rename it for linux/amd64, or build the image for linux/arm64

    …/in/linux.arm.v7.tar: it is named linux/arm/v7, but its image is for linux/arm/v6
    hint: rename it for linux/arm/v6, or build the image for linux/arm/v7
    ");
}

#[tokio::test]
async fn archives_that_contradict_themselves_are_refused() {
    let save = |image: &Image| image.save(Form::Legacy, false);
    let fewer = Image { diff_ids: image().diff_ids[..2].to_vec(), ..image() };
    let mut other = image();
    other.diff_ids[1] = Digest::of(b"other");
    let two = Tar::default().file("manifest.json", "[{\"Config\":\"c\"},{\"Config\":\"d\"}]");
    let twice = Tar::default().file("manifest.json", "[]").file("manifest.json", "[]");
    let renamed = Tar::default()
        .file(&format!("blobs/sha256/{}", Digest::of(b"x").hex()), layer("a", "y"))
        .finish();
    let name = "linux.amd64.tar";
    let shown = [
        refusal(name, save(&fewer)).await,
        refusal(name, save(&other)).await,
        refusal(name, two.finish()).await,
        refusal(name, twice.finish()).await,
        refusal(name, Tar::default().file("manifest.json", "[{\"Config\":\"c\"}]").finish()).await,
        refusal(name, Tar::default().finish()).await,
        refusal(name, renamed).await,
    ];
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in/linux.amd64.tar: its configuration lists 2 layers, but `manifest.json` lists 3
    hint: build the image again; its parts do not belong together

    …/in/linux.amd64.tar: its layer 1 is sha256:46f3fe24bc3dfa2d89a0b4a69f22ac27442ae6248acccc59fd7cd833284027b9, but its configuration says sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa
    hint: build or download the archive again

    …/in/linux.amd64.tar: its configuration `c` is missing
    hint: build or download the archive again

    …/in/linux.amd64.tar: it has two entries named `manifest.json`: the last good entry is `manifest.json`
    hint: build or download the file again

    …/in/linux.amd64.tar: its configuration `c` is missing
    hint: build or download the archive again

    …/in/linux.amd64.tar: it has neither `manifest.json` nor `index.json`
    hint: write it with `docker save`, `podman save` or `skopeo copy … docker-archive:`

    …/in/linux.amd64.tar: its entry `blobs/sha256/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881` has other content, sha256:1f1669b944d17dbf5dcfe8c6df4caedc2af202c9c26b0394f2d90b427569fd58
    hint: build or download the archive again
    ");
}

#[tokio::test]
async fn damaged_archives_are_refused() {
    let whole = image().save(Form::Legacy, false);
    let gzip = compress(&whole, Compression::Gzip);
    let bad_layer = image().with_layers(|layer| {
        let mut gzip = compress(layer, Compression::Gzip);
        gzip.truncate(gzip.len() - 4);
        gzip
    });
    let name = "linux.amd64.tar.gz";
    let shown = [
        refusal(name, &whole[..3000]).await,
        refusal(name, &gzip[..gzip.len() - 3]).await,
        refusal(name, b"no archive").await,
        refusal(name, bad_layer.save(Form::Legacy, false)).await,
    ];
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in/linux.amd64.tar.gz: the tar is truncated: the last good entry is `layer0/layer.tar`
    hint: build or download the file again

    …/in/linux.amd64.tar.gz: its gzip data is truncated
    hint: build or download the file again

    …/in/linux.amd64.tar.gz: it is neither a tar nor a known kind of compressed file
    hint: build or download the file again

    …/in/linux.amd64.tar.gz: entry `layer0/layer.tar`: its gzip data is truncated
    hint: build or download the file again
    ");
}

#[tokio::test]
async fn documents_are_bounded() {
    let large = Tar::default().file("manifest.json", vec![b' '; 5 << 20]).finish();
    let shown = [refusal("linux.amd64.tar", large).await];
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in/linux.amd64.tar: its entry `manifest.json` is a document larger than 4.0 MiB
    hint: documents of images are much smaller; build it again
    ");
}

#[tokio::test]
async fn a_bomb_in_a_layer_does_not_go_off() {
    let lab = Lab::new();
    let image = Image::new("linux/amd64", &[vec![0; 4 << 20]])
        .with_layers(|layer| compress(layer, Compression::Zstd));
    lab.write("in/linux.amd64.tar", image.save(Form::Legacy, false));
    let caps = Caps { inflated: 1 << 30, ratio: 100, floor: 1 << 20 };
    let maker = DockerArchive::with_caps(lab.store.clone(), caps);
    let failure = make(&maker, &from(&lab)).await.expect_err("a bomb");
    insta::assert_snapshot!(lab.shown(&failure), @r"
    …/in/linux.amd64.tar: entry `layer0/layer.tar`: it inflates to more than 100 times its size
    hint: if the content is right, compress it less
    ");
    assert_eq!(lab.temporary(), 0);
}

#[tokio::test]
async fn a_file_that_changed_since_the_survey_is_refused() {
    let lab = Lab::new();
    lab.write("in/linux.amd64.tar", image().save(Form::Legacy, false));
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    lab.write("in/linux.amd64.tar", "other");
    let made = maker(&lab).make(&from(&lab), &surveyed.platforms[0], false, &Desk::default()).await;
    let failure = made.expect_err("it changed");
    assert_eq!((failure.kind, failure.side), (FailureKind::Changed, Side::Source));
    insta::assert_snapshot!(lab.shown(&failure), @r"
    …/in/linux.amd64.tar: it changed after castoff read it
    hint: wait until it no longer changes, and plan again
    ");
}

#[tokio::test]
async fn a_layout_in_an_archive_keeps_its_manifest() {
    for (layer_type, how) in [
        (media_type::LAYER_GZIP, Compression::Gzip),
        // Plain layers are taken for Docker's first, and read again.
        (media_type::LAYER, Compression::None),
    ] {
        let lab = Lab::new();
        let mut layout = Layout::default();
        let nodes: Vec<_> = ["linux/amd64", "linux/arm64"]
            .map(|platform| Image::new(platform, &[layer("a", platform)]))
            .map(|image| image.with_layers(|layer| compress(layer, how)))
            .iter()
            .map(|image| layout.image(image, layer_type))
            .collect();
        let index = layout.index(&nodes);
        lab.write("in/linux.arm64.tar", layout.top(&[index]).tar());
        let made = make(&maker(&lab), &from(&lab)).await.expect("an image");
        assert_eq!(made.root, nodes[1]);
        assert!(lab.store.complete(&made.root).expect("a store"));
    }
}

#[test]
fn a_make_that_is_dropped_stops_and_leaves_nothing_behind() {
    let lab = Lab::new();
    let image = Image::new("linux/amd64", &[vec![7; 64 << 20]]);
    lab.write("in/linux.amd64.tar", image.save(Form::Legacy, false));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (maker, from, desk) = (maker(&lab), from(&lab), Desk::default());
        let surveyed = maker.survey(&from).await.expect("a survey");
        let made = maker.make(&from, &surveyed.platforms[0], false, &desk);
        let now = std::future::ready(());
        drop(futures_util::future::select(made, now).await);
    });
    // Waits for the threads that still read.
    drop(runtime);
    assert_eq!(lab.temporary(), 0);
    assert_eq!(fs::read_dir(lab.path("store/blobs/sha256")).expect("a folder").count(), 0);
}
