//! What a bucket answers, and what is made of it.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    Program,
    fake::{Bucket, Request, Response, error},
};

/// A bucket that answers `made` to the first `times` of some requests.
fn answering(
    is_it: fn(&Request) -> bool,
    times: usize,
    made: impl Fn() -> Response + Send + Sync + 'static,
) -> Bucket {
    let count = AtomicUsize::new(0);
    Bucket::start(true, move |request, _| {
        let is_it = is_it(request) && count.fetch_add(1, Ordering::SeqCst) < times;
        is_it.then(&made)
    })
}

fn is_complete(request: &Request) -> bool {
    request.method == "POST" && request.query.contains_key("uploadId")
}

fn is_copy(request: &Request) -> bool {
    request.headers.contains_key("x-amz-copy-source")
}

fn is_part(request: &Request) -> bool {
    request.method == "PUT" && request.query.contains_key("partNumber")
}

/// A project whose engine does not wait.
fn hasty() -> Program {
    let program = Program::new();
    program.write(
        "home/.config/castoff/config.toml",
        "[engine]\nattempts = 3\ndelay = \"1ms\"\nmax_delay = \"2ms\"\n",
    );
    program
}

#[test]
fn an_upload_in_parts_that_answers_200_with_an_error_is_not_taken_for_done() {
    let wrong: [fn() -> Response; 3] = [
        || error(200, "InternalError", ""),
        || (200, Vec::new(), b"<html>busy</html>".to_vec()),
        || (200, Vec::new(), b"<CompleteMultipartUploadResult><ETag>\"x".to_vec()),
    ];
    for made in wrong {
        let bucket = answering(is_complete, 1, made);
        let program = hasty();
        let large = program.write("df/linux/amd64/large", "");
        fs::File::create(large).unwrap().set_len(33 << 20).unwrap();
        let (status, told) = program.push("f:1", "df", &bucket.url());
        assert_eq!(status, Some(0), "{told}");
        let size = bucket.state().objects["df-dist-v1/f/1/linux/amd64/large"].0.len();
        assert_eq!(size, 33 << 20);
        assert!(bucket.seen("POST", "large").is_empty());
    }
}

#[test]
fn a_copy_that_always_answers_200_with_an_error_ends() {
    let bucket = answering(is_copy, usize::MAX, || error(200, "InternalError", ""));
    let (status, told) = hasty().push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(3), "{told}");
    assert!(told.contains("InternalError") && told.contains("said so"), "{told}");
    assert!(bucket.text("df-dist-v1/f/1").is_none());
}

#[test]
fn a_part_that_answers_200_without_its_tag_is_sent_again() {
    let bucket = answering(is_part, 1, || (200, Vec::new(), b"<html>busy</html>".to_vec()));
    let program = hasty();
    let large = program.write("df/linux/amd64/large", "");
    fs::File::create(large).unwrap().set_len(33 << 20).unwrap();
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    let size = bucket.state().objects["df-dist-v1/f/1/linux/amd64/large"].0.len();
    assert_eq!(size, 33 << 20);
}

#[test]
fn a_copy_that_answers_200_with_an_error_is_not_taken_for_done() {
    let wrong: [fn() -> Response; 3] = [
        || error(200, "InternalError", ""),
        || (200, Vec::new(), b"<html>busy</html>".to_vec()),
        || (200, Vec::new(), b"<CopyObjectResult><ETag>\"x".to_vec()),
    ];
    for made in wrong {
        let bucket = answering(is_copy, 1, made);
        let (status, told) = hasty().push("f:1", "df", &bucket.url());
        assert_eq!(status, Some(0), "{told}");
        assert_eq!(bucket.text("df-dist-v1/f/1/linux/amd64/tool").as_deref(), Some("tool"));
    }
}

#[test]
fn an_object_that_answers_200_in_the_place_of_a_proxy_is_not_taken_for_done() {
    let is_staged = |request: &Request| request.method == "PUT" && request.key.contains(".staged");
    let bucket = answering(is_staged, 1, || (200, Vec::new(), b"<html>log in</html>".to_vec()));
    let (status, told) = hasty().push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(bucket.text("df-dist-v1/f/1/linux/amd64/tool").as_deref(), Some("tool"));
}

/// How a push ends where HEAD of the bucket is `head`, and its list is `list`.
fn refused(head: fn() -> Response, list: fn() -> Response) -> (Option<i32>, String) {
    let bucket = Bucket::start(true, move |request, _| {
        let is_bucket = request.key.is_empty();
        match request.method.as_str() {
            "HEAD" if is_bucket => Some(head()),
            "GET" if is_bucket => Some(list()),
            _ => None,
        }
    });
    Program::new().push("f:1", "df", &bucket.url())
}

