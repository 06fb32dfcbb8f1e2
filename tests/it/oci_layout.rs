//! Image layouts, as folders and as tars.

use std::fs;

use castoff::{
    archive::Compression,
    model::{Descriptor, Origin, Platform, media_type},
    ports::Maker,
    source::OciLayout,
    store::Store,
};

use crate::support::{
    Lab,
    images::{Image, Layout},
    make, make_nth,
    tars::{Tar, compress, layer},
};

fn maker(lab: &Lab) -> OciLayout {
    OciLayout::new(lab.store.clone())
}

fn from(lab: &Lab) -> Origin {
    Origin::Layout(lab.path("in"))
}

fn add(layout: &mut Layout, platform: &str) -> Descriptor {
    let image = Image::new(platform, &[layer("a", platform)]);
    layout.image(
        &image.with_layers(|layer| compress(layer, Compression::Gzip)),
        media_type::LAYER_GZIP,
    )
}

fn attestation(layout: &mut Layout) -> Descriptor {
    let node = add(layout, "linux/riscv64");
    let unknown = Platform {
        os: "unknown".into(),
        architecture: "unknown".into(),
        variant: None,
        os_version: None,
        os_features: Vec::new(),
        others: castoff::model::Others::default(),
    };
    node.on(unknown)
}

/// Two platforms and an attestation in one index.
fn indexed() -> (Layout, Descriptor) {
    let mut layout = Layout::default();
    let nodes = [
        add(&mut layout, "linux/arm64"),
        add(&mut layout, "linux/amd64"),
        attestation(&mut layout),
    ];
    let index = layout.index(&nodes);
    (layout.top(std::slice::from_ref(&index)), index)
}

