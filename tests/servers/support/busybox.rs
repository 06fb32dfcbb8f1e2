//! Real input: Debian's static busybox for four platforms, as a tree of files
//! and as images that a Docker Engine built and saved.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use castoff::model::Digest;

use super::{
    DockerEngine,
    process::{provided, run},
};

/// Debian's word, the folders of a tree, the end of an archive's name, and
/// the word of the release that an archive holds.
pub(crate) const PLATFORMS: [(&str, &str, &str); 4] = [
    ("i386", "linux/386", "linux.386"),
    ("amd64", "linux/amd64", "linux.amd64"),
    ("armhf", "linux/arm/v7", "linux.arm.v7"),
    ("arm64", "linux/arm64", "linux.arm64"),
];

static MAKING: Mutex<()> = Mutex::new(());

/// A folder with `OS/ARCH[/VARIANT]/busybox`.
pub(crate) fn tree() -> PathBuf {
    made("tree", |folder| {
        for (architecture, platform, _) in PLATFORMS {
            let to = folder.join(platform);
            fs::create_dir_all(&to).expect("the folder can be written");
            fs::copy(binary(architecture), to.join("busybox")).expect("a binary");
        }
    })
}

/// A folder with `OS.ARCH[.VARIANT].tar`: images of two layers, busybox and a
/// file `/release` with `text`, as a Docker Engine saved them.
pub(crate) fn archives(text: &str) -> PathBuf {
    made(&format!("archives-{text}"), |folder| {
        let engine = DockerEngine::shared();
        for (architecture, platform, name) in PLATFORMS {
            let image = format!("busybox-{text}:{architecture}");
            build(&engine, architecture, platform, &image, text);
            let archive = folder.join(format!("{name}.tar"));
            run(engine.docker().args(["save", &image, "-o"]).arg(archive));
        }
    })
}

/// Puts busybox for the platforms into a build's context, each in a folder of
/// the architecture's name.
pub(crate) fn context(folder: &Path) {
    for (architecture, platform, _) in PLATFORMS {
        let name = platform.split('/').nth(1).expect("an architecture");
        fs::create_dir_all(folder.join(name)).expect("the folder can be written");
        fs::copy(binary(architecture), folder.join(name).join("busybox")).expect("a binary");
    }
}

fn build(engine: &DockerEngine, architecture: &str, platform: &str, image: &str, text: &str) {
    let context = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| context.path().join(name);
    fs::copy(binary(architecture), at("busybox")).expect("a binary");
    fs::write(at("release"), text).expect("a file");
    for name in ["busybox", "release"] {
        // The same content makes the same layer, whenever that is.
        let file = fs::File::options().write(true).open(at(name)).expect("a file");
        file.set_modified(std::time::UNIX_EPOCH).expect("a file's time can be set");
    }
    let dockerfile = "FROM scratch\nCOPY busybox /\nCOPY release /\nENTRYPOINT [\"/busybox\"]\n";
    fs::write(at("Dockerfile"), dockerfile).expect("a file");
    let build = ["build", "-q", "--platform", platform, "-t", image];
    run(engine.docker().args(build).arg(context.path()));
}

/// The program of one platform.
fn binary(architecture: &str) -> PathBuf {
    made(&format!("root-{architecture}"), |folder| {
        run(Command::new("dpkg-deb").arg("-x").arg(package(architecture)).arg(folder));
    })
    .join("bin/busybox")
}

fn package(architecture: &str) -> PathBuf {
    let debs = provided("CASTOFF_TEST_DEBS", "debs");
    let ending = format!("_{architecture}.deb");
    let found = fs::read_dir(&debs).expect("a folder").filter_map(Result::ok).find(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with("busybox-static_") && name.ends_with(&ending)
    });
    found.unwrap_or_else(|| panic!("busybox for {architecture} is missing: use tests/run")).path()
}

/// A folder that is made once for all runs of the tests, and whole or not at all.
fn made(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    // What was made by another version of the tests is another thing.
    let version = Digest::of(include_bytes!("busybox.rs"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(version.short());
    let path = root.join(name);
    if path.exists() {
        return path;
    }
    fs::create_dir_all(&root).expect("the folder can be written");
    let folder = tempfile::tempdir_in(&root).expect("a temporary folder");
    make(folder.path());
    let _making = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Another test may have been faster.
    if !path.exists() {
        fs::rename(folder.keep(), &path).expect("a folder can be renamed");
    }
    path
}
