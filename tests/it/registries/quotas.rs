//! Refusals that pass by themselves, whatever code stands beside them.

use super::{Answer, Asked, Desk, Registry, fake::refusal};

#[test]
fn a_quota_that_is_used_up_is_not_a_missing_permission() {
    for (status, code, says) in [
        (429, "DENIED", "a quota is used up"),
        (429, "UNAUTHORIZED", "a quota is used up"),
        (429, "TOOMANYREQUESTS", "a quota is used up"),
        (503, "DENIED", "503"),
        (500, "UNSUPPORTED", "500"),
    ] {
        let answer = refusal(status, code, "Quota exceeded for quota metric");
        for path in ["/manifests/1", "/blobs/uploads/"] {
            let answer = answer.clone();
            let registry = Registry::with(move |asked: &Asked, usual| {
                let is_write = asked.method == "PUT" || asked.method == "POST";
                if is_write && asked.path.contains(path) { answer.clone() } else { usual() }
            });
            let desk = Desk::new();
            desk.write("home/config/castoff/config.toml", "[engine]\nattempts = 1\n");
            let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
            assert_eq!(ended.status, 3, "{status} {code} {path}: {}", ended.stderr);
            ended
                .says(&["Quota exceeded for quota metric", says])
                .never_says("is not allowed to do this")
                .never_says("castoff secret set");
        }
    }
}

#[test]
fn a_token_service_that_asks_for_patience_has_not_refused_the_password() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.path == "/token" {
            return refusal(429, "DENIED", "Quota exceeded");
        }
        if asked.header("authorization") == "Bearer T" {
            return usual();
        }
        let wanted = format!("Bearer realm=\"http://{}/token\"", asked.header("host"));
        Answer::new(401, "").with("www-authenticate", wanted)
    });
    let desk = Desk::new();
    desk.write("home/config/castoff/config.toml", "[engine]\nattempts = 1\n");
    let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(3);
    ended.says(&["Quota exceeded"]).never_says("log in again");
}
