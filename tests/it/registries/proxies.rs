//! Proxies that the environment names: what goes through them, and what is
//! told of them.

use base64::{Engine, engine::general_purpose::STANDARD};
use castoff::{
    environment::Environment,
    net::{ClientOptions, Http, OutgoingRequest},
};
use http::Method;

use super::{Answer, Bucket, Desk, Registry, Server};
use crate::support::network::network_in;

/// A proxy that lets nothing through.
fn proxy() -> Server {
    Server::start(|_| Answer::new(502, "<html>no such host</html>"))
}

#[test]
fn nothing_on_this_machine_is_asked_for_through_a_proxy() {
    let (proxy, registry, bucket) = (proxy(), Registry::start(), Bucket::with(|_, usual| usual()));
    let address = format!("http://{}", proxy.address);
    let named = bucket.url().replace("127.0.0.1", "localhost");
    for url in [registry.url(""), bucket.url(), named] {
        let desk = ["http_proxy", "https_proxy", "all_proxy"]
            .into_iter()
            .fold(Desk::new(), |desk, name| desk.env(name, &address));
        desk.run(&["push", "-t", "app:1", "images", &url]).expect(0);
    }
    assert!(proxy.seen("*", "").is_empty(), "{:?}", proxy.seen("*", ""));
}

#[tokio::test]
async fn a_client_takes_the_proxy_of_its_own_environment_with_its_password() {
    let proxies = [(); 2].map(|()| Server::start(|_| Answer::new(200, "hello")));
    for (place, proxy) in proxies.iter().enumerate() {
        let url = format!("http://me:{place}%40%3A@{}", proxy.address);
        let environment =
            Environment::of([("http_proxy", url.as_str()), ("NO_PROXY", "direct.invalid")]);
        let options = ClientOptions::on(network_in(environment));
        let http = Http::new(&ClientOptions { insecure: true, ..options }).unwrap();
        let get =
            |url: &str| http.try_once(OutgoingRequest::new(Method::GET, url.parse().unwrap()));
        let answer = get("http://far.invalid/file").await.unwrap();
        assert_eq!(answer.bytes(100).await.unwrap(), "hello");
        assert!(get("http://direct.invalid/file").await.is_err());
        let [asked] = &proxy.seen("GET", "")[..] else { panic!("{:?}", proxy.seen("*", "")) };
        let pair = STANDARD.encode(format!("me:{place}@:"));
        assert_eq!(asked.header("proxy-authorization"), format!("Basic {pair}"));
    }
}

#[test]
fn a_proxy_that_answers_is_named() {
    for (status, told) in [(502, 3), (403, 4), (407, 4)] {
        let proxy = Server::start(move |_| Answer::new(status, "<html>not here</html>"));
        let desk = Desk::new().env("http_proxy", format!("http://{}", proxy.address));
        let bucket = "s3://rel?endpoint=http://bucket.invalid&region=x&s3ForcePathStyle=true";
        desk.write("home/config/castoff/config.toml", "[engine]\nattempts = 1\n");
        for url in [bucket, "docker://registry.invalid/app"] {
            let ended = desk.run(&["push", "--insecure", "-t", "app:1", "images", url]);
            assert_eq!(ended.status, told, "{url}: {}", ended.stderr);
            ended.says(&[&format!("the proxy {}", proxy.address)]);
        }
        assert!(!proxy.seen("*", "").is_empty());
    }
    // One that does not answer, too.
    let gone = Server::start(|_| Answer::default());
    for scheme in ["http", "https"] {
        let desk = Desk::new().env("all_proxy", format!("http://{}", gone.address));
        desk.write("home/config/castoff/config.toml", "[engine]\nattempts = 1\n");
        let url = format!("s3://rel?endpoint={scheme}://bucket.invalid&region=x");
        let ended = desk.run(&["push", "-t", "app:1", "images", &url]);
        assert_ne!(ended.status, 0);
        ended.says(&[&format!("through the proxy {}", gone.address)]);
    }
}

#[test]
fn a_proxy_that_cannot_be_understood_is_refused_by_the_name_of_its_variable() {
    let bucket = "s3://rel?endpoint=https://bucket.invalid&region=x&s3ForcePathStyle=true";
    for (name, value) in [
        ("https_proxy", "foo://x"),
        ("HTTPS_PROXY", "socks5://127.0.0.1:1"),
        ("all_proxy", "http://"),
        ("https_proxy", "a proxy"),
    ] {
        for url in ["docker://registry.invalid/team/app", bucket] {
            let desk = Desk::new().env(name, value);
            desk.run(&["push", "-t", "app:1", "images", url])
                .expect(4)
                .says(&[&format!("{name} is not the URL of a proxy"), "http://HOST:PORT"])
                .never_says("again in");
            // What is not asked for through it is not its matter.
            let exempt = Desk::new().env(name, value).env("no_proxy", ".invalid");
            exempt
                .run(&["push", "-t", "app:1", "images", url])
                .never_says("is not the URL of a proxy");
            let here = Registry::start();
            let desk = Desk::new().env(name, value);
            desk.run(&["push", "-t", "app:1", "images", &here.url("")]).expect(0);
        }
    }
}

#[test]
fn an_aws_profile_that_no_file_has_is_named() {
    let bucket = Bucket::with(|_, usual| usual());
    for config in [None, Some("[profile other]\nregion = x\n")] {
        let keyless = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let desk = keyless.into_iter().fold(Desk::new(), |desk, name| desk.env(name, ""));
        let desk = desk.env("AWS_PROFILE", "nope");
        if let Some(config) = config {
            desk.write("home/.aws/config", config);
        }
        desk.run(&["push", "-t", "app:1", "images", &bucket.url()])
            .expect(4)
            .says(&["the AWS profile nope is not in ~/.aws/config or ~/.aws/credentials"])
            .never_says("sts get-caller-identity");
    }
}

#[test]
fn what_no_proxy_names_in_any_form_is_not_asked_through_the_proxy() {
    for (no, is_through) in [
        ("*", false),
        ("other.example, *", false),
        ("registry.invalid:443", false),
        ("invalid:443", false),
        ("registry.invalid", false),
        ("registry.invalid:444", true),
        ("other.invalid:443", true),
        ("[::1]:443,::1", true),
        ("", true),
    ] {
        let proxy = Server::start(|_| Answer::new(403, "not through here"));
        let desk = Desk::new().env("HTTPS_PROXY", format!("http://{}", proxy.address));
        let desk = desk.env("NO_PROXY", no);
        let ended = desk.run(&["inspect", "docker://registry.invalid/a:1"]);
        assert_ne!(ended.status, 0);
        assert_eq!(!proxy.seen("CONNECT", "").is_empty(), is_through, "{no}: {}", ended.stderr);
    }
}
