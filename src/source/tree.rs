//! A tree of files, `OS/ARCH[/VARIANT]/…`.
//!
//! Links are followed, to files and to folders, since nix and other builders
//! make trees of links. Names that begin with a dot are left alone above the
//! files of a platform, and are files like others among them.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::invalid;
use crate::{
    model::{
        Failure, Platform, ReleasePlatform, Side, bytes, counted, escape, is_known_arch,
        is_known_os,
    },
    store::FileState,
};

/// The most files of a tree, and the most folders one in another.
const FILE_LIMIT: usize = 100_000;
const DEPTH_LIMIT: usize = 64;

/// A file of one platform.
#[derive(Clone, Debug)]
pub(super) struct TreeFile {
    /// Its path below the platform's folder, with slashes.
    pub(super) name: String,
    /// What it looks like, and where it lies.
    pub(super) state: FileState,
    /// Whether any user may run it.
    pub(super) executable: bool,
}

/// The files of each platform, both in order.
pub(super) type Tree = Vec<(Platform, Vec<TreeFile>)>;

/// Something in a folder, with links followed.
struct TreeItem {
    name: String,
    path: PathBuf,
    metadata: Metadata,
}

struct TreeWalk {
    files: Vec<TreeFile>,
    /// The folders that lead to where the walk is, by device and inode.
    above: Vec<(u64, u64)>,
}

/// Walks the tree at `root`.
pub(super) fn walk(root: &Path) -> Result<Tree, Failure> {
    let mut found: BTreeMap<Platform, Vec<TreeFile>> = BTreeMap::new();
    for os in visible(root)? {
        if !os.metadata.is_dir() || !is_known_os(&os.name) {
            return Err(misplaced(root, &os));
        }
        for arch in visible(&os.path)? {
            // An unknown word is told with the nearest known one.
            let platform = Platform::new(&os.name, &arch.name, None);
            if !arch.metadata.is_dir() {
                return Err(misplaced(root, &arch));
            }
            let platform = platform.map_err(|error| {
                invalid(error)
                    .context(arch.path.display())
                    .hint("rename the folder, or move its files to a platform's folder")
            })?;
            for (platform, files) in platform_files(&arch, &platform)? {
                if let Some(other) = found.keys().find(|other| other.is_same(&platform)) {
                    return Err(invalid(format!("there are two folders for {other}"))
                        .context(arch.path.display())
                        .hint("remove one of them"));
                }
                found.insert(platform, files);
            }
        }
    }
    if found.is_empty() {
        return Err(invalid("it contains no file")
            .context(root.display())
            .hint("put files at OS/ARCH/, such as linux/amd64/hello"));
    }
    Ok(found.into_iter().collect())
}

/// One platform's files again, which must be those that a survey saw.
pub(super) fn find(root: &Path, platform: &ReleasePlatform) -> Result<Vec<TreeFile>, Failure> {
    let mut tree = walk(root)?;
    let place = tree.iter().position(|(found, _)| *found == platform.platform);
    let files = place.map(|place| tree.swap_remove(place).1).unwrap_or_default();
    if files.len() != platform.sources.len() {
        return Err(crate::store::changed(root));
    }
    for (file, seen) in files.iter().zip(&platform.sources) {
        if file.state.path != seen.path {
            return Err(crate::store::changed(&seen.path));
        }
        file.state.expect_seen(seen)?;
    }
    Ok(files)
}

/// What the files look like, as a key.
pub(super) fn states(files: &[TreeFile]) -> Vec<FileState> {
    files.iter().map(|file| file.state.clone()).collect()
}

/// The names and modes, which belong to a key besides the states.
pub(super) fn names(files: &[TreeFile]) -> String {
    let names: Vec<_> = files.iter().map(|file| (&file.name, file.executable)).collect();
    format!("{names:?}")
}

/// What a line of output says of the files.
pub(super) fn summary(files: &[TreeFile]) -> String {
    let total = files.iter().map(|file| file.state.size).sum();
    format!("{}, {}", counted(files.len(), "file"), bytes(total))
}

/// The files below an architecture, and those of each variant.
fn platform_files(arch: &TreeItem, platform: &Platform) -> Result<Tree, Failure> {
    let mut tree = Vec::new();
    let mut plain = TreeWalk::at(&arch.metadata);
    for item in items(&arch.path)? {
        let is_variant = item.metadata.is_dir()
            && platform.variant.is_none()
            && Platform::is_variant(&platform.architecture, &item.name);
        if is_variant {
            let variant = Some(item.name.clone());
            let mut files = TreeWalk::at(&arch.metadata);
            files.folder(&item, "")?;
            let platform = Platform { variant, ..platform.clone() };
            tree.push((platform, files.sorted(&item.path)?));
        } else {
            plain.item(&item, "")?;
        }
    }
    if !plain.files.is_empty() || tree.is_empty() {
        tree.push((platform.clone(), plain.sorted(&arch.path)?));
    }
    Ok(tree)
}

