//! The variables that castoff is started with: which of them programs see, and
//! which settings of other tools castoff does not follow.

use castoff::environment::Environment;

use crate::support::project::{Ended, Project};

/// What a program that is started in an environment sees of a variable.
async fn seen(environment: &Environment, name: &str) -> String {
    let mut shell = environment.command("/bin/sh");
    let output = shell.args(["-c", &format!("printf %s \"${{{name}-nothing}}\"")]).output();
    String::from_utf8(output.await.unwrap().stdout).unwrap()
}

#[tokio::test]
async fn a_program_sees_the_given_variables_and_no_secret() {
    let environment = Environment::of([
        ("GREETING", "hi"),
        ("EMPTY", ""),
        ("CASTOFF_SECRET_KEY", "canary"),
        ("COSIGN_PASSWORD", "canary"),
        ("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE", "canary"),
        ("DOCKER_CONTENT_TRUST_SERVER", "https://notary.test"),
    ]);
    for (name, value) in [
        ("GREETING", "hi"),
        ("EMPTY", ""),
        ("CARGO_MANIFEST_DIR", "nothing"),
        ("CASTOFF_SECRET_KEY", "nothing"),
        ("COSIGN_PASSWORD", "nothing"),
        ("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE", "nothing"),
        ("DOCKER_CONTENT_TRUST_SERVER", "https://notary.test"),
    ] {
        assert_eq!(seen(&environment, name).await, value, "{name}");
    }
    assert_eq!(environment.text("COSIGN_PASSWORD").unwrap(), "canary");
    assert!(!format!("{environment:?}").contains("canary"));
}

#[tokio::test]
async fn what_one_environment_hides_another_shows() {
    let [one, other] = [(); 2].map(|()| Environment::of([("KEY_PASSPHRASE", "canary")]));
    let before = one.clone();
    one.hide(["KEY_PASSPHRASE".to_owned()]);
    // A client that was built before starts its programs with a clone.
    for environment in [&one, &before] {
        assert_eq!(seen(environment, "KEY_PASSPHRASE").await, "nothing");
        assert_eq!(environment.text("KEY_PASSPHRASE").unwrap(), "canary");
    }
    assert_eq!(seen(&other, "KEY_PASSPHRASE").await, "canary");
}

#[test]
fn no_program_sees_the_variable_that_a_configuration_names_as_a_secret() {
    let project = Project::new();
    let signer = "[[signer]]\nname = \"release\"\nkind = \"cosign\"\nkey = \"own.key\"\n\
                  passphrase = { env = \"KEY_PASSPHRASE\" }\n";
    for (more, version) in [(signer, "nothing"), ("", "canary")] {
        project.configure("1.0", more);
        let config = std::fs::read_to_string(project.path("castoff.toml")).unwrap();
        let shell = "version = { command = \"echo ${KEY_PASSPHRASE-nothing}\" }";
        project.write("castoff.toml", config.replace("version = \"1.0\"", shell));
        let mut plan = project.command(&["plan"]);
        let plan = Ended::from(plan.env("KEY_PASSPHRASE", "canary").output().unwrap()).expect(0);
        assert!(plan.stdout.contains(version), "{}{}", plan.stdout, plan.stderr);
    }
}

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

#[test]
fn a_variable_of_git_turns_castoff_to_no_other_repository() {
    let project = Project::new();
    project.configure("1.0", "");
    let config = std::fs::read_to_string(project.path("castoff.toml")).unwrap();
    let described = config.replace("version = \"1.0\"", "version = { git = \"describe\" }");
    project.write("castoff.toml", described);
    project.write("source", "one");
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.current_dir(project.path("")).args(["-c", "user.name=me", "-c", "user.email=me@test"]);
        assert!(git.args(arguments).output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init"]);
    git(&["add", "source"]);
    git(&["commit", "-m", "one"]);
    project.write("source", "two");
    for (name, value) in [
        ("GIT_WORK_TREE", project.home("")),
        ("GIT_DIR", project.home("no/repository")),
        ("GIT_INDEX_FILE", project.home("no/index")),
    ] {
        let mut plan = project.command(&["plan"]);
        let plan = Ended::from(plan.env(name, value).output().unwrap()).expect(4);
        plan.says(&["the source tree is dirty", "source"]);
    }
}
