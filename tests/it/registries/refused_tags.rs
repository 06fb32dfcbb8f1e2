//! What became of a tag is told by what the other side answered: refused is
//! not moved, and only no answer is not known.

use super::{Answer, Asked, Bucket, Desk, Registry, bucket::s3_error, fake::refusal};

fn push(desk: &Desk, registry: &Registry) -> super::Ended {
    desk.run(&["push", "-t", "app:1", "images", &registry.url("")])
}

/// A registry that answers so to whatever would set the tag `1`.
fn refusing(answer: &Answer) -> Registry {
    let answer = answer.clone();
    Registry::with(
        move |asked: &Asked, usual| {
            if asked.is("PUT", "/manifests/1") { answer.clone() } else { usual() }
        },
    )
}

/// What Nexus answers, which says in the details alone why.
fn refusal_in_detail(detail: &str) -> Answer {
    let error = serde_json::json!({
        "code": "BLOB_UPLOAD_INVALID", "message": "blob upload invalid", "detail": detail,
    });
    Answer::new(400, serde_json::json!({ "errors": [error] }).to_string())
}

#[test]
fn a_tag_that_the_registry_lets_nobody_change_is_a_conflict_and_has_not_moved() {
    let ecr = "The image tag '1' already exists in the 'app' repository and cannot be overwritten \
               because the tag is immutable.";
    let azure = "The operation is disallowed on this registry, repository or image. View \
                 troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request";
    for (which, answer) in [
        ("ECR", refusal(400, "TAG_INVALID", ecr)),
        ("ECR's API", refusal(400, "ImageTagAlreadyExistsException", "it is there")),
        ("Harbor", refusal(412, "PRECONDITION", "'app:1' configured as immutable")),
        ("Quay", refusal(409, "TAG_IMMUTABLE", "the tag cannot be changed")),
        ("GitLab", refusal(403, "DENIED", "tag is immutable")),
        (
            "Artifact Registry",
            refusal(400, "DENIED", "the repository has enabled tag immutability"),
        ),
        ("Azure", refusal(405, "UNSUPPORTED", azure)),
        ("Nexus", refusal_in_detail("Repository does not allow updating assets: docker")),
        (
            "a newer Nexus",
            refusal_in_detail(
                "docker/v2/app/manifests/1 - cannot be updated as asset already exists and \
                 redeploy is not allowed",
            ),
        ),
        ("Quay's tags", refusal(400, "UNKNOWN", "tag is immutable and cannot be overwritten")),
        (
            "Mirantis",
            refusal(
                400,
                "UNKNOWN",
                "tag=1 cannot be overwritten because acme/app is an immutable repository",
            ),
        ),
        (
            "Alibaba",
            refusal(403, "DENIED", "The requested tag already exists and cannot be overwritten."),
        ),
        ("a code of its own", refusal(409, "TAG_ALREADY_EXISTS", "")),
        ("no envelope", Answer::new(409, "tag is immutable")),
    ] {
        let registry = refusing(&answer);
        let ended = push(&Desk::new(), &registry);
        assert_eq!(ended.status, 5, "{which}: {}", ended.stderr);
        ended
            .says(&["no tag moved at any sink", "resuming would meet the same conflict"])
            .never_says("may have moved");
        assert!(registry.tags().is_empty(), "{which}");
    }
}

#[test]
fn a_refusal_for_another_reason_has_not_moved_the_tag_either() {
    for (which, answer) in [
        ("Gitea", Answer::new(404, "404 page not found")),
        ("no permission", refusal(403, "DENIED", "not for you")),
        ("another tag", refusal(400, "TAG_INVALID", "manifest tag did not match URI")),
        ("a proxy", Answer::new(413, "<html>too large</html>")),
        ("a redirect", Answer::new(307, "").with("Location", "/elsewhere")),
    ] {
        let registry = refusing(&answer);
        let ended = push(&Desk::new(), &registry);
        assert_eq!(ended.status, 3, "{which}: {}", ended.stderr);
        ended
            .says(&["no tag moved at any sink", "try again, after fixing that: castoff resume"])
            .never_says("may have moved");
    }
}

