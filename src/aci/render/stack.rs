//! The images that an image stands on, in order.

use std::collections::HashMap;

use super::Blob;
use crate::{
    aci::{Dependency, ImageStore, Key, Manifest},
    model::{Failure, FailureKind, Side},
};

/// The most images of a stack; one that several stand on counts each time.
const LIMIT: usize = 1000;

/// Images in the order in which they are asked for a path: the top first,
/// each before its dependencies, and of these the last first.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    images: Vec<Placed>,
}

/// An image of a stack.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its key.
    pub key: Key,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its plain tar.
    pub blob: Blob,
    /// The place in the stack of the image that depends on it; none for the
    /// top.
    pub parent: Option<usize>,
}

struct Builder<'s> {
    store: &'s ImageStore,
    known: HashMap<Key, Manifest>,
    stack: Stack,
}

impl Stack {
    /// An image with all that it stands on.
    ///
    /// # Errors
    ///
    /// Fails where one of them is not there, is not the one that is asked
    /// for, or stands on itself.
    pub fn of(store: &ImageStore, key: &Key) -> Result<Self, Failure> {
        let mut builder = Builder::new(store);
        builder.visit(key.clone(), None)?;
        Ok(builder.stack)
    }

    /// An image that is in no store, with all that it stands on.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn upon(
        store: &ImageStore,
        key: Key,
        manifest: Manifest,
        blob: Blob,
    ) -> Result<Self, Failure> {
        let mut builder = Builder::new(store);
        let dependencies = manifest.dependencies.clone();
        builder.stack.images.push(Placed { key, manifest, blob, parent: None });
        builder.below(&dependencies, Some(0))?;
        Ok(builder.stack)
    }

    /// The images from `place` to the end, without what stands above them.
    #[must_use]
    pub fn from(&self, place: usize) -> Self {
        let images = self.images.iter().skip(place);
        let images = images.map(|image| Placed {
            parent: image.parent.and_then(|parent| parent.checked_sub(place)),
            ..image.clone()
        });
        Self { images: images.collect() }
    }

    /// What an image stands on that is not in a store itself.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn below(store: &ImageStore, manifest: &Manifest) -> Result<Self, Failure> {
        let mut builder = Builder::new(store);
        builder.below(&manifest.dependencies, None)?;
        Ok(builder.stack)
    }

    /// The images.
    #[must_use]
    pub fn images(&self) -> &[Placed] {
        &self.images
    }

    /// The images at and above `place`, from there to the top.
    pub fn upwards(&self, place: usize) -> impl Iterator<Item = &Placed> {
        let above = |image: &&Placed| image.parent.and_then(|parent| self.images.get(parent));
        std::iter::successors(self.images.get(place), move |image| above(image))
    }

    /// The image with the whitelist that counts for the one at `place`, besides its
    /// own: the outermost above it that has one.
    #[must_use]
    pub fn upper_whitelist(&self, place: usize) -> Option<&Placed> {
        let above = self.upwards(place).skip(1);
        above.filter(|image| !image.manifest.path_whitelist.is_empty()).last()
    }
}

impl<'s> Builder<'s> {
    fn new(store: &'s ImageStore) -> Self {
        Self { store, known: HashMap::new(), stack: Stack::default() }
    }

    fn visit(&mut self, key: Key, parent: Option<usize>) -> Result<(), Failure> {
        let place = self.stack.images.len();
        if place >= LIMIT {
            return Err(wrong(format!("an image depends on more than {LIMIT} others")));
        }
        let manifest = match self.known.get(&key) {
            Some(manifest) => manifest.clone(),
            None => self.store.manifest(&key)?,
        };
        self.known.insert(key.clone(), manifest.clone());
        let dependencies = manifest.dependencies.clone();
        let blob = Blob::at(self.store.blob(&key));
        self.stack.images.push(Placed { key, manifest, blob, parent });
        self.refuse_circle(place)?;
        self.below(&dependencies, Some(place))
    }

    fn below(&mut self, dependencies: &[Dependency], parent: Option<usize>) -> Result<(), Failure> {
        for dependency in dependencies.iter().rev() {
            let key = self.store.dependency(dependency).map_err(|failure| {
                let failure = failure.context(format!("dependency {}", dependency.app));
                match parent.and_then(|place| self.stack.images.get(place)) {
                    Some(image) => {
                        failure.context(format!("{} ({})", image.manifest.name, image.key))
                    }
                    None => failure,
                }
            })?;
            self.visit(key, parent)?;
        }
        Ok(())
    }

    /// An image that is asked for by its name may stand on itself.
    fn refuse_circle(&self, place: usize) -> Result<(), Failure> {
        let chain: Vec<&Placed> = self.stack.upwards(place).collect();
        let Some((last, above)) = chain.split_first() else { return Ok(()) };
        if above.iter().all(|image| image.key != last.key) {
            return Ok(());
        }
        let names: Vec<String> =
            chain.iter().rev().map(|image| image.manifest.name.to_string()).collect();
        Err(wrong(format!("its dependencies form a cycle: {}", names.join(" -> "))))
    }
}

fn wrong(what: String) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}
