//! `castoff aci import`, `ls`, `rm` and `validate`.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{AciContext, CAPS, file::verify, shown, stoppable};
use crate::{
    aci::{AciForm, App, Import, StoredAci, read},
    cli::{AciImportArgs, AciSignedArgs},
    error::{Error, Exit},
    model::{Failure, Side, bytes, escape},
};

impl AciContext {
    pub(super) async fn import(&self, args: AciImportArgs) -> Result<Exit, Error> {
        let AciImportArgs { latest, without_rootfs, key, files } = args;
        let form = if without_rootfs { AciForm::RootlessAci } else { AciForm::Aci };
        for file in files {
            let (store, path, key) = (self.store.clone(), file.clone(), key.clone());
            let imported = stoppable(move |halt| {
                key.map(|key| verify(&path, &key, None)).transpose()?;
                let how =
                    Import { form, caps: CAPS, latest, now: crate::app::wiring::clock::now() };
                let reader = halt.read(open(&path)?);
                store.import(reader, &path.display().to_string(), how)
            });
            let Some(image) = imported.await? else { return Ok(Exit::Stopped) };
            let json = json!({
                "image": file, "hash": image.key.as_str(), "id": image.id.as_str(),
                "name": image.manifest.name, "labels": image.manifest.labels, "size": image.size,
            });
            self.print(format_args!("image: {}, hash: {}", shown(&file), image.key), &json)?;
        }
        Ok(Exit::Done)
    }

    pub(super) async fn validate(
        &self,
        file: PathBuf,
        signed: AciSignedArgs,
    ) -> Result<Exit, Error> {
        let path = file.clone();
        let checked = stoppable(move |halt| {
            let AciSignedArgs { key, signature } = &signed;
            let by = key.as_ref().map(|key| verify(&path, key, signature.as_deref()));
            let by = by.transpose()?.map(|verified| verified.by);
            let (reader, name) = (halt.read(open(&path)?), path.display().to_string());
            let contents = read(reader, &name, AciForm::Aci, CAPS, &mut io::sink())?;
            Ok((contents, by))
        });
        let Some((contents, by)) = checked.await? else { return Ok(Exit::Stopped) };
        let manifest = &contents.manifest;
        let app = App { name: manifest.name.clone(), labels: manifest.labels.clone() };
        let json = json!({
            "image": file, "hash": contents.id.key().as_str(), "id": contents.id.as_str(),
            "name": manifest.name, "labels": manifest.labels, "size": contents.size,
            "entries": contents.entries, "compression": contents.compression.to_string(),
            "signed_by": by,
        });
        let signed = by.map(|by| format!(", signed by {}", escape(&by))).unwrap_or_default();
        let line = format!("{}: valid, {app}, {}{signed}", shown(&file), contents.id.key());
        self.print(line, &json)?;
        Ok(Exit::Done)
    }

    pub(super) fn ls(&self) -> Result<Exit, Error> {
        for image in self.store.each()? {
            let image = match image {
                Ok(image) => image,
                Err(failure) => {
                    self.say(format_args!("warning: {failure}"));
                    continue;
                }
            };
            let StoredAci { key, manifest, imported, latest, size, .. } = &image;
            let app = App { name: manifest.name.clone(), labels: manifest.labels.clone() };
            // To the second, so that columns stay columns.
            let at = imported.strftime("%Y-%m-%dT%H:%M:%SZ");
            let mark = if *latest { " (latest)" } else { "" };
            let line = format!("{key}  {at}  {:>10}  {app}{mark}", bytes(*size));
            self.print(line, &document(&image))?;
        }
        Ok(Exit::Done)
    }

    pub(super) fn rm(&self, images: &[String], force: bool) -> Result<Exit, Error> {
        let keys = images.iter().map(|image| self.find(image));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        self.store.remove(&keys, force)?;
        for key in keys {
            self.print(format_args!("removed: {key}"), &json!({ "removed": key.as_str() }))?;
        }
        Ok(Exit::Done)
    }
}

fn document(image: &StoredAci) -> Value {
    let StoredAci { key, id, manifest, imported, latest, size } = image;
    let dependencies: Vec<String> =
        manifest.dependencies.iter().map(|of| of.app.to_string()).collect();
    json!({
        "hash": key.as_str(), "id": id, "name": manifest.name, "labels": manifest.labels,
        "dependencies": dependencies, "imported": imported, "latest": latest, "size": size,
    })
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::from_io(Side::Source, path.display(), &error))
}
