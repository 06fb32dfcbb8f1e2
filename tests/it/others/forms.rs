//! Archives and documents in others' forms.

use castoff::model::media_type;
use serde_json::json;

use crate::support::{
    images::{Form, Image, Layout},
    project::Project,
    tars::{Tar, layer},
};

fn image() -> Image {
    Image::new("linux/amd64", &[layer("hello", "one")])
}

#[test]
fn a_tar_may_end_with_its_last_entry_and_not_within_it() {
    let mut layout = Layout::default();
    let node = layout.image(&image(), media_type::LAYER);
    let layout = layout.top(&[node]).tar();
    for (form, whole) in [("docker", image().save(Form::Docker25, true)), ("layout", layout)] {
        let project = Project::new();
        let end = whole.len() - 1024;
        project.write("whole.tar", &whole[..end]);
        project.write("cut.tar", &whole[..end - 512]);
        project.write("short.tar", &whole[..end + 100]);
        project.run(&["push", "whole.tar", "oci:out:a:1"]).expect(0);
        for name in ["cut.tar", "short.tar"] {
            let told = project.run(&["push", name, "oci:out:a:2"]);
            assert!(!matches!(told.status, Some(0) | None), "{form} {name}: {told:?}");
            assert!(told.stderr.contains("truncated"), "{form} {name}: {told:?}");
        }
    }
}

#[test]
fn documents_may_begin_with_a_mark_of_their_encoding() {
    let project = Project::new();
    let image = image();
    let manifest = json!([{ "Config": "c.json", "RepoTags": ["a:b"], "Layers": ["l.tar"] }]);
    let tar = Tar::default().file("c.json", image.config()).file("l.tar", &image.layers[0]);
    let tar = tar.file("manifest.json", format!("\u{feff}{manifest}"));
    project.write("marked.tar", tar.finish());
    project.run(&["push", "marked.tar", "oci:out:a:1"]).expect(0);

    let payload = json!({
        "source": { "git_repo": { "url": "https://git.example.org/hello.git" } },
        "target": { "registry": { "url": "localhost:5000" },
                    "images": [{ "image": "a", "tag": "1" }] },
    });
    for (name, mark) in [("plain.json", ""), ("marked.json", "\u{feff}")] {
        project.write(name, format!("{mark}{payload}"));
    }
    let [plain, marked] = ["plain.json", "marked.json"]
        .map(|name| project.run(&["image", "build", name, "--dry-run"]));
    assert_eq!(plain.status, marked.status, "{plain:?} {marked:?}");
    assert_eq!(plain.stdout, marked.stdout);
    assert!(!marked.stderr.contains("JSON"), "{marked:?}");
}

#[test]
fn a_word_that_differs_in_case_alone_is_the_one_that_was_meant() {
    let project = Project::new();
    let payload = json!({
        "source": { "git_repo": { "url": "https://git.example.org/hello.git" } },
        "target": { "registry": { "url": "localhost:5000" },
                    "images": [{ "image": "a", "tag": "1", "platforms": ["linux/AMD64"] }] },
    });
    project.write("p.json", payload.to_string());
    let told = project.run(&["image", "build", "p.json", "--dry-run"]);
    assert!(!told.stderr.contains("arm64"), "{told:?}");
    let is_taken = told.status == Some(0) || !told.stderr.contains("AMD64");
    assert!(is_taken || told.stderr.contains("`linux/amd64`") || told.stderr.contains("`amd64`"));
}
