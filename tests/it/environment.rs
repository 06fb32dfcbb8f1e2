//! Settings of other tools' environments that castoff does not follow.

use crate::support::project::{Ended, Project};

fn with(project: &Project, variables: &[&str], arguments: &[&str]) -> Ended {
    let mut command = project.command(arguments);
    for variable in variables {
        command.env(variable, "tcp://127.0.0.1:9");
    }
    command.output().unwrap().into()
}

#[track_caller]
fn expect_told(ended: &Ended, variables: &[&str]) {
    for variable in variables {
        let said = format!("{variable} is not used: ");
        assert_eq!(ended.stderr.matches(&said).count(), 1, "{variable}: {}", ended.stderr);
    }
}

#[test]
fn what_docker_would_build_for_or_with_and_castoff_does_not_is_told() {
    let project = Project::new();
    project.write("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    project.write(
        "castoff.toml",
        "[release]\nversion = \"1\"\n\
         [[artifact]]\nname = \"a\"\nfrom = { dockerfile = \".\" }\n\
         [[artifact]]\nname = \"b\"\nfrom = { dockerfile = \".\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n",
    );
    let variables = ["BUILDX_BUILDER", "DOCKER_DEFAULT_PLATFORM"];
    expect_told(&with(&project, &variables, &["plan"]).expect(0), &variables);
}

#[test]
fn what_another_client_would_ask_the_engine_with_is_told() {
    let project = Project::new();
    project.write("df/linux/amd64/tool", "a tool");
    let push = ["push", "df", "docker-daemon:tool:1", "--kind", "image"];
    // Where there is no engine, as where there is one.
    let told = with(&project, &["DOCKER_API_VERSION", "DOCKER_HOST"], &push);
    expect_told(&told, &["DOCKER_API_VERSION"]);
    let mut command = project.command(&push);
    command.env("CONTAINER_HOST", "unix:///not/there").env("DOCKER_CONTEXT", "none");
    expect_told(&command.output().unwrap().into(), &["CONTAINER_HOST"]);
}

#[test]
fn where_cosign_would_put_a_signature_and_castoff_does_not_is_told() {
    let project = Project::new();
    project.configure("1.0", "");
    project.release();
    let mut made = project.command(&["sign", "--generate-key", "own"]);
    assert!(made.env("COSIGN_PASSWORD", "x").output().unwrap().status.success());
    let mut sign = project.command(&["sign", "shelf/app:1.0", "--key", "own.key"]);
    sign.env("COSIGN_PASSWORD", "x").env("COSIGN_REPOSITORY", "registry.example.org/signatures");
    let ended = Ended::from(sign.output().unwrap()).expect(0);
    expect_told(&ended, &["COSIGN_REPOSITORY"]);
}
