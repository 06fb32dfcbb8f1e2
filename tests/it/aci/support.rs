//! Images, stores and folders to test with.

use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use castoff::{
    aci::{
        AciForm, Build, Built, ExtractFolder, Extracted, Halt, How, ImageKey, ImageStore, Import,
        Imported, Inode, InodeKind, TarWriter, Time, TreePath, extract, start_build,
    },
    archive::Caps,
    model::Failure,
};
use jiff::Timestamp;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A store, and a folder beside it.
pub(crate) struct Lab {
    pub(crate) folder: TempDir,
    pub(crate) store: ImageStore,
    imports: std::cell::Cell<i64>,
}

/// An image that is about to be made.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) manifest: Value,
    entries: Vec<(TreePath, Inode, Vec<u8>)>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::new(&folder.path().join("store"));
        Self { folder, store, imports: 0.into() }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn import(&self, archive: &[u8]) -> Result<Imported, Failure> {
        self.import_as(archive, AciForm::Aci, false)
    }

    /// Takes an image in, each a second after the one before.
    pub(crate) fn import_as(
        &self,
        archive: &[u8],
        form: AciForm,
        latest: bool,
    ) -> Result<Imported, Failure> {
        self.imports.set(self.imports.get() + 1);
        let now = Timestamp::from_second(1_700_000_000 + self.imports.get()).unwrap();
        let how = Import { form, caps: Caps::default(), latest, now };
        self.store.import(Cursor::new(archive), "image.aci", how)
    }

    /// Takes an image in that does not say that there is a rootfs, too.
    pub(crate) fn image(&self, image: &Image) -> ImageKey {
        self.import_as(&image.tar(), AciForm::RootlessAci, false).unwrap().key
    }

    pub(crate) fn build(&self, folder: &Path) -> Result<(Vec<u8>, Built, Build), Failure> {
        let image = Build::of(&self.store, folder, &Halt::default())?;
        let mut tar = Vec::new();
        let failed = |error| Failure::from_io(castoff::model::Side::Source, "tree", &error);
        let built = image.write(&mut tar).map_err(failed)?;
        Ok((tar, built, image))
    }

    pub(crate) fn extract(&self, key: &ImageKey, to: &str) -> Result<Extracted, Failure> {
        extract(&self.store, key, &self.how(to))
    }

    pub(crate) fn start_build(&self, key: &ImageKey, to: &str) -> Result<Extracted, Failure> {
        start_build(&self.store, key, &self.how(to))
    }

    fn how(&self, to: &str) -> How {
        How { to: ExtractFolder::At(self.path(to)), exact: false, halt: Halt::default() }
    }

    /// A folder with a manifest, to be filled.
    pub(crate) fn begin(&self, name: &str, manifest: &Value) -> PathBuf {
        let folder = self.path(name);
        fs::create_dir_all(folder.join("rootfs")).unwrap();
        fs::write(folder.join("manifest"), manifest.to_string()).unwrap();
        folder
    }

    /// The failure as people see it, without where the folder lies.
    pub(crate) fn shown(&self, failure: &Failure) -> String {
        let hint = castoff::error::advice(failure).unwrap_or_else(|| "none".to_owned());
        format!("{failure}\nhint: {hint}").replace(&self.folder.path().display().to_string(), "…")
    }

    /// What lies in the folder besides the store, which must be all that was
    /// asked for.
    pub(crate) fn left(&self) -> Vec<String> {
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).into_iter().flatten();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
        };
        let mut left: Vec<String> =
            names(self.folder.path()).filter(|name| name != "store").collect();
        left.extend(names(&self.path("store/tmp")).map(|name| format!("store/tmp/{name}")));
        left.sort();
        left
    }
}

impl Image {
    pub(crate) fn new(name: &str) -> Self {
        Self { manifest: manifest(name), entries: Vec::new() }
    }

    pub(crate) fn version(mut self, version: &str) -> Self {
        self.manifest["labels"] = json!([{ "name": "version", "value": version }]);
        self
    }

    pub(crate) fn on(mut self, key: &ImageKey, name: &str) -> Self {
        let dependency = json!({ "app": name, "imageID": key.as_str() });
        let list = self.manifest.as_object_mut().unwrap().entry("dependencies");
        list.or_insert(json!([])).as_array_mut().unwrap().push(dependency);
        self
    }

    pub(crate) fn pwl(mut self, paths: &[&str]) -> Self {
        self.manifest["pathWhitelist"] = json!(paths);
        self
    }

    pub(crate) fn file(self, path: &str, size: usize) -> Self {
        self.content(path, &"x".repeat(size))
    }

    pub(crate) fn content(self, path: &str, content: &str) -> Self {
        let kind = InodeKind::File(content.len() as u64);
        self.inode(path, inode(kind, 0o644), content)
    }

    pub(crate) fn folder(self, path: &str, mode: u32) -> Self {
        self.inode(path, inode(InodeKind::Folder, mode), "")
    }

    pub(crate) fn symlink(self, path: &str, target: &str) -> Self {
        self.inode(path, inode(InodeKind::Symlink(target.into()), 0o777), "")
    }

    pub(crate) fn inode(mut self, path: &str, inode: Inode, content: &str) -> Self {
        let path = TreePath::parse(path.as_bytes()).unwrap();
        self.entries.push((path, inode, content.into()));
        self
    }

    /// The plain tar.
    pub(crate) fn tar(&self) -> Vec<u8> {
        let mut tar = TarWriter::of_aci(Vec::new());
        tar.manifest(self.manifest.to_string().as_bytes()).unwrap();
        for (path, inode, content) in &self.entries {
            tar.inode(path, inode, &mut &**content).unwrap();
        }
        tar.finish().unwrap()
    }
}

pub(crate) fn manifest(name: &str) -> Value {
    json!({ "acKind": "ImageManifest", "acVersion": "0.5.1", "name": name })
}

pub(crate) fn inode(kind: InodeKind, mode: u32) -> Inode {
    Inode { kind, mode, uid: 0, gid: 0, mtime: Time::default(), xattrs: BTreeMap::new() }
}

/// Sets the time of what lies at `path`.
pub(crate) fn date(path: &Path, seconds: i64, nanos: u32) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos.into() };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// All of a tree that can be seen, without castoff's own eyes: a line for each
/// path, with the paths that are linked with it.
pub(crate) fn listing(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut linked: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let content = if metadata.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            String::new()
        } else if metadata.is_symlink() {
            fs::read_link(&path).unwrap().display().to_string()
        } else if metadata.is_file() {
            format!("{:?}", fs::read(&path).unwrap())
        } else {
            format!("device {}", metadata.rdev())
        };
        if !metadata.is_dir() {
            linked.entry(metadata.ino()).or_default().push(name.clone());
        }
        let xattrs = attributes(&path);
        let line = format!(
            "{:o} {}:{} {}.{:09} {content} {xattrs:?}",
            metadata.mode(),
            metadata.uid(),
            metadata.gid(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        );
        found.insert(name, line);
    }
    for mut names in linked.into_values() {
        names.sort();
        for name in &names {
            let linked = format!(" {names:?}");
            found.entry(name.clone()).or_default().push_str(&linked);
        }
    }
    found
}

fn attributes(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names = vec![0; 4096];
    let count = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or_default();
    let names = names[..count].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let value = |name: &[u8]| {
        let mut value = vec![0; 4096];
        let count = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap();
        value.truncate(count);
        value
    };
    names.map(|name| (String::from_utf8_lossy(name).into_owned(), value(name))).collect()
}
