//! `build.yml`, a package's metadata.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

use super::{
    image_config::IMAGE_CONFIG,
    shape::{Field, LeftOut, Shape},
};
use crate::model::{Compat, Failure, FailureKind, Side, escape, nearest};

/// Every key that either generation knows.
const KEYS: Shape = Shape::Struct(&[
    known("image", Shape::Known),
    known("org", Shape::Known),
    known("arches", Shape::Known),
    known("extra-sources", Shape::Known),
    known("gitrepo", Shape::Known),
    known("network", Shape::Known),
    known("disable-content-trust", Shape::Known),
    known("disable-cache", Shape::Known),
    known("config", IMAGE_CONFIG),
    known("depends", Shape::Struct(&[known("docker-images", DOCKER_IMAGES)])),
    known("tag", Shape::Known),
    known("dockerfile", Shape::Known),
    known("buildArgs", Shape::Known),
]);

const DOCKER_IMAGES: Shape = Shape::Struct(&[
    known("from-file", Shape::Known),
    known("list", Shape::Known),
    known("target", Shape::Known),
    known("target-dir", Shape::Known),
]);

const fn known(name: &'static str, shape: Shape) -> Field {
    Field { yaml: name, json: name, shape, left_out: LeftOut::Unset }
}

/// The metadata as it stands there; what is not set is none.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct BuildYml {
    pub(super) image: Option<String>,
    pub(super) org: Option<String>,
    /// An empty list is not the same as none: nothing is built then.
    #[serde(default, deserialize_with = "blank_is_empty")]
    pub(super) arches: Option<Vec<Spanned<String>>>,
    pub(super) extra_sources: Option<Vec<String>>,
    #[serde(default, deserialize_with = "blank_is_empty")]
    pub(super) gitrepo: Option<String>,
    pub(super) network: Option<bool>,
    pub(super) disable_content_trust: Option<bool>,
    pub(super) disable_cache: Option<bool>,
    pub(super) config: Option<ConfigLabel>,
    pub(super) depends: Option<Depends>,
    pub(super) tag: Option<String>,
    pub(super) dockerfile: Option<String>,
    #[serde(rename = "buildArgs")]
    pub(super) build_args: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Depends {
    pub(super) docker_images: Option<DockerImages>,
}

/// `depends.docker-images`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct DockerImages {
    pub(super) from_file: Option<String>,
    pub(super) list: Option<Vec<String>>,
    pub(super) target: Option<String>,
    pub(super) target_dir: Option<String>,
}

/// `config`, as the label has it.
#[derive(Debug)]
pub(super) struct ConfigLabel(pub(super) String);

impl<'de> Deserialize<'de> for ConfigLabel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let label = IMAGE_CONFIG.deserialize(from)?;
        Ok(Self(label.unwrap_or_else(|| "{}".to_owned())))
    }
}

/// A key without a value is there, and holds nothing.
fn blank_is_empty<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Some(Option::<T>::deserialize(from)?.unwrap_or_default()))
}

/// Reads the metadata. Also returns what is worth knowing of it: keys that
/// are not known, where the generation lets them pass.
pub(super) fn parse(
    text: &str,
    name: &str,
    compat: Compat,
) -> Result<(BuildYml, Vec<String>), Failure> {
    let failed = |error: &serde_saphyr::Error| failure(name, error);
    let unknown = unknown_keys(text).map_err(|error| failed(&error))?;
    let unknown: Vec<String> = unknown.into_iter().map(|key| key.told(name)).collect();
    if compat == Compat::Year2026 && !unknown.is_empty() {
        let (first, rest) = (unknown[0].clone(), &unknown[1..]);
        let failure = Failure::new(FailureKind::Invalid, Side::Source, first);
        return Err(rest.iter().fold(failure, Failure::because));
    }
    let yml = serde_saphyr::from_str_with_options::<Option<BuildYml>>(text, options());
    Ok((yml.map_err(|error| failed(&error))?.unwrap_or_default(), unknown))
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false }
}

/// An error of the YAML reader, with its place.
fn failure(name: &str, error: &serde_saphyr::Error) -> Failure {
    let place = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
    let what = format!("{name}{place}: {}", error.without_snippet());
    Failure::new(FailureKind::Invalid, Side::Source, what)
}

/// An unknown key.
struct Unknown {
    line: u64,
    path: String,
    near: Option<&'static str>,
}

impl Unknown {
    fn told(&self, name: &str) -> String {
        let near = self.near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("{name}:{}: unknown key `{}`{near}", self.line, escape(&self.path))
    }
}

fn unknown_keys(text: &str) -> Result<Vec<Unknown>, serde_saphyr::Error> {
    let tree: Option<Tree> = serde_saphyr::from_str_with_options(text, options())?;
    let mut unknown = Vec::new();
    if let Some(tree) = tree {
        tree.check(KEYS, "", &mut unknown);
    }
    Ok(unknown)
}

/// What keys there are, and where.
enum Tree {
    Map(Vec<(Spanned<String>, Self)>),
    List(Vec<Self>),
    Leaf,
}

impl Tree {
    fn check(&self, shape: Shape, path: &str, unknown: &mut Vec<Unknown>) {
        match (self, shape) {
            (Self::Map(entries), Shape::Struct(fields)) => {
                for (key, below) in entries {
                    let path = join(path, &key.value);
                    match fields.iter().find(|field| field.is(&key.value)) {
                        Some(field) => below.check(field.shape, &path, unknown),
                        None => unknown.push(Unknown {
                            line: key.referenced.line(),
                            path,
                            near: nearest(&key.value, fields.iter().map(|field| field.yaml)),
                        }),
                    }
                }
            }
            (Self::Map(entries), Shape::Map(of)) => {
                for (key, below) in entries {
                    below.check(*of, &join(path, &key.value), unknown);
                }
            }
            (Self::List(items), Shape::List(of)) => {
                for item in items {
                    item.check(*of, path, unknown);
                }
            }
            _ => {}
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = from.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Tree, D::Error> {
        Tree::deserialize(from)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
}
