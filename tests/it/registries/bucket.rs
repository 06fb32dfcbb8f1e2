//! A bucket in memory, named by its path, whose answers a test may replace.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, Mutex},
};

use castoff::model::Digest;

use super::{Answer, Asked, Server};

type Objects = BTreeMap<String, (String, Vec<u8>)>;

/// The bucket `rel`.
pub(super) struct Bucket {
    pub(super) server: Server,
    objects: Arc<Mutex<Objects>>,
}

impl Bucket {
    pub(super) fn with(
        hook: impl Fn(&Asked, &dyn Fn() -> Answer) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let objects = Arc::<Mutex<Objects>>::default();
        let kept = Arc::clone(&objects);
        let server = Server::start(move |asked| {
            hook(asked, &|| answer(&mut kept.lock().expect("no test panics here"), asked))
        });
        Self { server, objects }
    }

    pub(super) fn url(&self) -> String {
        let address = &self.server.address;
        format!("s3://rel?endpoint={address}&region=garage&s3ForcePathStyle=true&disableSSL=true")
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.objects.lock().expect("no test panics here").keys().cloned().collect()
    }
}

pub(super) fn s3_error(status: u16, code: &str) -> Answer {
    Answer::new(status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
        .with("content-type", "application/xml")
}

fn answer(objects: &mut Objects, asked: &Asked) -> Answer {
    let key = asked.path.strip_prefix("/rel").unwrap_or_default().trim_start_matches('/');
    let key = percent(key);
    if key.is_empty() {
        return if asked.method == "HEAD" { Answer::new(200, "") } else { list(objects, asked) };
    }
    match asked.method.as_str() {
        "PUT" => {
            let source = asked.header("x-amz-copy-source").trim_start_matches('/');
            let found = source.strip_prefix("rel/").and_then(|from| objects.get(&percent(from)));
            let copied = found.cloned();
            let is_copy = copied.is_some();
            let digest = asked.header("x-amz-meta-digest").to_owned();
            objects.insert(key, copied.unwrap_or((digest, asked.body.clone())));
            let body = if is_copy { "<CopyObjectResult></CopyObjectResult>" } else { "" };
            Answer::new(200, body).with("etag", "\"1\"")
        }
        "DELETE" => {
            objects.remove(&key);
            Answer::new(204, "")
        }
        _ => match objects.get(&key) {
            None => s3_error(404, "NoSuchKey"),
            Some((digest, bytes)) => {
                let whole = match asked.header("range") {
                    "bytes=0-0" if !bytes.is_empty() => Answer::new(206, &bytes[..1])
                        .with("content-range", format!("bytes 0-0/{}", bytes.len())),
                    _ => Answer::new(200, bytes.clone()),
                };
                let whole = whole.with("etag", format!("\"{}\"", Digest::of(bytes).hex()));
                if digest.is_empty() { whole } else { whole.with("x-amz-meta-digest", digest) }
            }
        },
    }
}

fn list(objects: &Objects, asked: &Asked) -> Answer {
    let prefix = asked.value("prefix").unwrap_or_default();
    let is_folded = asked.value("delimiter").is_some();
    let (mut body, mut folders) = (String::from("<ListBucketResult>"), Vec::new());
    for (key, (_, bytes)) in objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
        match key[prefix.len()..].split_once('/') {
            Some((folder, _)) if is_folded => folders.push(format!("{prefix}{folder}/")),
            _ => {
                let size = bytes.len();
                let _ = write!(body, "<Contents><Key>{key}</Key><Size>{size}</Size></Contents>");
            }
        }
    }
    folders.dedup();
    for folder in folders {
        let _ = write!(body, "<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>");
    }
    Answer::new(200, body + "</ListBucketResult>").with("content-type", "application/xml")
}

fn percent(text: &str) -> String {
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("k={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
