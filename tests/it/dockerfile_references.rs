//! The images from elsewhere that a Dockerfile names.

use castoff::recipe::dockerfile::{references, replaced, unpinned_downloads};

const EXAMPLE: &str = "\u{feff}# syntax=docker/dockerfile:1.7-labs some words
ARG BASE=alpine:3
FROM ${BASE} AS build
RUN --mount=type=cache,target=/c \\
    --mount=type=bind,FROM=golang:1,source=/x,target=/x true
RUN --mount=from=build,target=/b --mount=type=secret,id=a true
COPY --from=0 / /
COPY --chown=1 \\
  --from=busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000 / /
COPY --from=tools:$V / /
FROM BUILD
ONBUILD COPY --from=later:1 / /
ADD --checksum=sha256:00 https://a.example/x /
ADD https://b.example/y /
";

#[test]
fn every_kind_of_reference_is_found_and_replaced_where_it_stands() {
    let found = references(EXAMPLE, "Dockerfile", &[]).unwrap();
    let shown: Vec<_> =
        found.iter().map(|of| (of.line, of.image.as_deref().unwrap_or("-"))).collect();
    let digest = format!("busybox@sha256:{}", "0".repeat(64));
    assert_eq!(
        shown,
        [
            (1, "docker/dockerfile:1.7-labs"),
            (3, "alpine:3"),
            (5, "golang:1"),
            (9, &digest),
            (10, "-"),
            (12, "later:1"),
        ]
    );
    let spans: Vec<_> = found.iter().map(|of| of.naming("X").unwrap()).collect();
    let text = replaced(EXAMPLE, &spans);
    for line in [
        "# syntax=X some words",
        "FROM X AS build",
        "    --mount=type=bind,FROM=X,source=/x,target=/x true",
        "  --from=X / /",
        "ONBUILD COPY --from=X / /",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(references(&text, "Dockerfile", &[]).unwrap().len(), found.len());
}

#[test]
fn the_frontend_is_found_as_buildkit_finds_it() {
    let frontend = |text: &str, args: &[(String, String)]| {
        references(text, "Dockerfile", args).unwrap().first().and_then(|of| of.image.clone())
    };
    let from = "FROM scratch\n";
    for (head, expected) in [
        ("#!/usr/bin/env x\n# syntax = a/b:1\n", Some("a/b:1")),
        ("# escape=`\n#Syntax=a/b\n", Some("a/b")),
        ("# a comment\n# syntax=a/b\n", None),
        ("\n# syntax=a/b\n", None),
    ] {
        assert_eq!(frontend(&format!("{head}{from}"), &[]).as_deref(), expected, "{head}");
    }
    let given = [("BUILDKIT_SYNTAX".to_owned(), "c/d:2".to_owned())];
    assert_eq!(frontend(from, &given).as_deref(), Some("c/d:2"));
}

#[test]
fn a_download_is_fixed_by_its_checksum_alone() {
    let found = unpinned_downloads(EXAMPLE, "Dockerfile", &[]).unwrap();
    let found: Vec<_> = found.into_iter().map(|of| (of.written, of.line)).collect();
    assert_eq!(found, [("https://b.example/y".to_owned(), 14)]);
}

#[test]
fn the_url_of_a_download_is_told_as_far_as_the_dockerfile_sets_its_variables() {
    let dockerfile = "ARG V=1\nFROM a\nARG V\nENV DIR=x\nADD https://e/$DIR/$V https://e/$HERE /\n";
    let args = [("V".to_owned(), "2".to_owned())];
    let urls = |args: &[(String, String)]| {
        let found = unpinned_downloads(dockerfile, "Dockerfile", args).unwrap();
        found.into_iter().map(|of| of.url).collect::<Vec<_>>()
    };
    assert_eq!(urls(&[]), [Some("https://e/x/1".to_owned()), None]);
    assert_eq!(urls(&args), [Some("https://e/x/2".to_owned()), None]);
}
