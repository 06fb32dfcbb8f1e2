//! A server that wants to know who signs.

use super::Lab;
use crate::support::{Answer, Behind, Fault, FaultProxy, Rule};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_as_the_registrys_user() {
    let lab = Lab::new();
    let token = Answer::new(200).body("{\"token\":\"good\"}");
    let service = FaultProxy::alone(vec![Rule::on("GET", "/token", Fault::Answer(token))]).await;
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"notary\"", service.address());
    let challenge = Answer::new(401).header("www-authenticate", realm);
    let rule = Rule::on("*", "/v2/", Fault::Answer(challenge)).unless("Bearer good");
    let proxy = FaultProxy::start(&lab.server.address(), vec![rule]).await;
    lab.configure_at("1.0", &format!("http://{}", proxy.address()), "");
    // bob:hunter2
    lab.castoff.docker_config(&format!(
        r#"{{"auths":{{"{}":{{"auth":"Ym9iOmh1bnRlcjI="}}}}}}"#,
        lab.registry.address()
    ));
    tokio::task::block_in_place(|| lab.release());
    let asked = service.seen();
    assert!(!asked.is_empty());
    for asked in asked {
        assert_eq!(asked.header("authorization"), Some("Basic Ym9iOmh1bnRlcjI="));
        let scope = format!("scope=repository%3A{}%3Apush%2Cpull", lab.gun());
        let scope = scope.replace('/', "%2F").replacen(':', "%3A", 1);
        assert!(asked.path.contains(&scope), "{} has no {scope}", asked.path);
    }
}

#[test]
fn a_user_who_is_not_accepted_is_told_before_the_start() {
    let lab = Lab::new();
    let challenge = Answer::new(401).header("www-authenticate", "Basic realm=\"notary\"");
    let rule = Rule::on("*", "/v2/", Fault::Answer(challenge));
    let proxy = Behind::start(&lab.server.address(), vec![rule]);
    lab.configure_at("1.0", &format!("http://{}", proxy.address()), "");
    let ended = lab.castoff.run(&["--batch"]).expect(4);
    assert!(ended.stderr.contains("docker login"), "{}", ended.stderr);
    assert!(!lab.registry.storage().join("repositories").exists());
}
