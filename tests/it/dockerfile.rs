//! Dockerfiles, taken apart.

use castoff::recipe::dockerfile::{replaced, stages};
use proptest::prelude::*;

const EXAMPLE: &str = r#"# syntax=docker/dockerfile:1
# FROM comment
ARG VERSION=3.22 BASE="alpine"
ARG NONE
from --platform=$BUILDPLATFORM ${BASE}:$VERSION AS build
ARG VERSION=other
RUN <<EOF
FROM script
EOF
RUN echo \
FROM continued
FROM build AS Second
FROM \
  docker.io/library/busybox:1@sha256:0000000000000000000000000000000000000000000000000000000000000000
FROM scratch
FROM second
FROM $NONE
FROM ${NONE:-fallback}${VERSION:+-x}
FROM $TARGETARCH-image
COPY --from=build / /
"#;

#[test]
fn only_real_from_instructions_count() {
    let stages = stages(EXAMPLE, "Dockerfile").unwrap();
    let found: Vec<_> = stages
        .froms
        .iter()
        .map(|from| (from.line, from.image.as_str(), from.alias.as_deref().unwrap_or("-")))
        .collect();
    let digest = "0".repeat(64);
    let busybox = format!("docker.io/library/busybox:1@sha256:{digest}");
    assert_eq!(
        found,
        [
            (5, "${BASE}:$VERSION", "build"),
            (12, "build", "Second"),
            (14, busybox.as_str(), "-"),
            (15, "scratch", "-"),
            (16, "second", "-"),
            (17, "$NONE", "-"),
            (18, "${NONE:-fallback}${VERSION:+-x}", "-"),
            (19, "$TARGETARCH-image", "-"),
        ]
    );
    let platform = ("platform".to_owned(), Some("$BUILDPLATFORM".to_owned()));
    assert_eq!(stages.froms[0].flags, [platform]);
    for from in &stages.froms {
        assert_eq!(EXAMPLE[from.span.clone()], from.image);
    }
}

#[test]
fn images_from_outside_have_their_variables_replaced() {
    let stages = stages(EXAMPLE, "Dockerfile").unwrap();
    let of = |args: &[(&str, &str)]| {
        let args: Vec<_> =
            args.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let external = stages.external(&args).into_iter();
        external.map(|it| it.image.unwrap_or_else(|| "?".to_owned())).collect::<Vec<_>>()
    };
    let busybox = format!("docker.io/library/busybox:1@sha256:{}", "0".repeat(64));
    assert_eq!(of(&[]), ["alpine:3.22", &busybox, "?", "fallback-x", "?"]);
    assert_eq!(of(&[("NONE", "scratch")]), ["alpine:3.22", &busybox, "scratch-x", "?"]);
    // What is not declared is no argument of a FROM, but for what a build sets itself.
    let args = [("VERSION", ""), ("NONE", "own"), ("TARGETARCH", "arm64")];
    assert_eq!(of(&args), ["alpine:", &busybox, "own", "own", "arm64-image"]);
}

#[test]
fn what_is_no_dockerfile_is_told() {
    let told = stages("FROM\n", "pkg/Dockerfile").unwrap_err().to_string();
    assert!(told.starts_with("pkg/Dockerfile: "), "{told}");
}

#[test]
fn spans_are_replaced_whatever_their_order() {
    let stages = stages(EXAMPLE, "Dockerfile").unwrap();
    let mut spans: Vec<_> =
        stages.froms.iter().map(|from| (from.span.clone(), "x".to_owned())).collect();
    spans.reverse();
    let made = replaced(EXAMPLE, &spans);
    assert!(made.contains("from --platform=$BUILDPLATFORM x AS build\n"), "{made}");
    assert!(made.contains("FROM \\\n  x\nFROM x\n"), "{made}");
    assert_eq!(replaced(EXAMPLE, &[]), EXAMPLE);
    let same: Vec<_> =
        stages.froms.iter().map(|from| (from.span.clone(), from.image.clone())).collect();
    assert_eq!(replaced(EXAMPLE, &same), EXAMPLE);
}

proptest! {
    #[test]
    fn whatever_a_dockerfile_holds_it_is_taken_apart_or_refused(
        text in "(FROM|ARG|RUN|[ A-Za-z$:{}+\\-\\\\\n\"'=é#<]){0,40}",
    ) {
        if let Ok(stages) = stages(&text, "Dockerfile") {
            for from in &stages.froms {
                prop_assert!(text.get(from.span.clone()).is_some());
            }
            let _ = stages.external(&[]);
        }
    }
}
