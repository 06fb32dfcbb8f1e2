//! Where the keys of a bucket come from, and what is wrong with them.

use super::{Program, fake::Bucket};

/// A project without keys in its environment.
fn without_keys() -> Program {
    let mut program = Program::new();
    program.env.clear();
    program
}

/// Writes what the AWS tools are configured with.
fn configure(program: &Program, config: &str) {
    program.write("home/.aws/config", config);
}

#[test]
fn white_space_around_keys_in_the_environment_is_no_part_of_them() {
    let bucket = Bucket::start(true, |_, _| None);
    let program = without_keys()
        .env("AWS_ACCESS_KEY_ID", "GKtest\n")
        .env("AWS_SECRET_ACCESS_KEY", " secret\r\n")
        .env("AWS_SESSION_TOKEN", "token\n")
        .env("AWS_REGION", "eu-west-3\n");
    let url = bucket.url().replace("&region=us-east-1", "");
    let (status, told) = program.push("f:1", "df", &url);
    assert_eq!(status, Some(0), "{told}");
    for request in &bucket.state().seen {
        let signed = &request.headers["authorization"];
        assert!(signed.contains("Credential=GKtest/"), "{signed}");
        assert!(signed.contains("/eu-west-3/s3/"), "{signed}");
        assert_eq!(request.headers["x-amz-security-token"], "token");
    }
}

#[test]
fn a_key_that_cannot_go_into_a_request_is_refused_by_its_name() {
    for (name, value) in [("AWS_ACCESS_KEY_ID", "GK\ntest"), ("AWS_SESSION_TOKEN", "to\u{7}ken")] {
        let bucket = Bucket::start(true, |_, _| None);
        let (status, told) = Program::new().env(name, value).push("f:1", "df", &bucket.url());
        assert_eq!(status, Some(4), "{told}");
        assert!(told.contains(name) && !told.contains("defect"), "{told}");
    }
}

#[test]
fn a_session_token_that_a_bucket_repeats_is_not_shown() {
    const TOKEN: &str = "FwoGZXIvYXdzEtoken";
    let bucket = Bucket::start(true, |request, _| {
        let token = request.headers.get("x-amz-security-token")?;
        let body =
            format!("<Error><Code>InvalidToken</Code><Message>not {token}</Message></Error>");
        let own = ("castoff-carried".to_owned(), "not".to_owned());
        Some((400, vec![own], body.into_bytes()))
    });
    let program = Program::new().env("AWS_SESSION_TOKEN", TOKEN);
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("not …") && !told.contains(TOKEN), "{told}");
}

#[test]
fn keys_come_from_the_process_that_a_profile_names() {
    let bucket = Bucket::start(true, |_, _| None);
    let program = without_keys().env("AWS_PROFILE", "p");
    let keys = r#"{"Version":1,"AccessKeyId":"GKproc","SecretAccessKey":"x"}"#;
    configure(&program, &format!("[profile p]\ncredential_process = echo '{keys}'\n"));
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert!(bucket.state().seen[0].headers["authorization"].contains("Credential=GKproc/"));
}

#[test]
fn why_there_are_no_keys_is_told_in_the_words_of_what_should_have_had_them() {
    let bucket = Bucket::start(true, |_, _| None);
    let program = without_keys().env("AWS_PROFILE", "nope");
    configure(&program, "[profile other]\nregion = garage\n");
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("nope"), "{told}");

    let program = without_keys().env("AWS_PROFILE", "s");
    configure(
        &program,
        "[profile s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
         sso_account_id = 1\nsso_role_name = r\n",
    );
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("run aws sso login --profile s"), "{told}");
}

#[test]
fn the_endpoint_of_the_environment_is_used_where_the_url_has_none() {
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        let bucket = Bucket::start(true, |_, _| None);
        let program = Program::new().env(name, format!("http://{}", bucket.address()));
        let url = "s3://rel?region=us-east-1&s3ForcePathStyle=true";
        let (status, told) = program.push("f:1", "df", url);
        assert_eq!(status, Some(0), "{told}");
        assert!(!bucket.state().seen.is_empty());
    }
}