impl TreeWalk {
    fn at(folder: &Metadata) -> Self {
        Self { files: Vec::new(), above: vec![(folder.dev(), folder.ino())] }
    }

    fn item(&mut self, item: &TreeItem, prefix: &str) -> Result<(), Failure> {
        if item.metadata.is_dir() {
            return self.folder(item, &format!("{prefix}{}/", item.name));
        }
        if !item.metadata.is_file() {
            return Err(invalid("it is neither a file nor a folder").context(item.path.display()));
        }
        if self.files.len() >= FILE_LIMIT {
            return Err(invalid(format!("there are more than {FILE_LIMIT} files"))
                .context(item.path.display()));
        }
        self.files.push(TreeFile {
            name: format!("{prefix}{}", item.name),
            state: FileState::of(&item.path)?,
            executable: item.metadata.permissions().mode() & 0o111 != 0,
        });
        Ok(())
    }

    fn folder(&mut self, folder: &TreeItem, prefix: &str) -> Result<(), Failure> {
        let id = (folder.metadata.dev(), folder.metadata.ino());
        if self.above.contains(&id) || self.above.len() > DEPTH_LIMIT {
            return Err(invalid("it leads to a folder that contains it")
                .context(folder.path.display())
                .hint("remove the link"));
        }
        self.above.push(id);
        for item in items(&folder.path)? {
            self.item(&item, prefix)?;
        }
        self.above.pop();
        Ok(())
    }

    fn sorted(mut self, folder: &Path) -> Result<Vec<TreeFile>, Failure> {
        if self.files.is_empty() {
            return Err(invalid("it contains no file")
                .context(folder.display())
                .hint("put the platform's files there, or remove the folder"));
        }
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(self.files)
    }
}

fn visible(folder: &Path) -> Result<Vec<TreeItem>, Failure> {
    let mut items = items(folder)?;
    items.retain(|item| !item.name.starts_with('.'));
    Ok(items)
}

fn items(folder: &Path) -> Result<Vec<TreeItem>, Failure> {
    let failed = |error| Failure::from_io(Side::Source, folder.display(), &error);
    let mut items = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let name = key(&entry.file_name()).map_err(|failure| failure.context(path.display()))?;
        let metadata = fs::metadata(&path).map_err(|error| broken(&path, &error))?;
        items.push(TreeItem { name, path, metadata });
    }
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(items)
}

/// The name, if it can be part of a key at every sink.
fn key(name: &std::ffi::OsStr) -> Result<String, Failure> {
    let refuse = |why| Err(invalid(why).hint("rename the file"));
    let Some(text) = name.to_str() else { return refuse("its name is not UTF-8") };
    if escape(text).to_string() != text {
        return refuse("its name has control characters");
    }
    if text.contains('\\') {
        return refuse("its name has a backslash");
    }
    Ok(text.to_owned())
}

fn broken(path: &Path, error: &io::Error) -> Failure {
    let Ok(target) = fs::read_link(path) else {
        return Failure::from_io(Side::Source, path.display(), error);
    };
    let target = target.display();
    let what = match error.kind() {
        io::ErrorKind::NotFound => format!("it is a link to `{target}`, which does not exist"),
        _ => format!("it is a link to `{target}`, which leads nowhere"),
    };
    invalid(what).context(path.display()).hint("build the target again, or remove the link")
}

/// A file above the architecture, or a folder that is no platform's.
fn misplaced(root: &Path, item: &TreeItem) -> Failure {
    let name = &item.name;
    let below = item.path.strip_prefix(root).unwrap_or(&item.path);
    let os = below.iter().next().and_then(|os| os.to_str()).filter(|os| is_known_os(os));
    if !item.metadata.is_dir() {
        let likely = match os {
            // `linux/amd64` may be the program itself.
            Some(os) if is_known_arch(name) => format!("{os}/{name}/PROGRAM"),
            os => format!("{}/amd64/{name}", os.unwrap_or("linux")),
        };
        return invalid("it is above the folders of architectures")
            .context(item.path.display())
            .hint(format!("move it to a platform, such as {likely}"));
    }
    let failure = match Platform::new(name, "amd64", None) {
        Ok(_) => invalid("it is out of place"),
        Err(_) if Platform::new("linux", name, None).is_ok() => {
            return invalid("it is an architecture, but should be an operating system")
                .context(item.path.display())
                .hint(format!("move it to an operating system, such as linux/{name}"));
        }
        Err(error) => invalid(error),
    };
    failure.context(item.path.display()).hint("put files at OS/ARCH/, such as linux/amd64/hello")
}
