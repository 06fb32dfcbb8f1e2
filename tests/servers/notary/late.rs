//! A server that shows late what it took.

use super::Lab;
use crate::support::{Answer, Behind, Fault, Rule};

#[test]
fn what_a_server_shows_late_is_waited_for_and_signed_once() {
    let lab = Lab::new();
    lab.release();
    let (asked, usual) = lab.asked_before_a_release();

    let fresh = tempfile::tempdir().unwrap();
    lab.notary(fresh.path(), &["list", &lab.gun()]);
    let kept = fresh.path().join("tuf").join(lab.gun()).join("metadata/timestamp.json");
    let old = Fault::Answer(Answer::new(200).body(std::fs::read_to_string(kept).unwrap()));
    let rule = Rule::on("GET", "/timestamp.json", old).after(asked).times(3);
    let proxy = Behind::start(&lab.server.address(), vec![rule]);
    lab.content("three");
    lab.configure_at("1.2", &format!("http://{}", proxy.address()), "");
    lab.release();
    let signed = lab.listed();
    assert!(signed.iter().any(|[name, digest, _]| name == "1.2" && *digest == lab.hex("1.2")));
    // One for the new tag and one for `latest` at most: nothing is said again.
    let posts = proxy.seen().iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(posts, usual);
    assert!(proxy.seen_of("GET", "/timestamp.json").len() >= asked + 4);
}
