//! Which servers are asked through a proxy.

use super::{Answer, Desk, Server};

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