async fn check_indexed(lab: &Lab, index: &Descriptor) {
    let surveyed = maker(lab).survey(&from(lab)).await.expect("a survey");
    let platforms: Vec<_> =
        surveyed.platforms.iter().map(|found| found.platform.to_string()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    assert_eq!(surveyed.index.as_ref(), Some(index));
    for place in 0..2 {
        let made = make_nth(&maker(lab), &from(lab), &surveyed, place).await.expect("an image");
        assert!(lab.store.complete(&made.root).expect("a store"));
    }
    // Another process knows what was written only.
    let store = Store::open(&lab.path("store"), 0).expect("a store");
    assert!(store.complete(index).expect("a store"));
}

#[tokio::test]
async fn a_folder_is_used_where_it_lies() {
    let lab = Lab::new();
    let (layout, index) = indexed();
    layout.write(&lab.path("in"));
    check_indexed(&lab, &index).await;
    assert_eq!(fs::read_dir(lab.path("store/blobs/sha256")).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_survey_writes_nothing_and_knows_what_is_prepared() {
    let lab = Lab::new();
    let (layout, _) = indexed();
    layout.write(&lab.path("in"));
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    let root = surveyed.platforms[0].prepared.clone().expect("it is prepared");
    assert!(lab.store.complete(&root).expect("a store"));
    assert_eq!(fs::read_dir(lab.path("store/links/sha256")).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_tar_is_taken_in_whatever_its_compression() {
    for how in [Compression::None, Compression::Gzip, Compression::Xz, Compression::Zstd] {
        let lab = Lab::new();
        let (layout, index) = indexed();
        lab.write("in", compress(&layout.tar(), how));
        check_indexed(&lab, &index).await;
        let again = make(&maker(&lab), &from(&lab)).await.expect("an image");
        assert!(again.reused);
    }
}

#[tokio::test]
async fn several_manifests_and_nested_indexes_are_found() {
    let mut layout = Layout::default();
    let amd64 = add(&mut layout, "linux/amd64");
    let nested = add(&mut layout, "linux/arm/v7");
    let nested = layout.index(&[nested]);
    let plain = Descriptor { platform: None, ..add(&mut layout, "linux/386") };
    let lab = Lab::new();
    layout.top(&[amd64, nested, plain]).write(&lab.path("in"));
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    let platforms: Vec<_> =
        surveyed.platforms.iter().map(|found| found.platform.to_string()).collect();
    assert_eq!(platforms, ["linux/386", "linux/amd64", "linux/arm/v7"]);
    assert_eq!(surveyed.index, None);
}

async fn refusal(change: impl FnOnce(Layout, &Lab) -> Option<Layout>) -> String {
    let lab = Lab::new();
    let (layout, _) = indexed();
    if let Some(layout) = change(layout, &lab) {
        layout.write(&lab.path("in"));
    }
    lab.shown(&make(&maker(&lab), &from(&lab)).await.expect_err("refused"))
}

fn without(mut layout: Layout, name: &str) -> Layout {
    layout.files.remove(name);
    layout
}

#[tokio::test]
async fn layouts_that_are_none_are_refused() {
    let shown = [
        refusal(|layout, _| Some(without(layout, "oci-layout"))).await,
        refusal(|layout, _| Some(without(layout, "index.json"))).await,
        refusal(|mut layout, _| {
            layout.files.insert("oci-layout".into(), b"{\"imageLayoutVersion\":\"2\"}".to_vec());
            Some(layout)
        })
        .await,
        refusal(|layout, _| Some(layout.top(&[]))).await,
        refusal(|mut layout, _| {
            layout.files.insert("index.json".into(), b"{\"manifests\":[],\"layers\":[]}".to_vec());
            Some(layout)
        })
        .await,
    ];
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in: it has no `oci-layout`, so it is not an image layout
    hint: use the folder or tar that contains `oci-layout` and `index.json`

    …/in: it has no `index.json`, so it is not an image layout
    hint: use the folder or tar that contains `oci-layout` and `index.json`

    …/in: its layout version is `2`; castoff reads 1.0.0
    hint: write the layout again with a tool that writes 1.0.0

    …/in: it contains no image
    hint: use a layout with at least one image

    …/in: `index.json`: it has both `layers` and `manifests`, so it is ambiguous
    hint: write the layout again with another tool
    ");
}

#[tokio::test]
async fn images_that_contradict_their_index_are_refused() {
    let spoofed = refusal(|mut layout, _| {
        let node = add(&mut layout, "linux/amd64").on("linux/arm64".parse().expect("a platform"));
        Some(layout.top(&[node]))
    });
    let two = refusal(|mut layout, _| {
        let other = Image::new("linux/amd64", &[layer("b", "other")]);
        let nodes = [add(&mut layout, "linux/amd64"), layout.image(&other, media_type::LAYER)];
        Some(layout.top(&nodes))
    });
    let fewer = refusal(|mut layout, _| {
        let image = Image::new("linux/amd64", &[layer("b", "other")]);
        let node = layout.image(&Image { diff_ids: Vec::new(), ..image }, media_type::LAYER);
        Some(layout.top(&[node]))
    });
    insta::assert_snapshot!([spoofed.await, two.await, fewer.await].join("\n\n"), @r"
    …/in: sha256:340b1100df76bd15cebab77be380061df9a1df87e6b4a54769e910652f13ddbc: it is named linux/arm64, but its image is for linux/amd64
    hint: rename it for linux/amd64, or build the image for linux/arm64

    …/in: sha256:d1d593e9c93e0febfa434e2c9d457bc325cb57f1b6e501090aedc67b02de5e34: there are two images for linux/amd64
    hint: use a layout with one image for each platform

    …/in: sha256:506483f1018989e51d898163679eade1d8b5e50fc12c6adb951477688d9df4e5: its configuration lists 0 layers, but its manifest lists 1
    hint: build the image again; its parts do not belong together
    ");
}

#[tokio::test]
async fn deep_and_large_indexes_are_refused() {
    let deep = refusal(|mut layout, _| {
        let mut node = add(&mut layout, "linux/amd64");
        for _ in 0..10 {
            node = layout.index(&[node]);
        }
        Some(layout.top(&[node]))
    });
    let many = refusal(|mut layout, _| {
        let nodes: Vec<_> = (0..1001)
            .map(|number: u32| Descriptor::of(media_type::OCTET_STREAM, &number.to_le_bytes()))
            .collect();
        let index = layout.index(&nodes);
        Some(layout.top(&[index]))
    });
    assert!(deep.await.contains("it is nested in more than 8 indexes"));
    assert!(many.await.contains("it has more than 1000 manifests"));
}

#[tokio::test]
async fn blobs_that_are_links_or_wrong_or_missing_are_refused() {
    let mut layout = Layout::default();
    let node = add(&mut layout, "linux/amd64");
    let layout = layout.top(std::slice::from_ref(&node));
    let blob = format!("blobs/sha256/{}", node.digest.hex());
    let mut shown = Vec::new();
    for change in ["link", "damage", "remove"] {
        let lab = Lab::new();
        layout.write(&lab.path("in"));
        let path = lab.path("in").join(&blob);
        match change {
            "link" => {
                fs::rename(&path, lab.path("elsewhere")).expect("moved");
                lab.link(lab.path("elsewhere"), &format!("in/{blob}"));
            }
            "damage" => fs::write(&path, vec![b' '; fs::read(&path).expect("a blob").len()])
                .expect("damaged"),
            _ => fs::remove_file(&path).expect("removed"),
        }
        let failure = make(&maker(&lab), &from(&lab)).await.expect_err("refused");
        shown.push(lab.shown(&failure).replace(node.digest.hex(), "HEX"));
    }
    let lab = Lab::new();
    let mut tar = Tar::default();
    for (name, raw) in &layout.files {
        tar = if *name == blob { tar.file(name, "{}") } else { tar.file(name, raw) };
    }
    lab.write("in", tar.finish());
    let failure = make(&maker(&lab), &from(&lab)).await.expect_err("refused");
    shown.push(lab.shown(&failure).replace(node.digest.hex(), "HEX"));
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in: sha256:HEX: …/in/blobs/sha256/HEX: it is a link; it must be a file
    hint: copy the layout with links followed, such as with `cp -RL`

    …/in: sha256:HEX: …/in/blobs/sha256/HEX: the content at sha256:HEX does not match its digest
    hint: build or download it again

    …/in: the image for linux/amd64 is incomplete: sha256:HEX is missing
    hint: fetch linux/amd64 and save it again

    …/in: sha256:HEX: the content at sha256:HEX does not match its digest
    hint: build or download it again
    ");
}