#[test]
fn authorities_of_the_environment_that_cannot_be_read_are_refused_by_name() {
    let bucket = Bucket::start(true, |_, _| None);
    for bundle in ["/not/there.pem", "castoff.toml"] {
        let program = Program::new().env("AWS_CA_BUNDLE", bundle);
        program.write("castoff.toml", "");
        let (status, told) = program.push("f:1", "df", &bucket.url());
        assert!(matches!(status, Some(2 | 4)), "{status:?} {told}");
        assert!(told.contains("AWS_CA_BUNDLE"), "{told}");
    }
}

#[test]
fn a_server_that_speaks_plain_http_is_told_so_at_once() {
    let bucket = Bucket::start(true, |_, _| None);
    let url = bucket.url().replace("http://", "");
    let begun = std::time::Instant::now();
    let (status, told) = Program::new().push("f:1", "df", &url);
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("disableSSL=true"), "{told}");
    assert!(begun.elapsed().as_secs() < 5);
}

#[test]
fn what_the_environment_says_of_retries_ends_nothing() {
    let bucket = Bucket::start(true, |_, _| None);
    for (name, value) in [
        ("AWS_RETRY_MODE", "legacy"),
        ("AWS_MAX_ATTEMPTS", ""),
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "x"),
        ("AWS_MAX_ATTEMPTS", "3\n"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
    ] {
        let program = Program::new().env(name, value);
        let (status, told) = program.push("f:1", "df", &bucket.url());
        assert_eq!(status, Some(0), "{name}={value:?}: {told}");
        let said = format!("{name} is not used");
        assert_eq!(told.matches(&said).count(), 1, "{name}={value:?}: {told}");
    }
    let program = Program::new();
    configure(&program, "[default]\nretry_mode = legacy\nmax_attempts = x\n");
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    for key in ["retry_mode", "max_attempts"] {
        let said = format!("{key} of the AWS profile is not used");
        assert_eq!(told.matches(&said).count(), 1, "{told}");
    }
}

#[test]
fn authorities_of_a_profile_that_cannot_be_read_are_refused_by_name() {
    let bucket = Bucket::start(true, |_, _| None);
    let program = Program::new();
    configure(&program, "[default]\nca_bundle = /not/there.pem\n");
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("ca_bundle") && told.contains("/not/there.pem"), "{told}");
    assert!(bucket.state().seen.is_empty());
}

#[test]
fn a_session_of_aws_login_is_refused_with_what_to_do_instead() {
    let bucket = Bucket::start(true, |_, _| None);
    let program = without_keys().env("AWS_PROFILE", "l");
    configure(&program, "[profile l]\nlogin_session = arn:aws:iam::123456789012:user/a\n");
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(4), "{told}");
    assert!(told.contains("aws configure export-credentials"), "{told}");
}

#[test]
fn a_profile_says_that_the_bucket_goes_into_the_path() {
    let bucket = Bucket::start(true, |_, _| None);
    let program = Program::new();
    configure(&program, "[default]\ns3 =\n  addressing_style = path\n");
    let url = bucket.url().replace("&s3ForcePathStyle=true", "");
    assert_ne!(url, bucket.url());
    let (status, told) = program.push("f:1", "df", &url);
    assert_eq!(status, Some(0), "{told}");
}

#[test]
fn a_password_in_an_endpoint_is_refused_and_neither_shown_nor_kept() {
    const PASSWORD: &str = "S3cretWord";
    let bucket = Bucket::start(true, |_, _| None);
    let with_user = |text: &str| text.replace("http://", &format!("http://bob:{PASSWORD}@"));
    let escaped = format!("s3://rel?endpoint=http%3A%2F%2Fbob%3A{PASSWORD}%40127.0.0.1");
    let unknown = format!("{}&token={PASSWORD}", bucket.url());
    let of_environment = with_user(&format!("http://{}", bucket.address()));
    for (url, of_environment) in [
        (with_user(&bucket.url()), ""),
        (format!("s3://bob:{PASSWORD}@rel"), ""),
        (escaped, ""),
        (unknown, ""),
        ("s3://rel?region=us-east-1".to_owned(), &of_environment),
    ] {
        let program = Program::new().env("AWS_ENDPOINT_URL", of_environment);
        let (status, told) = program.push("f:1", "df", &url);
        assert!(matches!(status, Some(2 | 4)), "{status:?} {told}");
        assert!(!told.contains(PASSWORD), "{told}");
        assert!(!program.keeps(PASSWORD), "{url} is kept with its password");
    }
    assert!(bucket.state().seen.is_empty());
}