fn empty(status: u16) -> Response {
    (status, Vec::new(), Vec::new())
}

#[test]
fn why_a_bucket_is_refused_is_told_though_head_has_no_body() {
    let (status, told) = refused(|| empty(400), || error(400, "ExpiredToken", ""));
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("ExpiredToken") && told.contains("said so"), "{told}");
    assert!(told.contains("session token has expired"), "{told}");
}

#[test]
fn the_region_of_a_bucket_that_is_elsewhere_is_told() {
    let header = || {
        let region = ("x-amz-bucket-region".to_owned(), "eu-west-3".to_owned());
        (301, vec![region], Vec::new())
    };
    let (status, told) = refused(header, || error(301, "PermanentRedirect", ""));
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("region=eu-west-3"), "{told}");
    let malformed = || error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>");
    let (_, told) = refused(|| empty(400), malformed);
    assert!(told.contains("region=eu-west-3"), "{told}");
}

#[test]
fn a_clock_that_is_wrong_is_told_with_both_times() {
    let skewed = || {
        let times = "<RequestTime>20261128T100000Z</RequestTime>\
             <ServerTime>2026-11-28T11:00:00Z</ServerTime>";
        error(403, "RequestTimeTooSkewed", times)
    };
    let (_, told) = refused(|| empty(403), skewed);
    assert!(told.contains("20261128T100000Z") && told.contains("2026-11-28T11:00:00Z"), "{told}");
    assert!(!told.contains("AWS_SECRET_ACCESS_KEY"), "{told}");
}

#[test]
fn a_bucket_that_can_be_listed_and_answers_no_head_is_used() {
    let bucket = Bucket::start(true, |request, _| {
        (request.method == "HEAD" && request.key.is_empty()).then(|| empty(405))
    });
    let (status, told) = Program::new().push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
}

#[test]
fn an_endpoint_whose_path_has_no_slash_at_its_end_keeps_its_last_part() {
    for path in ["/storage/v1/s3", "/storage/v1/s3/"] {
        let bucket = Bucket::start(true, |_, _| None);
        let (status, told) = Program::new().push("f:1", "df", &bucket.url_at(path));
        assert_eq!(status, Some(0), "{told}");
        for request in &bucket.state().seen {
            assert!(request.path.starts_with("/storage/v1/s3/rel"), "{}", request.path);
        }
    }
}

#[test]
fn what_is_too_large_to_be_copied_at_once_is_copied_in_parts() {
    // As AWS says it above 5 GiB, and as others do.
    let limits = [
        ("InvalidRequest", "The specified copy source is larger than the maximum"),
        ("EntityTooLarge", ""),
    ];
    for ((code, why), knows_parts) in limits.into_iter().zip([true, false]) {
        let bucket = Bucket::start(true, move |request, _| {
            let is_part = is_part(request);
            let is_refused =
                is_copy(request) && request.key.ends_with("/large") && !(is_part && knows_parts);
            let told = format!("<Error><Code>{code}</Code><Message>{why}</Message></Error>");
            let refusal = if is_part {
                error(501, "NotImplemented", "")
            } else {
                (400, Vec::new(), told.into_bytes())
            };
            is_refused.then_some(refusal)
        });
        let program = hasty();
        let large = program.write("df/linux/amd64/large", "");
        fs::File::create(large).unwrap().set_len(4 << 20).unwrap();
        let (status, told) = program.push("f:1", "df", &bucket.url());
        assert_eq!(status, Some(0), "{told}");
        let state = bucket.state();
        let (body, headers) = &state.objects["df-dist-v1/f/1/linux/amd64/large"];
        assert_eq!(body.len(), 4 << 20);
        assert!(headers.iter().any(|(name, _)| name == "x-amz-meta-digest"), "{headers:?}");
        let copied = state.seen.iter().filter(|seen| is_copy(seen) && is_part(seen)).count();
        assert_eq!(copied, 1, "{code}");
    }
}

#[test]
fn a_list_that_is_cut_off_and_does_not_go_on_is_no_list() {
    let same = "<NextContinuationToken>T</NextContinuationToken>";
    for (token, why) in
        [("", "without a continuation token"), (same, "its next page is the same page")]
    {
        let bucket = answering(
            |request| request.method == "GET" && request.query.contains_key("list-type"),
            usize::MAX,
            move || {
                let cut = "<IsTruncated>true</IsTruncated>";
                let list = format!("<ListBucketResult>{cut}{token}</ListBucketResult>");
                (200, Vec::new(), list.into_bytes())
            },
        );
        let (status, told) = hasty().push("f:1", "df", &bucket.url());
        assert_ne!(status, Some(0), "{told}");
        assert!(told.contains(why), "{told}");
        assert!(bucket.state().objects.keys().all(|key| !key.contains("tags/list")), "{told}");
    }
}
