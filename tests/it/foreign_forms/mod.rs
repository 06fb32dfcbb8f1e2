//! What others wrote, in forms that castoff does not write itself.

mod entries;
mod executable;
mod file_names;
mod forms;
mod hands;
mod layouts;
mod names;
mod sha512;

use serde_json::{Value, json};

use crate::support::{
    images::{Image, Layout},
    project::Project,
    tars::layer,
};
use castoff::model::media_type;

/// The name of an entry of a layout.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A project with a layout `mine` of one image.
fn project() -> Project {
    let project = Project::new();
    let mut layout = Layout::default();
    let image = Image::new("linux/amd64", &[layer("hello", "mine")]);
    let mut node = layout.image(&image, media_type::LAYER);
    node.annotations.insert(REF_NAME.to_owned(), "mine:1".to_owned());
    layout.top(&[node]).write(&project.path("mine"));
    project
}

/// What a file of a project says.
fn document(project: &Project, path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(project.path(path)).unwrap()).unwrap()
}

/// An entry as others write them, of content that is described by `node`.
fn odd_entry(node: &Value, name: &str) -> Value {
    let mut entry = node.clone();
    entry["data"] = json!("e30=");
    entry["urls"] = json!(["https://example.org/x"]);
    entry["x-foo"] = json!({ "a": [1, null, true] });
    entry["platform"] = json!({ "os": "linux", "architecture": "amd64", "features": ["q"] });
    entry["annotations"] = json!({ REF_NAME: name, "a": "b" });
    entry
}
