//! What cannot heal by waiting is told at once, with what to do.

use std::{net::TcpListener, time::Duration};

use super::{Bucket, Desk, Registry};

/// Longer than one try, and shorter than what waits for a server to heal.
const AT_ONCE: Duration = Duration::from_secs(8);

/// A certificate that any server could have; none does.
const CA: &str = include_str!("../keys/ec.pem");

#[test]
fn a_registry_without_tls_is_told_so_at_once() {
    let registry = Registry::start();
    let desk = Desk::new();
    desk.write("ca.pem", CA);
    // This machine is asked with TLS alone where an authority is named.
    let url = registry.url("");
    for verb in [
        vec!["push", "--ca", "ca.pem", "-t", "app:1", "images", &*url],
        vec!["ls", "--ca", "ca.pem", &*url],
    ] {
        let ended = desk.run(&verb).expect(4);
        assert!(ended.took < AT_ONCE, "{:?}", ended.took);
        let host = &registry.server.address;
        ended
            .says(&[&format!("{host} uses plain HTTP"), "--insecure", "`insecure = true`"])
            .never_says("InvalidContentType")
            .never_says("again in");
    }
    desk.run(&["push", "--insecure", "-t", "app:1", "images", &url]).expect(0);
}

#[test]
fn a_bucket_without_tls_is_told_so_at_once() {
    let bucket = Bucket::with(|_, usual| usual());
    let desk = Desk::new();
    let url = bucket.url().replace("&disableSSL=true", "");
    let ended = desk.run(&["push", "-t", "app:1", "images", &url]).expect(4);
    assert!(ended.took < AT_ONCE, "{:?}", ended.took);
    ended
        .says(&["uses plain HTTP", "disableSSL=true"])
        .never_says("InvalidContentType")
        .never_says("again in");
    desk.run(&["push", "-t", "app:1", "images", &bucket.url()]).expect(0);
}

#[test]
fn a_server_that_is_not_there_is_not_waited_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for host in [address.to_string(), "nothing.invalid".to_owned()] {
        for url in [
            format!("docker://{host}/a"),
            format!("s3://b?endpoint={host}&region=x&s3ForcePathStyle=true&disableSSL=true"),
        ] {
            let desk = Desk::new().env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
            let ended = desk.run(&["push", "-t", "app:1", "images", &url]).expect(4);
            assert!(ended.took < AT_ONCE, "{url}: {:?}\n{}", ended.took, ended.stderr);
            ended.says(&[&host, "no server answers there"]);
        }
    }
}

#[test]
fn an_engine_without_tls_is_told_so() {
    let registry = Registry::start();
    let desk = Desk::new()
        .env("DOCKER_HOST", format!("tcp://{}", registry.server.address))
        .env("DOCKER_TLS_VERIFY", "1");
    let ended = desk.run(&["push", "-t", "app:1", "images", "docker-daemon:"]);
    assert_ne!(ended.status, 0);
    assert!(ended.took < AT_ONCE, "{:?}", ended.took);
    ended.says(&["uses plain HTTP", "DOCKER_TLS_VERIFY"]);
}
