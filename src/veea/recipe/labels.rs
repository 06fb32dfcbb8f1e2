//! The labels of an image, by which a hub knows it.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{
    image_config::VeeaImageConfig, licenses::License, partner::Partner, veea_image::PersistentUuid,
};

/// What all of them begin with.
const ROOT: &str = "com.veea";
/// The version of the configuration that is written.
const CONFIG_VERSION: &str = "3";

/// A label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfileLabel {
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: String,
    /// Whether the value is the name of the architecture, an argument of the
    /// build.
    pub is_argument: bool,
}

/// The labels of an image that is `uuid`, in their order.
pub(super) fn of(
    config: &VeeaImageConfig,
    uuid: PersistentUuid,
    partner: Option<&Partner>,
    licenses: &[License],
) -> Vec<DockerfileLabel> {
    let mut labels = LabelList(Vec::new());
    labels.0.push(DockerfileLabel {
        name: format!("{ROOT}.vhc.architecture"),
        value: String::new(),
        is_argument: true,
    });
    labels.add("vhc.version", concat!("castoff ", env!("CARGO_PKG_VERSION")));
    labels.add("vhc.app.name", &config.app);
    labels.add("vhc.app.version", &config.version);
    labels.add("vhc.config.proj.version", CONFIG_VERSION);
    labels.add("vhc.config.user.version", CONFIG_VERSION);
    labels.count("authorisation.device", &config.devices);
    let identifier = partner.and_then(|partner| partner.identifier.as_ref());
    labels.extend("authentication.identifier", identifier);
    labels.add("image.persistent_uuid", &uuid.to_string());
    labels.add("authorisation.allowOnUnauthenticatedHost", &config.unauth_host.to_string());
    labels.count("authorisation.feature", &config.features);
    let licenses: Vec<String> = licenses.iter().map(License::value).collect();
    labels.count("authorisation.license", &licenses);
    labels.count("authorisation.volumes.persist", &config.volumes.persists);
    labels.count("authorisation.volumes.offer", &config.volumes.offers);
    labels.count("authorisation.volumes.request", &config.volumes.requests);
    if let Some(partner) = partner {
        labels.certificates(partner);
    }
    labels.0
}

struct LabelList(Vec<DockerfileLabel>);

impl LabelList {
    fn add(&mut self, name: &str, value: &str) {
        let (name, value) = (format!("{ROOT}.{name}"), value.to_owned());
        self.0.push(DockerfileLabel { name, value, is_argument: false });
    }

    fn extend(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn count(&mut self, name: &str, values: &[String]) {
        for (number, value) in (1..).zip(values) {
            self.add(&format!("{name}{number}"), value);
        }
    }

    fn certificates(&mut self, partner: &Partner) {
        let Partner { certificate, license_server, license_authority, .. } = partner;
        let all = [
            ("partner", Some(certificate)),
            ("veeahub_license_server", license_server.as_ref()),
            ("veeahub_license_authority", license_authority.as_ref()),
        ];
        for (name, der) in all {
            let der = der.map(|der| BASE64_STANDARD.encode(der));
            self.extend(&format!("authentication.certificates.{name}"), der.as_ref());
        }
    }
}
