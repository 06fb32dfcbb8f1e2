//! Which refusals of a tag say that it is written only once.

use serde_json::json;

use super::{Answer, Asked, Desk, Registry, fake::refusal};

#[track_caller]
fn ends(status: i32, answer: &Answer) {
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    let answer = answer.clone();
    let registry =
        Registry::with(
            move |asked: &Asked, usual| {
                if asked.is("PUT", "/manifests/1") { answer.clone() } else { usual() }
            },
        );
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
    assert_eq!(ended.status, status, "{said}: {}", ended.stderr);
    let is_said = ended.stderr.contains("the tag is immutable at the registry");
    assert_eq!(is_said, status == 5, "{said}: {}", ended.stderr);
}

#[test]
fn a_tag_that_is_written_once_is_told_in_any_of_the_forms_that_registries_write() {
    let amazon = json!({
        "__type": "com.amazonaws.ecr#ImageTagAlreadyExistsException", "message": "it is there",
    });
    let without = json!({ "__type": "ImageTagAlreadyExistsException" });
    let permission = "Not enough permissions to overwrite artifact 'local:a/1/manifest.json' (user \
                      'ci' needs DELETE permission).";
    let detail =
        "User 'ci' needs DELETE permission to overwrite existing artifact a/1/manifest.json";
    let artifactory =
        json!({ "errors": [{ "code": "UNAUTHORIZED", "message": "no", "detail": detail }] });
    let status = json!({ "errors": [{ "status": 403, "message": "Tag already exists, cannot be overridden" }] });
    let cloudsmith = "A package with the same version exists and republishing is not allowed";
    for answer in [
        Answer::new(400, amazon.to_string()),
        Answer::new(400, without.to_string()),
        refusal(400, "TAG_INVALID", "tag 1 already exists"),
        refusal(409, "TAG_INVALID", "tag already exists"),
        refusal(409, "MANIFEST_INVALID", "package version already exists"),
        refusal(400, "MANIFEST_INVALID", "tag is locked, can not be overwritten"),
        refusal(403, "DENIED", permission),
        Answer::new(403, artifactory.to_string()),
        Answer::new(403, status.to_string()),
        refusal(422, "MANIFEST_INVALID", cloudsmith),
        Answer::new(400, "Tag 1 already exists and overwriting is not permitted."),
        refusal(400, "UNKNOWN", "tag 1 is immutable"),
    ] {
        ends(5, &answer);
    }
}

#[test]
fn a_refusal_that_only_has_words_in_common_is_another() {
    for answer in [
        refusal(400, "MANIFEST_INVALID", "annotation org.acme.immutable must be a boolean"),
        refusal(400, "MANIFEST_INVALID", "the field config is immutable"),
        refusal(403, "IP_BLOCKED", "address not allowed"),
        refusal(403, "BLOCKED", "blocked by policy"),
        refusal(403, "ACCOUNT_LOCKED", "account is locked"),
        refusal(400, "NAME_ALREADY_EXISTS", "a repository differing in case exists"),
    ] {
        ends(3, &answer);
    }
}
