//! Applications for `VeeaHubs`: which images belong together.
//!
//! `app.yaml`, in a folder of the application's own:
//!
//! ```yaml
//! app: MyApp
//! app_info:
//!   version: '1.0'
//! images:
//! - name: vh_dbus             # what the image is called in the application
//!   path: ../vh_dbus          # the image's folder, from this one
//!   architectures:            # without it: all that are released
//!   - arm32v7
//! version: 1                  # of this form
//! ```

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::{Failure, FailureKind, Side, Tag, VeeaArch, escape};

/// What the file is called.
pub const APPLICATION_FILE: &str = "app.yaml";
/// The version of its form.
const VERSION: u32 = 1;

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name, a part of file names.
    #[serde(rename = "app")]
    pub name: Tag,
    app_info: Info,
    /// Its images, in the order in which they were added.
    #[serde(default)]
    pub images: Vec<AppImage>,
    version: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    version: Tag,
}

/// An image of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppImage {
    /// What it is called in the application.
    pub name: String,
    /// Its folder, from that of the application.
    pub path: PathBuf,
    /// For what it is taken; nothing: for all that is released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<VeeaArch>,
}

impl Application {
    /// An application without images.
    #[must_use]
    pub fn new(name: Tag, version: Tag) -> Self {
        Self { name, app_info: Info { version }, images: Vec::new(), version: VERSION }
    }

    /// Reads what a file says, which errors call `file`.
    ///
    /// # Errors
    ///
    /// Fails with the line where it is mistaken.
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        let options = serde_saphyr::options! { with_snippet: false };
        let parsed = serde_saphyr::from_str_with_options::<Self>(text, options);
        let this = parsed.map_err(|error| {
            let place = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
            invalid(format!("{file}{place}: {}", error.without_snippet()))
        })?;
        if this.version != VERSION {
            let what =
                format!("{file}: its version is {}; castoff knows only {VERSION}", this.version);
            return Err(invalid(what));
        }
        let mut fresh = Self { images: Vec::new(), ..this.clone() };
        for image in this.images {
            fresh.add(image).map_err(|failure| failure.context(file))?;
        }
        Ok(fresh)
    }

    /// The same as a file.
    ///
    /// # Panics
    ///
    /// Never: all that is in it has a form in YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        serde_saphyr::to_string_with_options(self, options)
            .expect("names, paths and numbers have a form in YAML")
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &Tag {
        &self.app_info.version
    }

    /// Adds an image, or architectures of one that is there.
    ///
    /// # Errors
    ///
    /// Fails where another image has its name, or it another name.
    pub fn add(&mut self, image: AppImage) -> Result<(), Failure> {
        let shown = escape(&image.name).to_string();
        if image.name.is_empty() || image.name.chars().any(char::is_control) {
            return Err(invalid(format!("`{shown}` cannot be the name of an image")));
        }
        let known = self.images.iter_mut();
        let Some(known) =
            known.into_iter().find(|of| of.name == image.name || of.path == image.path)
        else {
            self.images.push(image);
            return Ok(());
        };
        if known.path != image.path {
            let what = format!("two images are named `{shown}`");
            return Err(invalid(what)
                .because(known.path.display())
                .because(image.path.display())
                .hint("use another name for one of them with --name"));
        }
        if known.name != image.name {
            let what = format!("{} is already `{}`", image.path.display(), escape(&known.name));
            return Err(invalid(what));
        }
        // Nothing stands for all.
        if known.architectures.is_empty() || image.architectures.is_empty() {
            known.architectures = image.architectures;
        } else {
            known.architectures.extend(image.architectures);
            known.architectures.sort_unstable();
            known.architectures.dedup();
        }
        Ok(())
    }

    /// Removes an image, or some architectures of it.
    ///
    /// # Errors
    ///
    /// Fails where it is not there.
    pub fn remove(&mut self, name: &str, architectures: &[VeeaArch]) -> Result<(), Failure> {
        let missing = || {
            let what = format!("there is no image named `{}`", escape(name));
            Failure::new(FailureKind::NotFound, Side::Local, what)
        };
        let place = self.images.iter().position(|image| image.name == name).ok_or_else(missing)?;
        let image = &mut self.images[place];
        if architectures.is_empty() {
            self.images.remove(place);
            return Ok(());
        }
        if image.architectures.is_empty() {
            image.architectures = VeeaArch::ALL.to_vec();
        }
        for arch in architectures {
            let found = image.architectures.iter().position(|of| of == arch).ok_or_else(|| {
                let what = format!("`{}` does not include {arch}", escape(name));
                Failure::new(FailureKind::NotFound, Side::Local, what)
            })?;
            image.architectures.remove(found);
        }
        if image.architectures.is_empty() {
            self.images.remove(place);
        }
        Ok(())
    }
}

fn invalid(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, what)
}
