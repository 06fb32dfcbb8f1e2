//! The HTTP policy: what is trusted, waited for and shown.

use std::time::Duration;

use castoff::{
    model::FailureKind,
    net::{
        ClientOptions, Http, OutgoingRequest, RETRY_AFTER_LIMIT, is_local, redacted,
        redirect_target, retry_after, same_origin,
    },
};
use http::Method;
use jiff::Timestamp;
use url::Url;

use crate::support::network::{network, options};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn a_retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
    let wait = |value| retry_after(value, now);
    assert_eq!(wait("37"), Some(Duration::from_secs(37)));
    assert_eq!(wait(" 0 "), Some(Duration::ZERO));
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(37)));
    for long in ["901", "999999999", "99999999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT"] {
        assert!(wait(long) > Some(RETRY_AFTER_LIMIT), "{long}");
    }
    for none in ["-5", "", "soon", "1.5", "Sun, 06 Nov 1994 08:48:00 GMT"] {
        assert_eq!(wait(none), None, "{none}");
    }
}

#[test]
fn a_shown_url_holds_no_secret() {
    let shown = redacted(&url("https://bob:hunter2@host.example:5000/v2/x?_state=secret#part"));
    assert_eq!(shown, "https://host.example:5000/v2/x");
    let request =
        OutgoingRequest::new(Method::PUT, url("https://h/v2/x/blobs/uploads/uuid?_state=secret"))
            .shown_as("https://h/v2/x/blobs/uploads/…".to_owned());
    assert_eq!(format!("{request:?}"), "PUT https://h/v2/x/blobs/uploads/…");
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    assert!(same_origin(&url("https://a.example/x"), &url("https://a.example:443/y")));
    for other in ["http://a.example", "https://b.example", "https://a.example:444"] {
        assert!(!same_origin(&url("https://a.example"), &url(other)), "{other}");
    }
}

#[test]
fn a_redirect_leads_neither_to_plain_http_nor_into_this_machine() {
    let from = url("https://registry.example/v2/x");
    let target = |to| redirect_target(&from, to).map(String::from);
    assert_eq!(target("/y"), Ok("https://registry.example/y".into()));
    assert_eq!(target("//cdn.example/z"), Ok("https://cdn.example/z".into()));
    for bad in [
        "http://registry.example/",
        "ftp://registry.example/",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://a.localhost./",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
    ] {
        assert!(target(bad).is_err(), "{bad}");
    }
    let local = url("http://127.0.0.1:5000/");
    assert!(is_local(&local));
    assert!(redirect_target(&local, "http://localhost:6000/").is_ok());
}

#[test]
fn a_window_halves_when_it_is_too_much_and_grows_by_one_when_it_is_not() {
    let gate = network().gate("https://window.test");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let before = gate.window();
    let permit = runtime.block_on(gate.enter());
    permit.throttled(None);
    assert_eq!(gate.window(), before / 2);
    (0..before / 2).for_each(|_| permit.clean());
    assert_eq!(gate.window(), before / 2 + 1);
    (0..20).for_each(|_| permit.throttled(None));
    assert_eq!(gate.window(), 1, "one must get through");
}

#[test]
fn a_host_has_one_gate_and_others_have_their_own() {
    let (same, one, other) = (std::sync::Arc::ptr_eq, network(), network());
    assert!(same(&one.gate("https://one.test"), &one.gate("https://one.test")));
    assert!(!same(&one.gate("https://one.test"), &one.gate("https://two.test")));
    assert!(!same(&one.gate("https://one.test"), &other.gate("https://one.test")));
}

#[tokio::test]
async fn whoever_waits_at_a_full_gate_gets_the_next_free_place() {
    let gate = network().gate("https://full.test");
    let mut permits = Vec::new();
    for _ in 0..gate.window() {
        permits.push(gate.enter().await);
    }
    let waiting = tokio::spawn(async move { gate.enter().await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    permits.pop();
    waiting.await.unwrap();
}

#[tokio::test]
async fn plain_http_leaves_this_machine_only_when_that_was_asked_for() {
    let http = Http::new(&options()).unwrap();
    let request = OutgoingRequest::new(Method::GET, url("http://registry.example/v2/"));
    let failure = http.send(request).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(castoff::error::advice(&failure).unwrap().contains("insecure = true"));
}

#[test]
fn a_file_of_certificates_without_any_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, none) = (folder.path().join("empty.pem"), folder.path().join("none.pem"));
    std::fs::write(&empty, "no certificate").unwrap();
    for (path, kind) in [(empty, FailureKind::Invalid), (none, FailureKind::NotFound)] {
        let options = ClientOptions { ca: Some(path.clone()), ..options() };
        let failure = Http::new(&options).unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.to_string().contains(path.to_str().unwrap()), "{failure}");
    }
}
