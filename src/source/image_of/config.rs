//! The configuration of an image that castoff makes itself
//! (OCI image specification, config.md).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    model::{Digest, Failure, ImageSettings, Platform, escape},
    source::{invalid, tree::TreeFile},
};

#[derive(Serialize)]
struct Image<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    architecture: &'a str,
    os: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    config: Run<'a>,
    rootfs: RootFs<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Run<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exposed_ports: BTreeMap<String, Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env: Vec<String>,
    entrypoint: Vec<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cmd: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    working_dir: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct RootFs<'a> {
    r#type: &'a str,
    diff_ids: [&'a Digest; 1],
}

/// Fails where no image of `files` could run by `settings`.
pub(super) fn check(settings: &ImageSettings, files: &[TreeFile]) -> Result<(), Failure> {
    entrypoint(settings, files)?;
    ports(settings)?;
    env(settings).map(drop)
}

/// The configuration's bytes.
pub(super) fn config(
    settings: &ImageSettings,
    files: &[TreeFile],
    platform: &Platform,
    diff_id: &Digest,
    epoch: Option<u64>,
) -> Result<Vec<u8>, Failure> {
    let image = Image {
        created: created(epoch)?,
        architecture: &platform.architecture,
        os: &platform.os,
        variant: platform.variant.as_deref(),
        config: Run {
            user: settings.user.as_deref(),
            exposed_ports: ports(settings)?,
            env: env(settings)?,
            entrypoint: entrypoint(settings, files)?,
            cmd: &settings.cmd,
            working_dir: settings.workdir.as_deref(),
            labels: &settings.labels,
        },
        rootfs: RootFs { r#type: "layers", diff_ids: [diff_id] },
    };
    Ok(serde_json::to_vec(&image).expect("texts and maps of texts always become JSON"))
}

fn created(epoch: Option<u64>) -> Result<Option<String>, Failure> {
    let Some(epoch) = epoch else { return Ok(None) };
    let seconds = i64::try_from(epoch).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds).map_err(|error| {
        invalid("the time that the image is given is out of range").because(error)
    })?;
    Ok(Some(time.to_string()))
}

fn entrypoint(settings: &ImageSettings, files: &[TreeFile]) -> Result<Vec<String>, Failure> {
    match (&settings.entrypoint[..], files) {
        ([], [only]) => Ok(vec![format!("/{}", only.name)]),
        ([], files) => {
            let names: Vec<_> = files.iter().take(5).map(|file| file.name.as_str()).collect();
            let (count, names) = (files.len(), names.join(", "));
            Err(invalid(format!("there are {count} files, and `entrypoint` is not set"))
                .because(names)
                .hint("set `entrypoint`, such as [\"/hello\"]"))
        }
        (given, _) => Ok(given.to_vec()),
    }
}

/// Reads `8080`, `8080/tcp` or `53/udp`.
fn ports(settings: &ImageSettings) -> Result<BTreeMap<String, Map<String, Value>>, Failure> {
    let read = |port: &String| {
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        let known = matches!(protocol, "tcp" | "udp" | "sctp");
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        match number.parse::<u16>() {
            Ok(number) if known && digits && number > 0 => {
                Ok((format!("{number}/{protocol}"), Map::new()))
            }
            _ => Err(invalid(format!("`{}` is not a port", escape(port)))
                .hint("write 1 to 65535 with tcp, udp or sctp, such as 8080 or 53/udp")),
        }
    };
    settings.ports.iter().map(read).collect()
}

fn env(settings: &ImageSettings) -> Result<Vec<String>, Failure> {
    let read = |(name, value): (&String, &String)| {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let name = escape(name).to_string();
            return Err(invalid(format!("`{name}` cannot be an environment variable"))
                .hint("a name cannot contain `=`, and neither name nor value a NUL"));
        }
        Ok(format!("{name}={value}"))
    };
    settings.env.iter().map(read).collect()
}