#[test]
fn a_tag_of_whose_move_nothing_is_heard_may_have_moved() {
    for answer in [Answer::new(500, ""), Answer::new(0, ""), Answer::new(408, "")] {
        let desk = Desk::new();
        let registry = refusing(&answer);
        desk.configure(&format!("docker://{}/team", registry.server.address));
        for arguments in [&["--batch"][..], &["--batch", "-q"]] {
            let ended = desk.run(arguments).expect(3);
            ended.says(&["hub  team/app:1.0  may have moved", "resume: castoff resume"]);
        }
    }
}

#[test]
fn a_refusal_of_what_was_done_already_is_no_failure() {
    // The write arrives, and what comes back is a refusal of the same write.
    let registry = Registry::with(|asked: &Asked, usual| {
        let answer = usual();
        let is_tag = asked.is("PUT", "/manifests/1");
        if is_tag { refusal(412, "PRECONDITION", "configured as immutable") } else { answer }
    });
    push(&Desk::new(), &registry).expect(0).never_says("may have moved");
    assert_eq!(registry.tags(), ["1"]);
}

#[test]
fn a_removal_that_is_refused_leaves_the_tag_and_says_so() {
    for (answer, status) in [
        (Answer::new(405, ""), 3),
        (refusal(405, "UNSUPPORTED", "The operation is unsupported."), 3),
        (refusal(403, "DENIED", "no"), 3),
        (refusal(412, "PRECONDITION", "configured as immutable"), 5),
    ] {
        let registry = Registry::with(move |asked: &Asked, usual| {
            if asked.method == "DELETE" && asked.path.contains("/manifests/") {
                answer.clone()
            } else {
                usual()
            }
        });
        registry.held().image("1");
        let desk = Desk::new();
        let ended = desk.run(&["rm", &registry.url(":1")]);
        assert_eq!(ended.status, status, "{}", ended.stderr);
        ended.says(&["no tag moved at any sink"]).never_says("may have moved");
        assert_eq!(registry.tags(), ["1"]);
    }
}

#[test]
fn a_bucket_that_may_not_be_listed_is_told_with_what_became_of_the_tag() {
    let bucket = Bucket::with(|asked: &Asked, usual| {
        let is_list = asked.method == "GET" && asked.value("list-type").is_some_and(|it| it == "2");
        if is_list { s3_error(403, "AccessDenied") } else { usual() }
    });
    let desk = Desk::new();
    let ended = desk.run(&["push", "-t", "app:1", "images", &bucket.url()]);
    let is_there = bucket.keys().contains(&"v2/app/manifests/1".to_owned());
    assert!(matches!(ended.status, 3 | 4), "{}", ended.stderr);
    let ended = ended.never_says("may have moved");
    if is_there {
        ended.says(&["app:1  moved"]);
    } else {
        ended.never_says("app:1  moved");
    }
}

#[test]
fn a_bucket_that_refuses_the_tag_has_not_moved_it() {
    let bucket = Bucket::with(|asked: &Asked, usual| {
        let is_tag = asked.is("PUT", "/manifests/1");
        if is_tag { s3_error(403, "AccessDenied") } else { usual() }
    });
    let desk = Desk::new();
    desk.run(&["push", "-t", "app:1", "images", &bucket.url()])
        .expect(3)
        .says(&["no tag moved at any sink"])
        .never_says("may have moved");
    assert!(!bucket.keys().contains(&"v2/app/manifests/1".to_owned()));
}

#[test]
fn a_layout_that_cannot_be_written_has_not_moved_the_tag() {
    let desk = Desk::new();
    let layout = desk.path("shelf");
    let url = format!("oci:{}", layout.display());
    desk.run(&["push", "-t", "app:1", "images", &url]).expect(0);
    let index = std::fs::read(layout.join("index.json")).unwrap();
    desk.content("two");
    // What takes the place of its index is staged beside it, and cannot be.
    std::fs::remove_file(layout.join("index.json")).unwrap();
    std::fs::create_dir(layout.join("index.json")).unwrap();
    let ended = desk.run(&["push", "-t", "app:2", "images", &url]);
    assert_ne!(ended.status, 0, "{}", ended.stderr);
    ended.never_says("may have moved");
    std::fs::remove_dir(layout.join("index.json")).unwrap();
    std::fs::write(layout.join("index.json"), index).unwrap();
    desk.run(&["push", "-t", "app:2", "images", &url]).expect(0);
}
