//! What a Docker Engine answers, and what is made of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};

use super::{Answer, Asked, Desk, Ended, Server};

/// What an engine answers instead; none: what it should.
type Instead = fn(&Asked) -> Option<Answer>;

fn answer(status: u16, value: &Value) -> Answer {
    Answer::new(status, value.to_string()).with("content-type", "application/json")
}

fn refusal(status: u16, message: &str) -> Answer {
    answer(status, &json!({ "message": message }))
}

/// An engine that has each image that it was asked for by a digest, as soon as
/// one was loaded, and no names.
fn engine(instead: Instead) -> Server {
    let loaded = Arc::new(AtomicBool::new(false));
    Server::start(move |asked| instead(asked).unwrap_or_else(|| usual(asked, &loaded)))
}

fn usual(asked: &Asked, loaded: &AtomicBool) -> Answer {
    let image = asked.path.split_once("/images/").map(|(_, image)| image.trim_end_matches("/json"));
    match (asked.method.as_str(), image) {
        _ if asked.path.ends_with("/version") => answer(
            200,
            &json!({ "ApiVersion": "1.43", "Version": "24.0", "Os": "linux", "Arch": "amd64" }),
        ),
        _ if asked.path.ends_with("/info") => answer(200, &json!({ "DriverStatus": [] })),
        ("POST", Some("load")) => {
            loaded.store(true, Ordering::Relaxed);
            answer(200, &json!({}))
        }
        ("POST", Some(_)) => Answer::new(201, ""),
        (_, Some(id)) if id.starts_with("sha256:") && loaded.load(Ordering::Relaxed) => {
            answer(200, &json!({ "Id": id }))
        }
        _ => refusal(404, "No such image"),
    }
}

fn desk(engine: &Server) -> Desk {
    Desk::new().env("DOCKER_HOST", format!("tcp://{}", engine.address))
}

fn push(engine: &Server) -> Ended {
    desk(engine).run(&["push", "-t", "app:1", "images", "docker-daemon:"])
}

fn is_naming(asked: &Asked) -> bool {
    asked.method == "POST" && asked.path.ends_with("/tag")
}

#[test]
fn an_image_that_an_engine_took_and_does_not_have_is_not_published() {
    let engine = engine(|asked| asked.is("POST", "/images/load").then(|| answer(200, &json!({}))));
    push(&engine).expect(6).says(&["the engine did not accept the image sha256:"]);
    assert!(engine.seen("POST", "/images/").iter().all(|asked| !is_naming(asked)));
}

#[test]
fn what_is_in_conflict_at_an_engine_is_a_conflict() {
    let engine = engine(|asked| is_naming(asked).then(|| refusal(409, "it is being removed")));
    push(&engine).expect(5).says(&["naming the engine's image", "it is being removed"]);
}

#[test]
fn what_an_engine_does_not_understand_is_not_asked_again() {
    let engine = engine(|asked| is_naming(asked).then(|| refusal(400, "no such parameter")));
    push(&engine).expect(3).says(&["naming the engine's image", "no such parameter"]);
    assert_eq!(engine.seen("POST", "/tag").len(), 1);
}

#[test]
fn an_image_that_is_named_by_no_digest_is_not_taken_for_one() {
    let engine = engine(|asked| {
        asked.path.contains("/images/").then(|| answer(200, &json!({ "Id": "0123456789ab" })))
    });
    push(&engine).expect(4).says(&["0123456789ab"]);
    assert!(engine.seen("POST", "").is_empty());
}

#[test]
fn an_index_that_an_engine_took_and_does_not_have_whole_is_not_published() {
    let engine = engine(|asked| {
        let store = json!([["driver-type", "io.containerd.snapshotter.v1"]]);
        let is_index = asked.is("GET", "/images/sha256:") && asked.path.ends_with("/json");
        match () {
            () if asked.path.ends_with("/info") => {
                Some(answer(200, &json!({ "DriverStatus": store })))
            }
            () if is_index => Some(answer(200, &json!({ "Manifests": [{ "Available": false }] }))),
            () => None,
        }
    });
    push(&engine).expect(6).says(&["the engine did not accept the image sha256:"]);
    assert_eq!(engine.seen("POST", "/images/load").len(), 1);
    assert!(engine.seen("POST", "/images/").iter().all(|asked| !is_naming(asked)));
}

#[test]
fn what_an_engine_tells_of_itself_and_is_not_understood_is_told_before_the_start() {
    let garbled = engine(|asked| asked.path.ends_with("/info").then(|| Answer::new(200, "{")));
    push(&garbled).expect(4).says(&["asking the engine how it keeps its images"]);
    let nowhere = engine(|asked| {
        let version = json!({ "ApiVersion": "1.43", "Version": "24.0", "Os": "", "Arch": "a b" });
        asked.path.ends_with("/version").then(|| answer(200, &version))
    });
    push(&nowhere).expect(4).says(&["platform"]);
    for engine in [garbled, nowhere] {
        assert!(engine.seen("POST", "").is_empty());
    }
}

/// Releases what an engine is to build.
fn build(engine: &Server) -> Ended {
    let desk = desk(engine);
    desk.write("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    desk.write(
        "castoff.toml",
        "[release]\nversion = \"1.0\"\nplatforms = [\"linux/amd64\"]\n\
         [engine]\nattempts = 1\n\
         [[artifact]]\nname = \"app\"\nfrom = { dockerfile = \"app\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n",
    );
    desk.run(&["--batch"])
}

#[test]
fn an_engine_without_buildkit_is_told_before_the_start() {
    let engine = engine(|asked| asked.path.contains("/grpc").then(|| refusal(404, "not found")));
    build(&engine)
        .expect(4)
        .says(&["it answered 404 Not Found, without BuildKit", "use Docker 20.10 or later"]);
}
